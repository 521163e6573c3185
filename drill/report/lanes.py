"""The drawing of who waits for whom: a lane for each target and role, time flowing down.

A step stands below all it waits for. Lanes as columns fit a page of paper,
where lanes as rows shrink a drill of fifteen layers to type nobody can read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from drill.model.view import StepView
from drill.report.axis import shortened
from drill.report.signs import Sign, sign_of, word_of

_WIDTH = 760.0
_NARROWEST = 104.0
_HEAD, _ROW, _BOX = 34.0, 56.0, 34.0
_PAGE = 1010.0
_SHEETS = 4
"""The height of a page whose width is :data:`_WIDTH`, less what stands below the drawing."""
_GAP = 5.0
_TURN, _CURVE = 7.0, 5.0
"""How far below a box its edges turn, and how round."""
_LETTER = 5.9
"""The width of an average letter of the boxes' type."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A column: whoever is waited for."""

    x: float
    label: str
    full: str


@dataclass(frozen=True, slots=True)
class Box:
    """A step."""

    x: float
    y: float
    lines: tuple[str, ...]
    full: str
    sign: Sign
    kind: str
    critical: bool
    outcome: str
    """The outcome that it waits for, where that is not plainly done."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What a step waits for."""

    path: str
    critical: bool
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Lanes:
    """The whole drawing, or a stretch of it."""

    lanes: tuple[Lane, ...]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float
    lane: float
    """The width of a lane."""
    box: float
    """The width of a box."""
    tall: float = _BOX
    head: float = _HEAD
    top: float = 0.0
    """Where the stretch begins."""


@dataclass(frozen=True, slots=True)
class _Place:
    lane: int
    row: int


def lanes_of(steps: tuple[StepView, ...]) -> Lanes:
    """Return the drawing of these steps."""
    names = list(dict.fromkeys(_lane(step) for step in steps))
    places = _places(steps, names)
    lane = round(max(_NARROWEST, _WIDTH / max(1, len(names))), 1)
    letters = int((lane - 2 * _GAP - 26) / _LETTER)
    rows = 1 + max((place.row for place in places.values()), default=0)
    by_id = {str(step.id): step for step in steps}
    return Lanes(
        lanes=tuple(
            Lane(n * lane, shortened(name, int(lane / 6.0)), name) for n, name in enumerate(names)
        ),
        boxes=tuple(_box(step, places[step.id], lane, letters) for step in steps),
        edges=tuple(
            _edge(places[before], places[step.id], lane, _both(by_id[before], step))
            for step in steps
            for before, _ in _waits(step, by_id)
        ),
        width=lane * max(1, len(names)),
        height=_HEAD + rows * _ROW,
        lane=lane,
        box=lane - 2 * _GAP,
    )


def stretches(whole: Lanes) -> tuple[Lanes, ...]:
    """Return the drawing in stretches that fit on a page, each with the heads of its lanes.

    None, if it takes more than a few sheets: spread over many, it shows nobody who waits for whom.
    """
    rows = max(1, int((_PAGE * whole.width / _WIDTH - _HEAD) / _ROW))
    tops = range(0, max(1, round((whole.height - _HEAD) / _ROW)), rows)
    return tuple(_stretch(whole, n * _ROW, rows * _ROW) for n in tops if len(tops) <= _SHEETS)


def _stretch(whole: Lanes, top: float, tall: float) -> Lanes:
    """Return what lies below the heads of a stretch: boxes whole, edges as far as they reach."""
    begin, end = top + _HEAD, min(top + _HEAD + tall, whole.height)
    return replace(
        whole,
        boxes=tuple(box for box in whole.boxes if begin <= box.y < end),
        edges=tuple(edge for edge in whole.edges if edge.bottom > begin and edge.top < end),
        height=end - top,
        top=top,
    )


def _lane(step: StepView) -> str:
    return step.lane or step.by or step.on or "observer"


def _both(one: StepView, other: StepView) -> bool:
    return one.critical and other.critical


def _waits(step: StepView, known: Iterable[str]) -> list[tuple[str, str]]:
    """Return the steps and the outcomes that a step waits for."""
    edges = [edge.partition(".") for edge in step.after]
    return [(before, outcome) for before, _, outcome in edges if before in known]


def _places(steps: tuple[StepView, ...], names: list[str]) -> Mapping[str, _Place]:
    """Place each step in its lane, in the first free row below all it waits for."""
    by_id = {str(step.id): step for step in steps}
    graph = {name: _above(step, steps, by_id) for name, step in by_id.items()}
    places: dict[str, _Place] = {}
    taken: set[_Place] = set()
    for name in TopologicalSorter(graph).static_order():
        lane = names.index(_lane(by_id[name]))
        row = 1 + max((places[before].row for before in graph[name]), default=-1)
        while _Place(lane, row) in taken:
            row += 1
        places[name] = _Place(lane, row)
        taken.add(places[name])
    return places


def _above(step: StepView, steps: tuple[StepView, ...], known: Iterable[str]) -> list[str]:
    """Return what stands above a step: what it waits for, and all that ended before it began.

    Steps that take no time begin and end together: of those only the edges tell the order.
    """
    waits = [before for before, _ in _waits(step, known)]
    return waits + [one.id for one in steps if _before(one, step)]


def _before(one: StepView, other: StepView) -> bool:
    if one.started is None or one.ended is None or other.started is None:
        return False
    return one.started < other.started and one.ended <= other.started


def _box(step: StepView, place: _Place, lane: float, letters: int) -> Box:
    outcomes = [outcome for _, _, outcome in (edge.partition(".") for edge in step.after)]
    return Box(
        x=round(place.lane * lane + _GAP, 1),
        y=_HEAD + place.row * _ROW + (_ROW - _BOX) / 2,
        lines=broken(step.id, letters),
        full=f"{step.id} ({step.kind}): {word_of(step)}",
        sign=sign_of(step),
        kind=step.kind,
        critical=step.critical,
        outcome=shortened(" & ".join(filter(None, outcomes)), letters),
    )


def broken(name: str, letters: int) -> tuple[str, ...]:
    """Break a name at its hyphens into at most two lines."""
    if len(name) <= letters:
        return (name,)
    first = ""
    for part in name.split("-"):
        longer = f"{first}{part}-"
        if len(longer) > letters:
            break
        first = longer
    rest = name[len(first) :]
    return tuple(filter(None, (first, shortened(rest, letters))))


def _edge(before: _Place, after: _Place, lane: float, critical: bool) -> Edge:
    top, bottom = (_HEAD + place.row * _ROW for place in (before, after))
    return Edge(_path(before, after, lane), critical, top + _ROW / 2, bottom + _ROW / 2)


def _path(before: _Place, after: _Place, lane: float) -> str:
    """Draw from the foot of one box to the head of the other; a long way runs beside the lane."""
    x0, y0 = _middle(before, lane), _HEAD + before.row * _ROW + (_ROW + _BOX) / 2
    x1, y1 = _middle(after, lane), _HEAD + after.row * _ROW + (_ROW - _BOX) / 2
    first, last = y0 + _TURN, y1 - (_ROW - _BOX) + _TURN
    side = (before.lane + (1 if after.lane > before.lane else 0)) * lane or 2.0
    if after.row - before.row == 1:
        return rounded([(x0, y0), (x0, first), (x1, first), (x1, y1)])
    return rounded([(x0, y0), (x0, first), (side, first), (side, last), (x1, last), (x1, y1)])


def rounded(points: list[tuple[float, float]]) -> str:
    """Return the path of straight lines through the points, with round corners."""
    path = f"M{points[0][0]} {points[0][1]}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before), _towards(corner, after)
        path += f"L{start[0]} {start[1]}Q{corner[0]} {corner[1]} {end[0]} {end[1]}"
    return f"{path}L{points[-1][0]} {points[-1][1]}"


def _towards(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Return the point a few pixels from the corner, on the (upright or level) way to the other."""

    def step(here: float, there: float) -> float:
        return round(here + max(-_CURVE, min(_CURVE, (there - here) / 2)), 1)

    return step(corner[0], other[0]), step(corner[1], other[1])


def _middle(place: _Place, lane: float) -> float:
    return round((place.lane + 0.5) * lane, 1)
