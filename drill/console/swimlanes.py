"""The board's drawing of who waits for whom: a lane for each target and role, left to right.

A step stands right of all it waits for, and stays there: unlike on the report's
drawing, where what happened moves a step down, nothing jumps on a board that
people watch.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from drill.model.view import StepView, View
from drill.report.axis import shortened
from drill.report.figures import clock
from drill.report.lanes import broken, rounded
from drill.report.signs import Sign, sign_of, took_of, word_of

_WIDTH = 1500.0
_LABEL = 138.0
_NARROW, _WIDE = 96.0, 160.0
_ROW, _BOX, _PAD, _GAP = 48.0, 40.0, 3.0, 4.0
_BETWEEN = 16.0
"""The room between two columns, for the edges."""
_LETTER, _SMALL = 6.65, 5.4
"""The widths of a letter of a name, and of the word below it."""
_MARGIN = 27.0
"""Of a box, for its glyph."""


@dataclass(frozen=True, slots=True)
class Band:
    """A lane."""

    y: float
    height: float
    label: str
    full: str


@dataclass(frozen=True, slots=True)
class Box:
    """A step, with its state in a word."""

    key: str
    x: float
    y: float
    lines: tuple[str, ...]
    word: str
    full: str
    sign: Sign
    fault: bool
    running: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """What a step waits for; ``over``: it need not wait any more."""

    path: str
    over: bool


@dataclass(frozen=True, slots=True)
class Swimlanes:
    """The whole drawing."""

    bands: tuple[Band, ...]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float
    box: float
    tall: float = _BOX


@dataclass(frozen=True, slots=True)
class _Place:
    column: int
    lane: str
    row: int


def swimlanes(view: View) -> Swimlanes:
    """Return the drawing of an exercise's steps."""
    places = _places(view.steps)
    columns = 1 + max((place.column for place in places.values()), default=0)
    pitch = round(min(_WIDE, max(_NARROW, (_WIDTH - _LABEL) / columns)), 1)
    bands = _bands(view.steps, places)
    corners = {
        name: (
            _LABEL + place.column * pitch,
            bands[place.lane].y + _PAD + place.row * _ROW + (_ROW - _BOX) / 2,
        )
        for name, place in places.items()
    }
    box = pitch - _BETWEEN
    over = {step.id for step in view.steps if step.ended is not None}
    return Swimlanes(
        bands=tuple(bands.values()),
        boxes=tuple(_box(step, corners[step.id], box, view.clock) for step in view.steps),
        edges=tuple(
            Edge(_path(corners[before], corners[step.id], box, pitch), before in over)
            for step in view.steps
            for before in _waits(step, places)
        ),
        width=_LABEL + columns * pitch,
        height=sum(band.height + _GAP for band in bands.values()),
        box=box,
    )


def _lane(step: StepView) -> str:
    return step.lane or step.by or step.on or "observer"


def _waits(step: StepView, known: Mapping[str, object]) -> list[str]:
    return [name for name, _, _ in (edge.partition(".") for edge in step.after) if name in known]


def _places(steps: tuple[StepView, ...]) -> Mapping[str, _Place]:
    """Place each step right of what it waits for, beside what it follows where that is free."""
    by_id = {str(step.id): step for step in steps}
    graph = {name: _waits(step, by_id) for name, step in by_id.items()}
    places: dict[str, _Place] = {}
    for name in TopologicalSorter(graph).static_order():
        before = [places[one] for one in graph[name]]
        column = 1 + max((place.column for place in before), default=-1)
        lane = _lane(by_id[name])
        places[name] = _Place(column, lane, _row(column, lane, before, places))
    return places


def _row(column: int, lane: str, before: list[_Place], places: Mapping[str, _Place]) -> int:
    taken = set(places.values())
    wished = [place.row for place in before if place.lane == lane]
    rows: list[int] = [*wished, *range(len(taken) + 1)]
    return next(row for row in rows if _Place(column, lane, row) not in taken)


def _bands(steps: tuple[StepView, ...], places: Mapping[str, _Place]) -> Mapping[str, Band]:
    rows: dict[str, int] = defaultdict(int)
    for step in steps:
        place = places[step.id]
        rows[place.lane] = max(rows[place.lane], place.row + 1)
    bands, y = {}, 0.0
    for name, count in rows.items():
        height = count * _ROW + 2 * _PAD
        bands[name] = Band(y, height, shortened(name, int((_LABEL - 16) / 6.7)), name)
        y += height + _GAP
    return bands


def _box(step: StepView, corner: tuple[float, float], box: float, now: float) -> Box:
    running = step.phase in ("running", "expired")
    took = took_of(step, now if running else None)
    word = f"{word_of(step)} {clock(took)}".rstrip() if took else word_of(step)
    return Box(
        key=step.id,
        x=round(corner[0], 1),
        y=round(corner[1], 1),
        lines=broken(step.id, int((box - _MARGIN) / _LETTER)),
        word=shortened(word, int((box - _MARGIN) / _SMALL)),
        full=f"{step.id} ({step.kind}): {word_of(step)}",
        sign=sign_of(step),
        fault=step.kind == "inject",
        running=running,
    )


def _path(before: tuple[float, float], after: tuple[float, float], box: float, pitch: float) -> str:
    """Draw from the right side of one box to the left of the other; far ways run between rows."""
    x0, y0 = round(before[0] + box, 1), before[1] + _BOX / 2
    x1, y1 = round(after[0], 1), after[1] + _BOX / 2
    middle = _BETWEEN / 2
    first, last = round(x0 + middle, 1), round(x1 - middle, 1)
    if x1 - x0 < pitch:
        return rounded([(x0, y0), (first, y0), (first, y1), (x1, y1)])
    between = y1 - _ROW / 2 if y1 > y0 else y1 + _ROW / 2
    way = [(x0, y0), (first, y0), (first, between), (last, between), (last, y1), (x1, y1)]
    return rounded(way)
