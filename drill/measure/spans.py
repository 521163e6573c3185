"""Spans of time that hold the truth, in nanoseconds of the exercise clock.

Zero is the first record. ``None`` as an upper end is infinity.
"""

import math
from typing import NamedTuple

from drill.model.view import Interval

NS = 1_000_000_000

RATE_ERROR = 500e-6
"""How much faster or slower than true time a disciplined clock may run.

RFC 5905 (NTP version 4), appendix A.1.1, MAXFREQ: the kernel slews a clock by at
most 500 parts in a million. ``CLOCK_BOOTTIME`` is slewed, though never stepped.
"""


class Moment(NamedTuple):
    """When something happened: not before ``lo`` and not after ``hi``."""

    lo: int
    hi: int | None


def at(ns: int) -> Moment:
    """Return a moment that is known as well as the clock is."""
    return Moment(ns, ns)


def seconds(ns: int) -> float:
    """Return nanoseconds as seconds."""
    return ns / NS


def between(begin: Moment, end: Moment) -> Interval:
    """Return the interval that holds the duration, widened by the clock's rate error."""
    lo = 0.0 if begin.hi is None else seconds(max(0, end.lo - begin.hi))
    hi = None if end.hi is None else seconds(max(0, end.hi - begin.lo))
    return Interval(lo=lo * (1 - RATE_ERROR), hi=None if hi is None else hi * (1 + RATE_ERROR))


def written(value: float, up: bool) -> str:
    """Write seconds with two decimals, rounded outwards: what is printed holds the truth too."""
    rounded = (math.ceil if up else math.floor)(round(value * 100, 6)) / 100
    return f"{rounded:.2f}"
