"""The drawing of where the time went: planned, waiting and working, on one axis."""

from collections.abc import Iterator
from dataclasses import dataclass

from drill.model.view import StepView, View
from drill.report.axis import Axis, Tick, shortened
from drill.report.figures import NOT_MEASURED, seconds
from drill.report.signs import Sign, sign_of, took_of, word_of

WIDTH = 760
"""Of paper; a screen may be wider."""
_LEFT, _MARGIN = 182, 88
_TOP, _ROW = 30, 22
_LABEL = 25
PER_DRAWING = 40
"""Rows that fit on a printed page; more make another drawing."""
_STRETCH = 1.25
"""How far the plan may stretch the axis beyond what really happened."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """One step."""

    y: float
    label: str
    full: str
    """The step, its phase and its time in words."""
    sign: Sign
    critical: bool
    planned: Bar | None
    waited: Bar | None
    worked: Bar | None
    took: str


@dataclass(frozen=True, slots=True)
class Gantt:
    """One drawing of at most :data:`PER_DRAWING` steps."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    height: float
    now: float | None
    """Where the present lies, while there is one."""
    width: float
    top: float = _TOP
    row: float = _ROW
    left: float = _LEFT

    @property
    def right(self) -> float:
        """Return where the axis ends."""
        return self.width - _MARGIN


def gantts(view: View, width: float = WIDTH, stretch: float = _STRETCH) -> tuple[Gantt, ...]:
    """Return the drawings of all steps, in the order in which they began.

    Args:
        view: what is drawn.
        width: of each drawing.
        stretch: how far the plan may stretch the axis beyond what really happened.
    """
    ordered = sorted(view.steps, key=_began)
    axis = Axis(0.0, _end(view, stretch), _LEFT, width - _MARGIN)
    now = None if view.closed else axis.x(view.clock)
    parts = (ordered[n : n + PER_DRAWING] for n in range(0, len(ordered), PER_DRAWING))
    return tuple(_gantt(part, axis, view.clock, now, width) for part in parts)


def _gantt(
    steps: list[StepView], axis: Axis, clock: float, now: float | None, width: float
) -> Gantt:
    rows = tuple(_row(step, _TOP + n * _ROW, axis, clock) for n, step in enumerate(steps))
    return Gantt(rows, axis.ticks(), _TOP + len(rows) * _ROW + 6, now, width)


def _began(step: StepView) -> float:
    known = (step.started, step.ready, step.planned_start)
    return next((at for at in known if at is not None), float("inf"))


def _end(view: View, stretch: float) -> float:
    really = max([view.clock, *_known(step.ended for step in view.steps)], default=1.0)
    planned = max(_known(step.planned_end for step in view.steps), default=0.0)
    return max(1.0, really, min(planned, really * stretch))


def _known(values: Iterator[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _row(step: StepView, y: float, axis: Axis, now: float) -> Row:
    running = step.phase in ("running", "expired")
    took = took_of(step, now if running else None)
    worked = _bar(axis, step.started, now if running else step.ended, least=2.0)
    return Row(
        y=y,
        label=shortened(step.id, _LABEL),
        full=f"{step.id}: {word_of(step)}, {seconds(took)}",
        sign=sign_of(step),
        critical=step.critical,
        planned=_bar(axis, step.planned_start, step.planned_end, least=2.0),
        waited=_bar(axis, step.ready, step.started, least=0.0),
        worked=worked,
        took=seconds(took) if took is not None else _untaken(step),
    )


def _untaken(step: StepView) -> str:
    return step.phase if step.phase in ("skipped", "pending") else NOT_MEASURED


def _bar(axis: Axis, begin: float | None, end: float | None, least: float) -> Bar | None:
    if begin is None or end is None or begin > axis.end:
        return None
    x = axis.x(begin)
    width = round(axis.x(end) - x, 1)
    return Bar(x, max(least, width)) if width or least else None
