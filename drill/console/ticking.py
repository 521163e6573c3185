"""Clocks of a page: written by the server, and moved on by the page between two of its messages."""

from dataclasses import dataclass

from drill.model.view import View
from drill.report.figures import clock

_SOON = 0.75
"""The share of a time after which its clock warns; the page's script knows it too."""


@dataclass(frozen=True, slots=True)
class Ticking:
    """A figure in seconds, and how many it moves in a second."""

    seconds: float
    rate: int
    of: float | None = None
    """The whole of which it is what is left; ``None``: it counts up, and no bar is drawn."""
    stopped: str = ""
    """The tone of a clock that has come to its end."""

    @property
    def text(self) -> str:
        """Write it as a clock shows it."""
        return clock(self.seconds)

    @property
    def used(self) -> float:
        """Return how much of a hundred is used."""
        if not self.of:
            return 0.0
        return round(100 * min(1.0, max(0.0, 1 - self.seconds / self.of)), 2)

    @property
    def tone(self) -> str:
        """Return how much of a worry it is."""
        if self.stopped or self.of is None:
            return self.stopped or "plain"
        if self.seconds < 0:
            return "bad"
        return "warn" if self.seconds < (1 - _SOON) * self.of else "live"


def net(view: View) -> Ticking:
    """Return the exercise clock, which holds stop."""
    return Ticking(view.net, 0 if view.held or view.closed else 1)


def gross(view: View) -> Ticking:
    """Return the time since the exercise was opened, holds and all."""
    return Ticking(view.clock, 0 if view.closed else 1)


def left_until(at: float | None, whole: float | None, view: View) -> Ticking | None:
    """Return what is left of a person's time, which no hold uses up."""
    if at is None:
        return None
    return Ticking(at - view.clock, 0 if view.held or view.closed else -1, whole)
