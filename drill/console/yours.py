"""What one seat is asked, told and may say: by its kind, which panels it has."""

from collections.abc import Callable, Mapping

from drill.console import evaluating, facilitating, questions, speaking, telling
from drill.console.seats import Seat
from drill.console.slips import Panel
from drill.model.view import View


def panels(seat: Seat, view: View) -> tuple[Panel, ...]:
    """Return what this seat has beside the board; what has nothing to show is left out."""
    every = (make(seat, view) for make in _PANELS[seat.kind])
    return tuple(panel for panel in every if panel.slips or panel.empty)


def speaks(seat: Seat) -> bool:
    """Tell whether this seat has anything beside the board."""
    return bool(_PANELS[seat.kind])


_PANELS: Mapping[str, tuple[Callable[[Seat, View], Panel], ...]] = {
    "facilitator": (
        facilitating.control,
        speaking.wash,
        questions.answers,
        questions.claims,
        facilitating.queue,
        facilitating.attendance,
        telling.spread,
        speaking.note,
    ),
    "evaluator": (speaking.wash, evaluating.objectives, evaluating.questions, speaking.note),
    "participant": (
        speaking.wash,
        questions.asked,
        questions.claims,
        telling.inbox,
        speaking.note,
    ),
    "observer": (),
}
"""By the kind of seat: its panels, in the order of their haste."""
