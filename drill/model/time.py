"""Instants and durations: the only module that does arithmetic on time.

Durations are differences of ``CLOCK_BOOTTIME``, which cannot be stepped and
counts suspend (clock_gettime(2)); the wall clock is a label for people.
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer, WithJsonSchema

from drill.model.base import Model

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_WHOLE = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d))+")
_NS = 1_000_000_000
_LONGEST_MS = 366 * 86_400_000
_FLOAT_ERROR = 1e-4


def parse_duration(text: object) -> object:
    """Read ``90s``, ``15m`` or ``1h30m``; leave a ``timedelta`` as it is.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        raise ValueError("a duration is written like 500ms, 90s, 15m or 1h30m")
    ms = sum(float(n) * _UNITS[u] * 1000 for n, u in _PART.findall(text))
    if ms > _LONGEST_MS:
        raise ValueError("a duration is a year at most")
    if abs(ms - round(ms)) > _FLOAT_ERROR:
        raise ValueError("a duration is no finer than 1ms")  # a journal could not say it again
    return timedelta(milliseconds=round(ms))


def format_duration(duration: timedelta) -> str:
    """Write a duration the way :func:`parse_duration` reads it.

    >>> format_duration(timedelta(seconds=5400))
    '1h30m'
    >>> format_duration(timedelta(seconds=0.05))
    '50ms'
    """
    left = round(duration.total_seconds() * 1000)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_WHOLE.pattern}$",
            "examples": ["500ms", "90s", "15m", "1h30m"],
        }
    ),
]


class Stamp(Model):
    """When something happened, by both clocks.

    ``boot`` is the kernel's boot id: ``boot_ns`` of two boots cannot be
    compared, the wall then is all there is.
    """

    wall: AwareDatetime
    boot_ns: int
    boot: str

    def plus(self, duration: timedelta) -> "Stamp":
        """Return the stamp that lies ``duration`` later."""
        ns = round(duration.total_seconds() * _NS)
        return Stamp(wall=self.wall + duration, boot_ns=self.boot_ns + ns, boot=self.boot)

    def reached(self, now: "Stamp") -> bool:
        """Tell whether this moment has come at ``now``."""
        return seconds_between(self, now) >= 0


def seconds_between(start: Stamp, end: Stamp) -> float:
    """Return the seconds from ``start`` to ``end``, by the best clock both share."""
    if start.boot == end.boot:
        return (end.boot_ns - start.boot_ns) / _NS
    return (end.wall - start.wall).total_seconds()
