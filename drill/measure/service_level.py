"""When the minimum service level was reached: the share of good samples over a sliding window.

A service that answers every other request is neither up nor down. ISO 22301
calls the least that is acceptable while disrupted the minimum business
continuity objective (MBCO); CPS 230, paragraph 38(c), asks for it as a number.
What was not seen is counted both ways, as everywhere.
"""

from collections.abc import Sequence

from drill.measure.spans import Moment
from drill.measure.tales import Look


def reached(looks: Sequence[Look], onset: Moment, share: float, over: int) -> Moment:
    """Return when the level was reached after the onset; ``hi`` is ``None`` if it was not.

    Args:
        looks: all samples, oldest first, those that were not seen included.
        onset: when the service broke.
        share: of the samples in a window that must be good, 0 to 1.
        over: the window's length in nanoseconds.
    """
    since = [look for look in looks if look.end >= onset.lo]
    best = _first(since, share, over, frozenset({"good", "unknown"}))
    worst = _first(since, share, over, frozenset({"good"}))
    if best is None:
        return Moment(since[-1].start if since else onset.lo, None)
    lo = since[best - 1].start if best else onset.lo
    return Moment(lo, None if worst is None else since[worst].end)


def _first(looks: Sequence[Look], share: float, over: int, good: frozenset[str]) -> int | None:
    """Return the sample whose window is the first to reach the share: two pointers, one pass."""
    end = well = 0
    for begin, look in enumerate(looks):
        until = look.start + over
        while end < len(looks) and looks[end].start < until:
            well += looks[end].state in good
            end += 1
        if end == len(looks):
            return None  # the window is not full: nobody knows
        if well >= share * (end - begin):
            return begin
        well -= look.state in good
    return None
