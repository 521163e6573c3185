"""Where people's steps go: an answer given beforehand, or whoever sits at the terminal."""

from dataclasses import dataclass
from typing import Protocol

from drill.exercise.answers import BEFOREHAND, meaning
from drill.model.outcome import Outcome
from drill.model.steps import PEOPLES
from drill.ports import Cancel, Order


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said, and by whom."""

    text: str
    by: str


class Desk(Protocol):
    """Asks people, and gives up when it is cancelled."""

    def ask(self, order: Order, cancel: Cancel) -> Answer | None:
        """Return the answer; ``None`` if none came."""
        ...


class EmptyDesk:
    """Nobody is there: unattended runs answer with ``--yes-as``, or take the plan's default."""

    def ask(self, order: Order, cancel: Cancel) -> Answer | None:  # noqa: ARG002  the port's signature
        """Wait for nobody."""
        while not cancel.wait(3600):
            pass
        return None


def attend(desk: Desk, order: Order, cancel: Cancel) -> tuple[Outcome, str] | None:
    """Have a person's step answered; ``None`` if no answer came before it was cancelled."""
    answer = given(order) or desk.ask(order, cancel)
    return None if answer is None else (outcome_of(order, answer), answer.by)


def given(order: Order) -> Answer | None:
    """Return the answer that was given beforehand, if there is one."""
    return None if order.answer is None else Answer(order.answer, BEFOREHAND)


def outcome_of(order: Order, answer: Answer) -> Outcome:
    """Return what an answer means for a person's step."""
    if not isinstance(order.step, PEOPLES):
        raise TypeError(order.step.kind)
    return meaning(order.step, answer.text)
