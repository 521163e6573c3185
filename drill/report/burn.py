"""The clock of a promise: how much of it is used, and whether that can still change."""

from dataclasses import dataclass

from drill.model.view import ObjectiveView, Verdict, View

_SOON = 0.75
"""The share of a promise after which the clock warns."""
_DECIDED = frozenset({Verdict.MET, Verdict.MISSED})
"""Verdicts that nothing still to come can change."""
_UNTOLD = frozenset({Verdict.NOT_MEASURED, Verdict.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Burn:
    """How much of a time objective is used, in seconds; ``None``: not counting yet."""

    target: float
    used: float | None

    @property
    def tone(self) -> str:
        """Return how much of a worry it is."""
        if self.used is None:
            return "off"
        if self.used > self.target:
            return "bad"
        return "warn" if self.used > _SOON * self.target else "live"


def burn_of(view: View, one: ObjectiveView) -> Burn:
    """Return how far the clock of an objective has run: it stops when the service is restored."""
    begin = _mark(view, one.counted_from, one.service)
    end = _mark(view, "T6", one.service)
    used = None if begin is None else (view.clock if end is None else end) - begin
    return Burn(one.target, used)


def tells(one: ObjectiveView, *, over: bool) -> bool:
    """Tell whether the verdict says more than the clock; ``over``: the exercise is closed."""
    return one.verdict in _DECIDED or (over and one.verdict not in _UNTOLD)


def _mark(view: View, name: str, service: str) -> float | None:
    found = (mark.at for mark in view.marks if mark.name == name)
    mine = (mark.at for mark in view.marks if mark.name == name and mark.service == service)
    return next(mine, next(found, None))
