"""What a seat may see: a View in, a View without the rest out. Pages get nothing else."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from drill.console.seats import Seat
from drill.model.names import RoleName, StepId
from drill.model.sayings import EVALUATOR, FACILITATOR
from drill.model.view import SayingView, StepView, View

_BLANK: Mapping[str, object] = {
    "expected": "",
    "questions": (),
    "decoy": False,
    "contingency": False,
    "kept_back": False,
    "due": None,
}
"""What a step says to the staff alone, and how it reads to everybody else."""
_UNSEEN_SAYINGS = frozenset({"observed", "kept-back", "released", "jumped", "skipped"})
"""What steers or judges: to tell it is to tell what comes, or how it is rated."""
_STAFF_NOTES = frozenset({"noted"})
"""What people say to each other, unless one of the staff says it: then it is for the staff."""
_STAFF = frozenset({FACILITATOR, EVALUATOR})


def sees_all(seat: Seat) -> bool:
    """Tell whether nothing is kept from a seat."""
    return seat.kind in _STAFF


def seen_by(seat: Seat, view: View) -> View:
    """Return what a seat may see of an exercise: staff all of it, others what they are told.

    A step that is not to be seen is gone with all that speaks of it: edges, faults, the log.
    """
    if sees_all(seat):
        return view
    steps = [step for step in view.steps if not _is_hidden(step, seat.role)]
    hidden = {step.id for step in view.steps} - {step.id for step in steps}
    sayings = tuple(one for one in view.sayings if _is_heard(one) and one.step not in hidden)
    mute = {one.seq for one in view.sayings} - {one.seq for one in sayings}
    return view.model_copy(
        update={
            "steps": tuple(_blanked(step, hidden) for step in steps),
            "faults": tuple(one for one in view.faults if one.step not in hidden),
            "sayings": sayings,
            "log": tuple(
                line for line in view.log if line.step not in hidden and line.seq not in mute
            ),
            "ratings": (),
            "findings": tuple(one for one in view.findings if one.by),
            "limits": (),
            "assumptions": (),
            "suppliers": (),
        }
    )


def _is_hidden(step: StepView, role: RoleName) -> bool:
    """Tell whether a step is still to come as a surprise, or was told to others only."""
    waits = step.started is None
    if waits and (step.kind == "inject" or step.contingency or step.kept_back):
        return True
    return bool(step.told_to) and role not in step.told_to


def _is_heard(said: SayingView) -> bool:
    """Tell whether people outside the staff hear it."""
    by_staff = said.role in _STAFF and said.says in _STAFF_NOTES
    return not (said.refused or said.says in _UNSEEN_SAYINGS or by_staff)


def _blanked(step: StepView, hidden: AbstractSet[StepId]) -> StepView:
    after = tuple(edge for edge in step.after if edge.partition(".")[0] not in hidden)
    return step.model_copy(update={**_BLANK, "after": after})
