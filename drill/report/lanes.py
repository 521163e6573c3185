"""The drawing of who waits for whom: a lane for each target and role, time flowing down.

A step stands below all it waits for. Lanes as columns fit a page of paper,
where lanes as rows shrink a drill of fifteen layers to type nobody can read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from drill.model.view import StepView
from drill.report.axis import shortened
from drill.report.signs import Sign, sign_of, word_of

_WIDTH = 760.0
_NARROWEST = 104.0
_HEAD, _ROW, _BOX = 34.0, 50.0, 34.0
_GAP = 5.0
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


@dataclass(frozen=True, slots=True)
class Lanes:
    """The whole drawing."""

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
            Lane(n * lane, shortened(name, int(lane / 6.6)), name) for n, name in enumerate(names)
        ),
        boxes=tuple(_box(step, places[step.id], lane, letters) for step in steps),
        edges=tuple(
            Edge(_path(places[before], places[step.id], lane), _both(by_id[before], step))
            for step in steps
            for before, _ in _waits(step, by_id)
        ),
        width=lane * max(1, len(names)),
        height=_HEAD + rows * _ROW,
        lane=lane,
        box=lane - 2 * _GAP,
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
    graph = {name: [before for before, _ in _waits(step, by_id)] for name, step in by_id.items()}
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


def _box(step: StepView, place: _Place, lane: float, letters: int) -> Box:
    outcomes = [outcome for _, _, outcome in (edge.partition(".") for edge in step.after)]
    return Box(
        x=round(place.lane * lane + _GAP, 1),
        y=_HEAD + place.row * _ROW + (_ROW - _BOX) / 2,
        lines=_lines(step.id, letters),
        full=f"{step.id} ({step.kind}): {word_of(step)}",
        sign=sign_of(step),
        kind=step.kind,
        critical=step.critical,
        outcome=shortened(" & ".join(filter(None, outcomes)), letters),
    )


def _lines(name: str, letters: int) -> tuple[str, ...]:
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


def _path(before: _Place, after: _Place, lane: float) -> str:
    """Draw from the foot of one box to the head of the other; a long way runs beside the lane."""
    x0, y0 = _middle(before, lane), _HEAD + before.row * _ROW + (_ROW + _BOX) / 2
    x1, y1 = _middle(after, lane), _HEAD + after.row * _ROW + (_ROW - _BOX) / 2
    if after.row - before.row == 1:
        bend = (y1 - y0) / 2
        return f"M{x0} {y0}C{x0} {y0 + bend} {x1} {y1 - bend} {x1} {y1}"
    side = (before.lane + (1 if after.lane > before.lane else 0)) * lane or 1.5
    turn = (_ROW - _BOX) / 2
    return (
        f"M{x0} {y0}C{x0} {y0 + turn} {side} {y0} {side} {y0 + 2 * turn}"
        f"V{y1 - 2 * turn}C{side} {y1} {x1} {y1 - turn} {x1} {y1}"
    )


def _middle(place: _Place, lane: float) -> float:
    return round((place.lane + 0.5) * lane, 1)
