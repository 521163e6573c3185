"""The exercise clock, and what the observer's clocks did meanwhile.

The wall clock and the boot clock are compared at every record. They differ by a
constant unless somebody sets the wall clock; the boot clock counts suspend, so
a suspend shows as a gap between samples and not as a step. At a facilitated table the
boot clock is put forward on purpose, and only the wall goes on as it was.
"""

from datetime import datetime, timedelta

from drill.measure.spans import NS, RATE_ERROR, seconds
from drill.model.time import Stamp

_MICROSECOND = timedelta(microseconds=1)
_NOISE = NS // 10
"""Nanoseconds by which two readings of two clocks may differ without a step."""
_MOST = 20
"""Notes that are kept; a clock that is set more often is broken, and the first say so."""


class ExerciseClock:
    """Turns stamps, and the ``boot_ns`` of samples, into nanoseconds since the first record.

    Each boot of the observer has its own zero. Across boots the wall clock is all
    there is, which :attr:`boots` lets everyone see.
    """

    def __init__(self, first: Stamp, *, paced: bool = False) -> None:
        self.first = first
        self._paced = paced
        self.boots = [first.boot]
        self.notes: list[str] = []
        self._boot = first.boot
        self._zero = first.boot_ns
        self._offset = 0
        self._last = 0

    def read(self, stamp: Stamp) -> int:
        """Return when a record was written; call it for each record, in order."""
        wall = (stamp.wall - self.first.wall) // _MICROSECOND * 1000
        if stamp.boot != self._boot:
            self._restarted(stamp, wall)
        now = stamp.boot_ns - self._zero
        offset = wall - now
        moved = abs(offset - self._offset) > _NOISE + RATE_ERROR * (now - self._last)
        if moved and not self._paced:
            self._note(f"the wall clock was set by {seconds(offset - self._offset):+.1f} s", now)
        self._offset, self._last = offset, now
        return now

    def of(self, boot_ns: int) -> int:
        """Return a sample's time; it was taken in the boot of the record it stands in."""
        return boot_ns - self._zero

    def peek(self, stamp: Stamp) -> int:
        """Return a moment on the exercise clock without reading anything into it.

        At a paced table the clock is ahead of any other by as much as at its last record.
        """
        wall = (stamp.wall - self.first.wall) // _MICROSECOND * 1000
        if self._paced:
            return wall - self._offset
        return stamp.boot_ns - self._zero if stamp.boot == self._boot else wall

    def wall(self, ns: int) -> datetime:
        """Return the wall time of a moment, as a label."""
        return self.first.wall + timedelta(microseconds=ns // 1000)

    def gap(self, begin: int, end: int, service: str) -> None:
        """Note that a service was not looked at for longer than it should."""
        self._note(
            f"{service} was not sampled for {seconds(end - begin):.1f} s "
            "(a suspend, or an overloaded observer)",
            begin,
        )

    def _restarted(self, stamp: Stamp, wall: int) -> None:
        self._boot = stamp.boot
        self.boots.append(stamp.boot)
        self._zero = stamp.boot_ns - wall
        self._offset, self._last = 0, wall
        self._note(
            "the observer was restarted; across this moment only the wall clock counts", wall
        )

    def _note(self, what: str, at: int) -> None:
        if len(self.notes) < _MOST:
            self.notes.append(f"T+{seconds(at):.1f} s: {what}")
