"""A time axis: seconds of the exercise clock to places on paper, and its ticks."""

from dataclasses import dataclass
from math import ceil

from drill.report.figures import clock, moment

_STEPS = (
    0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200,
)  # fmt: skip
_CLOCK_FROM = 120
"""An axis that reaches so many seconds is labelled like a clock."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One labelled place."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The seconds ``begin`` to ``end`` drawn from ``left`` to ``right``."""

    begin: float
    end: float
    left: float
    right: float

    def x(self, at: float) -> float:
        """Return where a moment lies; what is outside lies on the edge."""
        span = (self.end - self.begin) or 1.0
        share = min(1.0, max(0.0, (at - self.begin) / span))
        return round(self.left + share * (self.right - self.left), 1)

    def ticks(self, most: int = 8) -> tuple[Tick, ...]:
        """Return at most ``most`` round moments."""
        span = self.end - self.begin
        step = next((s for s in _STEPS if span / s <= most - 1), span or 1.0)
        first, places = ceil(self.begin / step - 1e-9), int(span / step) + 1
        moments = [(first + n) * step for n in range(places)]
        return tuple(Tick(self.x(at), self._label(at)) for at in moments if at <= self.end)

    def _label(self, at: float) -> str:
        """Write a moment as its neighbours are written."""
        if self.end < _CLOCK_FROM:
            return moment(at).replace(".0 s", " s")
        tenths = round(at * 10)
        return f"+{clock(tenths // 10)}" + (f".{tenths % 10}" if tenths % 10 else "")


def shortened(text: str, length: int) -> str:
    """Return the text, or its beginning with an ellipsis, in at most ``length`` characters.

    >>> shortened("promote-db2", 8)
    'promote…'
    """
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
