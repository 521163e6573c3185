"""What was taken for granted, and what the exercise says of it.

RTS 2024/1774, Art. 25(2)(d) has tests challenge assumptions. One *held* only if each of the
steps that challenge it was really done; one that was done on paper challenges nothing.
"""

from collections.abc import Mapping, Sequence

from drill.measure.steps import UNSAID
from drill.model.lessons import AssumptionView
from drill.model.names import Name
from drill.model.overview import Assumption
from drill.model.steps import PEOPLES
from drill.model.view import StepView

HELD, DISPROVED, NOT_TESTED = "held", "disproved", "not tested"

_ASKED = frozenset(kind.kind for kind in PEOPLES)


def assumption_views(
    assumptions: Mapping[Name, Assumption], steps: Sequence[StepView], mode: str
) -> tuple[AssumptionView, ...]:
    """Return every assumption of a scenario; ``mode`` is that of the exercise."""
    by_id = {step.id: step for step in steps}
    found = (
        (name, one.text, [by_id[id_] for id_ in one.steps]) for name, one in assumptions.items()
    )
    return tuple(
        AssumptionView(
            name=name,
            text=text,
            state=_state([_shows(step, mode) for step in challenging]),
            records=tuple(sorted({seq for step in challenging for seq in step.records})),
        )
        for name, text, challenging in found
    )


def _state(shown: Sequence[str]) -> str:
    if DISPROVED in shown:
        return DISPROVED
    return HELD if shown and set(shown) == {HELD} else NOT_TESTED


def _shows(step: StepView, mode: str) -> str:
    """Return what one step says: machines say something live, people wherever they answer."""
    asked = step.kind in _ASKED
    if mode == "rehearsal" or (mode == "tabletop" and not asked):
        return NOT_TESTED
    if step.defaulted or step.phase == "failed" or (asked and step.phase == "indeterminate"):
        return DISPROVED
    real = not asked or step.answered_by not in UNSAID
    return HELD if step.phase == "done" and real else NOT_TESTED
