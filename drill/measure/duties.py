"""Time limits that laws, contracts and standards set: met, missed, or not measured.

The time of a duty counts holds, because no authority stops its clock for an
exercise, and it counts what was jumped, because the story says that it passed.
What it lasted on the exercise clock, without holds, is kept beside it.

It is mandatory: the verdict of the run counts it. It does not apply where it never
began, or where a person decided for a way that does not ask for it, as a risk that
was judged too low for anybody to be told. A default lets nobody off.
"""

from drill.measure.holds import jumped, net
from drill.measure.spans import seconds
from drill.measure.steps import phase_of
from drill.measure.tales import Fact, StepTale, Story
from drill.model.names import StepId
from drill.model.outcome import Done
from drill.model.scenario import Duty
from drill.model.steps import After, Decide
from drill.model.view import DutyView, Verdict

_NEVER = frozenset({"failed", "indeterminate"})


def duty_views(story: Story, now: int) -> tuple[DutyView, ...]:
    """Return every duty; ``now`` is the present in nanoseconds of gross time."""
    return tuple(_duty(story, name, duty, now) for name, duty in story.scenario.duties.items())


def _duty(story: Story, name: str, duty: Duty, now: int) -> DutyView:
    begin, tale = story.steps[duty.from_].ended, story.steps[duty.to]
    end = _kept(tale)
    took = net_time = None
    if begin is not None:
        until = max(begin.at, end.at if end else now)
        took = seconds(until - begin.at + jumped(story, begin.at, until))
        net_time = seconds(net(story, until) - net(story, begin.at))
    return DutyView(
        name=name,
        text=duty.text,
        source=duty.source,
        within=duty.within.total_seconds(),
        begins=seconds(begin.at) if begin else None,
        ends=seconds(end.at) if end else None,
        took=took,
        net=net_time,
        verdict=_verdict(story, duty, took),
        step=duty.to,
        records=tuple(fact.seq for fact in (begin, end) if fact),
    )


def _kept(tale: StepTale) -> Fact | None:
    """Return when it was done: what the plan's default decided, nobody did."""
    return tale.ended if tale.done and not tale.defaulted else None


def _verdict(story: Story, duty: Duty, took: float | None) -> Verdict:
    """Return what became of a duty; until it is done, only that its time is over is certain."""
    tale = story.steps[duty.to]
    if took is None or _is_let_off(story, duty.to):
        return Verdict.NOT_APPLICABLE
    late = took > duty.within.total_seconds()
    if late or tale.defaulted or phase_of(tale) in _NEVER:
        return Verdict.MISSED
    return Verdict.MET if _kept(tale) else Verdict.NOT_MEASURED


def _is_let_off(story: Story, id_: StepId) -> bool:
    """Tell whether a step was left out because somebody decided for another way."""
    if not story.steps[id_].skipped:
        return False
    return any(
        _decided_otherwise(story, edge) or _is_let_off(story, edge.step)
        for edge in story.scenario.steps[id_].after
    )


def _decided_otherwise(story: Story, edge: After) -> bool:
    step, tale = story.scenario.steps[edge.step], story.steps[edge.step]
    if not isinstance(step, Decide) or edge.outcome not in step.options or tale.defaulted:
        return False
    return isinstance(tale.outcome, Done) and tale.outcome.choice != edge.outcome
