"""The verdict of the whole run: the worst of its promises, and never better than its conduct."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drill.errors import LEFT_STANDING
from drill.measure.faults import LEFT
from drill.measure.steps import phase_of
from drill.measure.tales import Story
from drill.model.steps import Recover
from drill.model.view import FaultView, ObjectiveView, Verdict

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
    story: Story, objectives: Sequence[ObjectiveView], faults: Sequence[FaultView]
) -> RunVerdict:
    """Return the verdict of the run."""
    blemishes = tuple(_blemishes(story))
    verdict = _worst(objectives, blemishes)
    left = [fault.step for fault in faults if fault.standing in LEFT]
    return RunVerdict(verdict, _summary(objectives, blemishes, left), _exit(story, verdict, left))


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


def _worst(objectives: Sequence[ObjectiveView], blemishes: Sequence[str]) -> Verdict:
    verdicts = {one.verdict for one in objectives}
    if blemishes:
        verdicts.add(Verdict.INCONCLUSIVE)
    found = [verdict for verdict in _WORST_FIRST if verdict in verdicts]
    return found[0] if found else Verdict.NOT_APPLICABLE


def _summary(
    objectives: Sequence[ObjectiveView], blemishes: Sequence[str], left: Sequence[str]
) -> str:
    promises = "; ".join(
        f"{one.measure} of {one.service} {one.verdict}: {one.text} of {one.target:g} s"
        for one in objectives
    )
    faults = f"faults left standing: {', '.join(left) or 'none'}"
    parts = (promises or "nothing was promised", *blemishes[:3], faults)
    return ". ".join(part[0].upper() + part[1:] for part in parts) + "."


def _exit(story: Story, verdict: Verdict, left: Sequence[str]) -> int:
    if left:
        return LEFT_STANDING
    if verdict is Verdict.MISSED:
        return _MISSED
    if story.aborted is not None:
        return _OPEN
    return _ALL_MET if verdict in {Verdict.MET, Verdict.NOT_APPLICABLE} else _OPEN
