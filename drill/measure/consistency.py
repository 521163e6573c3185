"""The consistency point across stores: the latest moment that all of them still agree about.

Each store may be recovered to a point of its own. An order that is in one and
its payment that is gone from another contradict each other: what was written
after the point is there without what belongs to it. A store that lost nothing
is whole to its end; then the others alone set the point.
"""

import math
from collections.abc import Mapping

from drill.measure.ledger import Sets
from drill.measure.recovery_point import Point
from drill.measure.spans import NS
from drill.measure.tales import Writing
from drill.model.names import ServiceName
from drill.model.view import ConsistencyView, Interval, StoreView

_STORES = 2
"""One store alone always agrees with itself."""


def consistency_of(points: Mapping[ServiceName, Point]) -> ConsistencyView | None:
    """Return the point up to which the stores agree; ``None`` unless several were read back."""
    read = {name: point.sets for name, point in points.items() if point.sets is not None}
    if len(read) < _STORES:
        return None
    whole = {name: _whole_until(sets) for name, sets in read.items()}
    known = [one for one in whole.values() if one is not None]
    point = min(known, key=_end, default=None)
    return ConsistencyView(
        point=point,
        stores=tuple(
            StoreView(service=name, whole_until=whole[name], beyond=_beyond(sets, point))
            for name, sets in read.items()
        ),
    )


def _end(one: Interval) -> float:
    return one.hi if one.hi is not None else math.inf


def _whole_until(sets: Sets) -> Interval | None:
    """Return the moment up to which every acknowledged write is there; ``None``: to the end."""
    lost = (*sets.lost, *sets.split_brain, *sets.lost_later)
    if not lost:
        return None
    first = min(lost, key=_acknowledged)
    older = [w.invoke for w in sets.kept if w.invoke < first.invoke]
    return Interval(lo=max(older, default=0) / NS, hi=_acknowledged(first) / NS)


def _beyond(sets: Sets, point: Interval | None) -> int:
    """Count what a store has that was sent after the point: others may lack what belongs to it."""
    if point is None or point.hi is None:
        return 0
    return sum(w.invoke > point.hi * NS for w in sets.kept)


def _acknowledged(write: Writing) -> int:
    return write.invoke if write.complete is None else write.complete
