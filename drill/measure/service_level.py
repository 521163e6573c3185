"""When the minimum service level was reached: the share of good samples over a sliding window.

A service that answers every other request is neither up nor down. ISO 22301
calls the least that is acceptable while disrupted the minimum business
continuity objective (MBCO); CPS 230, paragraph 38(c), asks for it as a number.
What was not seen is counted both ways, as everywhere.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from drill.measure.samples import is_gap
from drill.measure.spans import Moment
from drill.measure.tales import Look


def reached(looks: Sequence[Look], onset: Moment, share: float, over: int, every: int) -> Moment:
    """Return when the level was reached after the onset; ``hi`` is ``None`` if it was not.

    Args:
        looks: all samples, oldest first.
        onset: when the service broke.
        share: of the samples in a window that must be good, 0 to 1.
        over: the window's length in nanoseconds.
        every: the sampling interval in nanoseconds: each sample that is missing counts
            as one that was not seen, also those after the last.
    """
    since = [look for look in _with_unseen(looks, over, every) if look.end >= onset.lo]
    worst = _first(since, share, over, frozenset({"good"}))
    begin = since[-1].start if since else onset.lo
    unseen = [_unseen(begin + i * every) for i in range(1, over // every + 3)]
    best = _first([*since, *unseen], share, over, frozenset({"good", "unknown"}))
    lo = since[best - 1].start if best else onset.lo
    return Moment(lo, None if worst is None else since[worst].end)


def _with_unseen(looks: Sequence[Look], over: int, every: int) -> Iterator[Look]:
    """Put an ``unknown`` sample wherever one was due in a stretch in which none was sent.

    Of a stretch that no window spans, only both its ends.
    """
    yield from looks[:1]
    ends = over // every + 2
    for one, other in pairwise(looks):
        if is_gap(one, other, every):
            due = range(one.start + every, other.start, every)
            shown = due if len(due) <= 2 * ends else (*due[:ends], *due[-ends:])
            yield from map(_unseen, shown)
        yield other


def _unseen(at: int) -> Look:
    return Look(at, at, "unknown", "", -1)


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
        if well / (end - begin) >= share:
            return begin
        well -= look.state in good
    return None
