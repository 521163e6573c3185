"""The drawing of a service's availability: each sample in its place, good above bad."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from drill.model.view import AvailabilityView, MarkView, View
from drill.report.axis import Axis, Tick
from drill.report.figures import moment

WIDTH = 760
_LEFT, _RIGHT = 64, 748
_TOP, _ROW = 34, 20
_LEVELS = ("good", "unknown", "bad")
_SEEN = 2.4
"""From this many pixels a sample on, each is drawn for itself."""
_Span = tuple[float, float, str]
_LABEL = 118
"""Room for the label of a mark."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring samples of one state."""

    state: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Flag:
    """A mark's line and label."""

    x: float
    y: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One drawing: a stretch of the exercise clock."""

    title: str
    levels: tuple[tuple[str, float], ...]
    runs: tuple[Run, ...]
    outages: tuple[tuple[float, float], ...]
    """x and width of each shaded stretch."""
    flags: tuple[Flag, ...]
    ticks: tuple[Tick, ...]
    top: float
    bottom: float
    row: float = _ROW
    width: float = WIDTH
    left: float = _LEFT
    right: float = _RIGHT

    @property
    def height(self) -> float:
        """Return the height of the drawing, the axis included."""
        return self.bottom + 24


def strips(view: View, one: AvailabilityView) -> tuple[Strip, ...]:
    """Return the whole exercise, and the outage from near if it is but a small part."""
    marks = tuple(
        mark
        for mark in view.marks
        if mark.name in ("T0", "T6") and mark.service in (None, one.service)
    )
    whole = _strip(one, marks, 0.0, max(view.clock, 1.0), "whole exercise")
    near = _near(one, view.clock)
    if near is None:
        return (whole,)
    return (whole, _strip(one, marks, *near, "the outage from near, each sample in its place"))


def _near(one: AvailabilityView, clock: float) -> tuple[float, float] | None:
    """Return the stretch around the first outage, if a close look shows more."""
    if not one.outages:
        return None
    begin, end = one.outages[0]
    last = clock if end is None else end
    pad = max(0.2 * (last - begin), 5 * one.every)
    if (last - begin + 2 * pad) * 2 > clock:
        return None
    return max(0.0, begin - pad), min(clock, last + pad)


def _strip(
    one: AvailabilityView, marks: tuple[MarkView, ...], begin: float, end: float, title: str
) -> Strip:
    axis = Axis(begin, end, _LEFT, _RIGHT)
    seen = {state for _, state in one.samples} | {"good", "bad"}
    levels = {name: _TOP + n * _ROW for n, name in enumerate(s for s in _LEVELS if s in seen)}
    scale = (_RIGHT - _LEFT) / (end - begin)
    drawn = _single(one) if one.every * scale >= _SEEN else _spans(one)
    spans = [span for span in drawn if span[1] > begin and span[0] < end]
    return Strip(
        title=title,
        levels=tuple(levels.items()),
        runs=tuple(_runs(spans, axis, levels)),
        outages=tuple(_outage(axis, *outage) for outage in one.outages),
        flags=tuple(_flag(axis, n, mark) for n, mark in enumerate(marks) if mark.at is not None),
        ticks=axis.ticks(),
        top=_TOP,
        bottom=_TOP + len(levels) * _ROW,
    )


def _outage(axis: Axis, begin: float, end: float | None) -> tuple[float, float]:
    x = axis.x(begin)
    return x, round(axis.x(axis.end if end is None else end) - x, 1)


def _flag(axis: Axis, row: int, mark: MarkView) -> Flag:
    at = mark.at or 0.0
    x = axis.x(at)
    after = x + _LABEL < _RIGHT if row else x - _LABEL < _LEFT
    anchor = "start" if after else "end"
    return Flag(x, 11 + 14 * (row % 2), f"{mark.name} {moment(at)}", anchor)


def _single(one: AvailabilityView) -> Iterator[_Span]:
    """Yield begin, end and state of each sample, with a little air after it."""
    for at, state in one.samples:
        yield at, at + 0.7 * one.every, state


def _spans(one: AvailabilityView) -> Iterator[_Span]:
    """Yield begin, end and state of neighbouring samples of one state."""
    ends = [at for at, _ in one.samples[1:]] + [at + one.every for at, _ in one.samples[-1:]]
    timed = [(at, end, state) for (at, state), end in zip(one.samples, ends, strict=True)]
    for state, members in groupby(timed, key=lambda span: span[2]):
        group = list(members)
        yield group[0][0], group[-1][1], state


def _runs(spans: list[_Span], axis: Axis, levels: Mapping[str, float]) -> Iterator[Run]:
    """Yield what can be seen: a bad stretch never vanishes, and no place is drawn twice."""
    reached = dict.fromkeys(levels, -1.0)
    for begin, end, state in spans:
        x, right = axis.x(begin), axis.x(end)
        x, right = max(x, reached[state]), max(right, x + 1.0)
        if right - x >= 0.5:  # noqa: PLR2004 - half a pixel is as little as anybody sees
            reached[state] = right
            yield Run(state, x, levels[state], round(right - x, 1))
