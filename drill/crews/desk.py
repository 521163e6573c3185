"""What a person's step is answered with where nobody is asked: beforehand, or at a table."""

from dataclasses import dataclass

from drill.exercise.answers import BEFOREHAND, meaning
from drill.model.outcome import Outcome
from drill.model.steps import PEOPLES
from drill.ports import Order


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said, and by whom."""

    text: str
    by: str


def given(order: Order) -> Answer | None:
    """Return the answer that was given beforehand, if there is one."""
    return None if order.answer is None else Answer(order.answer, BEFOREHAND)


def outcome_of(order: Order, answer: Answer) -> Outcome:
    """Return what an answer means for a person's step."""
    if not isinstance(order.step, PEOPLES):
        raise TypeError(order.step.kind)
    return meaning(order.step, answer.text)
