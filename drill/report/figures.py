"""How figures are written: the only place of a report that rounds.

Seconds carry the digits that a probe can justify: hundredths below 10 s,
tenths below 2 minutes, whole seconds beyond, where minutes and hours read
better. Intervals keep hundredths below 2 minutes and are rounded outwards.
``None`` is *not measured*, and no figure ever stands in for it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from math import ceil, floor

from drill.model.view import Interval

NOT_MEASURED = "not measured"
_MINUS = "\N{MINUS SIGN}"

_MINUTES_FROM = 120.0
_HOUR = 3600


def seconds(value: float | None) -> str:
    """Write a duration in seconds.

    >>> [seconds(v) for v in (None, 0, 0.0042, 3.214, 61.44, 125, 4000)]
    ['not measured', '0 s', '4.2 ms', '3.21 s', '61.4 s', '2:05 min', '1:06:40 h']
    """
    if value is None:
        return NOT_MEASURED
    if value < 0:
        return f"{_MINUS}{seconds(-value)}"
    digits, unit = _parts(value, value)
    return f"{digits} {unit}"


def promised(value: float) -> str:
    """Write a target, which is exact: ``60 s``, ``0.5 s``, ``5:00 min``.

    >>> [promised(v) for v in (60, 0.5, 300)]
    ['60 s', '0.5 s', '5:00 min']
    """
    return f"{value:g} s" if value < _MINUTES_FROM else seconds(value)


def interval(actual: Interval | None) -> str:
    """Write what a duration lies within, rounded outwards: what is printed holds the truth too.

    >>> interval(Interval(lo=3.214, hi=3.48)), interval(Interval(lo=3.2, hi=None))
    ('3.21 to 3.48 s', 'at least 3.20 s')
    """
    if actual is None:
        return NOT_MEASURED
    if actual.hi is None:
        return f"at least {seconds(actual.lo)}"
    low, unit = _outward(actual.lo, actual.hi, floor)
    high, _ = _outward(actual.hi, actual.hi, ceil)
    return f"{high} {unit}" if low == high else f"{low} to {high} {unit}"


def margin(target: float, actual: Interval | None) -> str:
    """Write how much of a promise was left, at worst and at best.

    >>> margin(60, Interval(lo=3.2, hi=3.5)), margin(5, Interval(lo=7, hi=None))
    ('56.50 to 56.80 s left', 'over by at least 2.00 s')
    """
    if actual is None:
        return NOT_MEASURED
    if actual.hi is None:
        over = actual.lo - target
        return f"over by at least {seconds(over)}" if over > 0 else "unknown"
    if actual.hi <= target:
        return f"{interval(Interval(lo=target - actual.hi, hi=target - actual.lo))} left"
    if actual.lo > target:
        return f"over by {interval(Interval(lo=actual.lo - target, hi=actual.hi - target))}"
    return f"{seconds(target - actual.lo)} left to {seconds(actual.hi - target)} over"


def moment(at: float | None) -> str:
    """Write a point on the exercise clock.

    >>> moment(12.34), moment(125), moment(None)
    ('+12.3 s', '+02:05', 'not measured')
    """
    if at is None:
        return NOT_MEASURED
    if abs(at) < _MINUTES_FROM:
        return f"{at:+.1f} s".replace("-", _MINUS)
    return f"{_MINUS if at < 0 else '+'}{clock(abs(at))}"


def clock(value: float | None) -> str:
    """Write a duration as a clock shows it: ``02:05``, ``1:06:40``; blank if unknown.

    >>> clock(125), clock(4000), clock(None)
    ('02:05', '1:06:40', '')
    """
    if value is None:
        return ""
    sign, whole = (_MINUS if round(value) < 0 else ""), abs(round(value))
    minutes, left = divmod(whole, 60)
    if whole < _HOUR:
        return f"{sign}{minutes:02d}:{left:02d}"
    return f"{sign}{minutes // 60}:{minutes % 60:02d}:{left:02d}"


def utc(wall: datetime | None) -> str:
    """Write an instant as a label for people, in UTC.

    >>> utc(datetime(2026, 11, 18, 9, 0, 1, tzinfo=UTC))
    '18 Nov 2026, 09:00:01 UTC'
    """
    if wall is None:
        return NOT_MEASURED
    return f"{wall.astimezone(UTC):%d %b %Y, %H:%M:%S} UTC".lstrip("0")


def count(number: int) -> str:
    """Write a number of things, in groups of three.

    >>> count(48211)
    '48,211'
    """
    return f"{number:,}"


def _outward(value: float, scale: float, direction: Callable[[float], int]) -> tuple[str, str]:
    if scale < _MINUTES_FROM:
        return f"{direction(round(value * 100, 6)) / 100:.2f}", "s"
    return _parts(direction(round(value, 6)), direction(round(scale, 6)))


def _parts(value: float, scale: float) -> tuple[str, str]:
    """Write ``value`` with the digits and the unit that a figure of size ``scale`` has."""
    if scale == 0:
        return "0", "s"
    if scale < 0.01:  # noqa: PLR2004 - below a hundredth of a second, the text speaks of thousandths
        return f"{value * 1000:.1f}", "ms"
    if scale < 10:  # noqa: PLR2004 - as the docstring of this module says
        return f"{value:.2f}", "s"
    if round(scale, 1) < _MINUTES_FROM:
        return f"{value:.1f}", "s"
    whole = round(value)
    minutes, left = divmod(whole, 60)
    if round(scale) < _HOUR:
        return f"{minutes}:{left:02d}", "min"
    return f"{minutes // 60}:{minutes % 60:02d}:{left:02d}", "h"
