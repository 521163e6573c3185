"""What an answer that was given beforehand means for a person's step. Pure."""

from typing import assert_never

from drill.model.names import RoleName
from drill.model.outcome import Done, Failed, Outcome
from drill.model.steps import Decide, Notify, Task

REFUSALS = frozenset({"refuse", "refused", "no"})
BEFOREHAND = "--yes-as"
"""Who answered, where the command line did."""
ASSUMED = "the plan"
"""Who answers where nobody did."""

PeoplesStep = Notify | Decide | Task


def role_of(step: PeoplesStep) -> RoleName:
    """Return the role that a step asks."""
    return step.notify if isinstance(step, Notify) else step.by


def meaning(step: PeoplesStep, text: str) -> Outcome:
    """Return what an answer means: a word, or the option that is decided for."""
    match step:
        case Notify():
            return Done(note="acknowledged")
        case Task():
            return Failed(error=f"{step.by} refused") if text in REFUSALS else Done(note=text)
        case Decide():
            if text in step.options:
                return Done(choice=text)
            return Failed(error=f"{text!r} is none of {', '.join(step.options)}")
    assert_never(step)
