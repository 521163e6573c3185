"""The verdict of the whole run: the worst of its promises, and never better than its conduct."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from drill.errors import LEFT_STANDING
from drill.measure.steps import phase_of
from drill.measure.tales import Story
from drill.model.steps import Recover
from drill.model.view import DutyView, FaultView, ObjectiveView, Verdict

_WORST_FIRST = (
    Verdict.MISSED,
    Verdict.INVALID,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_MEASURED,
    Verdict.MET,
)

_NOT_DONE = frozenset({"failed", "indeterminate", "expired"})

_ALL_MET, _MISSED, _OPEN = 0, 1, 3


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """How the run came out, in a word, in a sentence and as a process's exit status."""

    verdict: Verdict
    summary: str
    exit_status: int


def run_verdict(
    story: Story,
    objectives: Sequence[ObjectiveView],
    duties: Sequence[DutyView],
    faults: Sequence[FaultView],
) -> RunVerdict:
    """Return the verdict of the run: objectives of services and duties are all mandatory."""
    blemishes = tuple(_blemishes(story))
    mandatory = (*(one.verdict for one in objectives), *(one.verdict for one in duties))
    verdict = _worst(mandatory, blemishes)
    left = [fault.step for fault in faults if fault.left]
    promises = (*map(_objective, objectives), *map(_duty, duties))
    return RunVerdict(verdict, _summary(promises, blemishes, left), _exit(story, verdict, left))


def _blemishes(story: Story) -> Iterator[str]:
    """Yield what keeps a run from being met, however good its numbers are."""
    if story.aborted is not None:
        yield f"{story.aborted.by} aborted it: {story.aborted.why}"
    for id_, tale in story.steps.items():
        step, phase = story.scenario.steps[id_], phase_of(tale)
        if phase in _NOT_DONE and (isinstance(step, Recover) or step.on_failure == "stop"):
            yield f"step {id_} is {phase}"
    if story.closed_at is None:
        yield "the exercise is not over"


def _worst(promises: Iterable[Verdict], blemishes: Sequence[str]) -> Verdict:
    verdicts = {*promises}
    if blemishes:
        verdicts.add(Verdict.INCONCLUSIVE)
    found = [verdict for verdict in _WORST_FIRST if verdict in verdicts]
    return found[0] if found else Verdict.NOT_APPLICABLE


def _objective(one: ObjectiveView) -> str:
    return f"{one.measure} of {one.service} {one.verdict}: {one.text} of {one.target:g} s"


def _duty(one: DutyView) -> str:
    if one.verdict is Verdict.NOT_APPLICABLE:
        return f"duty {one.name} {one.verdict}"
    return f"duty {one.name} {one.verdict}: {one.took:.2f} s of {one.within:g} s"


def _summary(promises: Sequence[str], blemishes: Sequence[str], left: Sequence[str]) -> str:
    faults = f"faults left standing: {', '.join(left) or 'none'}"
    parts = ("; ".join(promises) or "nothing was promised", *blemishes[:3], faults)
    return ". ".join(part[0].upper() + part[1:] for part in parts) + "."


def _exit(story: Story, verdict: Verdict, left: Sequence[str]) -> int:
    if left:
        return LEFT_STANDING
    if verdict is Verdict.MISSED:
        return _MISSED
    if story.aborted is not None:
        return _OPEN
    return _ALL_MET if verdict in {Verdict.MET, Verdict.NOT_APPLICABLE} else _OPEN
