"""From a probe's samples to outages: when a service broke, and when it was really back.

* A failing sample speaks for the moment it was *sent*: stamped at its time-out,
  it would move the outage by the time-out.
* One good sample does not end an outage: it takes :data:`IN_A_ROW` good ones and
  a run without a bad one for the service's stabilisation window.
* What was not seen is counted both ways: as good where the shortest outage is
  sought, as bad where the longest is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from drill.measure.spans import Moment
from drill.measure.tales import Look

IN_A_ROW = 3
"""Good samples in a row, besides the window, that make a service restored."""

_MISSING = 2
"""Intervals without any sample after which the time between counts as not seen."""


@dataclass(slots=True)
class Outage:
    """One outage, from the first bad sample to the stable run that ended it."""

    first: Look
    before: Look | None
    """The last good sample before it."""
    well_since: int
    """When the unbroken run of good samples began that this sample ended."""
    last_bad: Look
    """The last bad sample, if all that was not seen were good."""
    good: Look | None = None
    """The first sample of the stable run, if all that was not seen were bad."""
    bad: int = 1
    unseen: int = 0
    healed: bool = False
    """The fault was removed before the service was back: what came after proves nothing."""
    blind: bool = False
    """Its host had lost sight of drill, and so perhaps had the probe of the service."""

    @property
    def restored(self) -> Moment:
        """When the service was back: after the last bad sample was sent."""
        return Moment(self.last_bad.start, None if self.good is None else self.good.end)


def judged(looks: Iterable[Look], within: int) -> list[Look]:
    """Return the samples as sent, oldest first; a good answer that came too late is bad."""
    return sorted(
        look._replace(state="bad")
        if look.state == "good" and look.end - look.start > within
        else look
        for look in looks
    )


def is_gap(one: Look, other: Look, every: int) -> bool:
    """Tell whether between two samples none was sent although two were due."""
    return other.start - one.start > _MISSING * every


def with_gaps(looks: Sequence[Look], every: int) -> Iterator[Look]:
    """Put an ``unknown`` sample into each stretch in which none was sent."""
    if looks:
        yield looks[0]
    for one, other in pairwise(looks):
        if is_gap(one, other, every):
            yield Look(one.start + every, other.start, "unknown", "", other.seq)
        yield other


def gaps(looks: Sequence[Look], every: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches in which no sample was sent although two were due."""
    for one, other in pairwise(looks):
        if is_gap(one, other, every):
            yield one.start, other.start


def detection_floor(looks: Sequence[Look]) -> int | None:
    """Return the largest gap between two sample starts: a shorter outage could have been missed."""
    return max((other.start - one.start for one, other in pairwise(looks)), default=None)


def outages(looks: Iterable[Look], stable: int) -> list[Outage]:
    """Find the outages in samples that :func:`with_gaps` has completed."""
    found: list[Outage] = []
    finder: _Finder | None = None
    before: Look | None = None
    run: Look | None = None
    for look in looks:
        if finder is None:
            if look.state == "bad":
                since = run.start if run else look.start
                outage = Outage(first=look, before=before, well_since=since, last_bad=look)
                finder = _Finder(outage, stable)
                found.append(outage)
        elif finder.ended_by(look):
            finder = None
        if look.state == "good":
            before, run = look, run or look
        else:
            run = None
    return found


class _Finder:
    """Follows one outage to its end, in the shortest and in the longest reading at once."""

    def __init__(self, outage: Outage, stable: int) -> None:
        self.outage = outage
        self._stable = stable
        self._run: Look | None = None
        """First sample of the good run, with what was not seen as bad."""
        self._count = 0
        self._quiet: int | None = None
        """When the run without a bad sample began, with what was not seen as good."""
        self._over_at_best = False

    def ended_by(self, look: Look) -> bool:
        """Take the next sample; tell whether the service is stable since."""
        if look.state == "bad":
            self._failed(look)
            return False
        if self._quiet is None:
            self._quiet = look.start
        if look.state == "unknown":
            self.outage.unseen += 1
            self._run = None
            return False
        if self._run is None:
            self._run, self._count = look, 0
        self._count += 1
        if self._count < IN_A_ROW or look.start - self._run.start < self._stable:
            return False
        self.outage.good = self._run
        return True

    def _failed(self, look: Look) -> None:
        self.outage.bad += 1
        if self._quiet is not None and look.start - self._quiet >= self._stable:
            self._over_at_best = True
        if not self._over_at_best:
            self.outage.last_bad = look
        self._run = self._quiet = None
