"""What a seat may see: a View in, a View without the rest out. Pages and streams get nothing else.

:data:`_KEPT` is the one table of what is kept from whom.
"""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from drill.console.seats import Kind, Seat
from drill.model.names import RoleName, StepId
from drill.model.people import SayingView
from drill.model.sayings import EVALUATOR, FACILITATOR
from drill.model.steps import STORY
from drill.model.view import LogLine, StepView, View

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
_SPOKEN = "person-said"
"""The log's word for what somebody said: that is theirs, and nobody changes it."""
_STAFF_NOTES = frozenset({"noted"})
"""What people say to each other, unless one of the staff says it: then it is for the staff."""
_STAFF = frozenset({FACILITATOR, EVALUATOR})
_SCRIPT = "script"
"""What is expected and still to come, and how people are rated."""
_FAULTS = "faults"
"""What drill breaks: to name it gives the answer away. Once the exercise is over, all may know."""
_KEPT: Mapping[Kind, frozenset[str]] = {
    "facilitator": frozenset(),
    "evaluator": frozenset(),
    "observer": frozenset({_SCRIPT}),
    "participant": frozenset({_SCRIPT, _FAULTS}),
}
"""By the kind of seat: what is kept from it."""
_UNNAMED = "an inject"
"""Stands in what drill itself says where it names a step that is kept."""


def sees_all(seat: Seat) -> bool:
    """Tell whether nothing is kept from a seat."""
    return not _KEPT[seat.kind]


def seen_by(seat: Seat, view: View) -> View:
    """Return what a seat may see of an exercise: staff all of it, others what they are told.

    A step that is not to be seen is gone with all that speaks of it: edges, faults, the log.
    What drill says of other steps does not name it either.
    """
    if sees_all(seat):
        return view
    secret = _FAULTS in _KEPT[seat.kind] and view.closed is None
    steps = [
        step
        for step in view.steps
        if not (_is_hidden(step, seat.role) or (secret and _breaks(step)))
    ]
    hidden = {step.id for step in view.steps} - {step.id for step in steps}
    sayings = tuple(one for one in view.sayings if _is_heard(one) and one.step not in hidden)
    mute = {one.seq for one in view.sayings} - {one.seq for one in sayings}
    unnamed = _unnaming(hidden)
    return view.model_copy(
        update={
            "steps": tuple(_blanked(step, hidden, unnamed) for step in steps),
            "faults": tuple(one for one in view.faults if one.step not in hidden),
            "sayings": sayings,
            "log": tuple(
                _unnamed(line, unnamed)
                for line in view.log
                if line.step not in hidden and line.seq not in mute
            ),
            "aborted": unnamed(view.aborted),
            "summary": unnamed(view.summary),
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


def _breaks(step: StepView) -> bool:
    """Tell whether it is a fault, and no piece of the story."""
    return step.kind == "inject" and step.uses != STORY


def _unnaming(hidden: AbstractSet[StepId]) -> Callable[[str], str]:
    """Return what takes the names of steps out of a sentence of drill's own."""
    if not hidden:
        return lambda text: text
    names = "|".join(map(re.escape, sorted(hidden)))
    found = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])")
    return lambda text: found.sub(_UNNAMED, text)


def _unnamed(line: LogLine, unnamed: Callable[[str], str]) -> LogLine:
    if line.what == _SPOKEN:
        return line
    return line.model_copy(update={"text": unnamed(line.text)})


def _is_heard(said: SayingView) -> bool:
    """Tell whether people outside the staff hear it."""
    by_staff = said.role in _STAFF and said.says in _STAFF_NOTES
    return not (said.refused or said.says in _UNSEEN_SAYINGS or by_staff)


def _blanked(
    step: StepView, hidden: AbstractSet[StepId], unnamed: Callable[[str], str]
) -> StepView:
    after = tuple(edge for edge in step.after if edge.partition(".")[0] not in hidden)
    note = step.note if step.answered_by else unnamed(step.note)
    return step.model_copy(update={**_BLANK, "after": after, "note": note})
