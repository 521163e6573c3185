"""A plan as one self-contained SVG: a lane for each target and role, time from left to right.

Nothing is told by colour alone: each kind of step has its shape and its word, the
critical path is heavier, and everything drawn is also in the picture's text.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import networkx as nx

from drill.graph.edges import edges_of
from drill.graph.paths import Course, march_of
from drill.graph.plan import Plan
from drill.model.names import StepId
from drill.model.steps import STORY, Step, StoryInject
from drill.model.time import format_duration

_LEFT, _TOP, _BOX_W, _BOX_H, _COLUMN, _ROW, _GAP = 150, 10, 156, 40, 204, 56, 8
_LETTERS = 22
"""How many letters of a step's name fit in its box."""

_STYLE = """
svg{--ink:#1b1f24;--paper:#fff;--lane:#f3f4f6;--line:#8a929b;--alarm:#b42318;--box:#fff;
font:12px system-ui,sans-serif}
@media(prefers-color-scheme:dark){svg{--ink:#e6e8ea;--paper:#14171a;--lane:#1d2125;
--line:#7b858f;--alarm:#ff8a7a;--box:#262b30}}
text{fill:var(--ink)}.paper{fill:var(--paper)}.lane{fill:var(--lane)}.name{font-weight:600}
path{fill:none;stroke:var(--line);stroke-width:1.2}.box{fill:var(--box)}
.critical{stroke:var(--ink);stroke-width:2.4}.inject .box{stroke:var(--alarm)}
.until,.contingency .box{stroke-dasharray:5 4}.label{font-size:10px}
"""


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a step is drawn: its left edge and its middle."""

    x: int
    y: int


def svg_of(plan: Plan, course: Course) -> str:
    """Draw a plan laid on the clock."""
    columns = _columns(plan)
    rows = _rows(plan, columns)
    tops, height = _tops(plan, rows)
    boxes = {
        id_: _Box(_LEFT + columns[id_] * _COLUMN, tops[lane_of(plan.step(id_))] + row * _ROW + 28)
        for id_, row in rows.items()
    }
    width = _LEFT + (max(columns.values()) + 1) * _COLUMN
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            f'aria-labelledby="title desc"><title id="title">{escape(plan.scenario.title)}</title>'
        ),
        f'<desc id="desc">{escape(_described(plan, course))}</desc><style>{_STYLE}</style>',
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *_lanes(tops, width, height),
        *_edges(plan, course, boxes),
        *(_step(plan, course, id_, boxes[id_]) for id_ in plan.order),
        "</svg>\n",
    ]
    return "\n".join(parts)


def word_of(step: Step) -> str:
    """Return the word for a step: its kind; an inject that is only told is a story, or a decoy."""
    if getattr(step, "decoy", False):
        return "decoy"
    return STORY if isinstance(step, StoryInject) else step.kind


def lane_of(step: Step) -> str:
    """Return whose lane a step is in: its target, its role, who is told, or the observer."""
    if isinstance(step, StoryInject):
        return ", ".join(step.to) or "everybody"
    owner = getattr(step, "on", None) or getattr(step, "by", None) or getattr(step, "notify", None)
    return str(owner or "observer")


def _columns(plan: Plan) -> Mapping[StepId, int]:
    """Return each step's generation: one more than the last of the steps it waits for."""
    march = march_of(plan.scenario)
    columns: dict[tuple[str, str], int] = {}
    for node in nx.topological_sort(march):
        before = (columns[n] + (n[0] == "step") for n in march.predecessors(node))
        columns[node] = max(before, default=0)
    return {id_: columns["step", id_] for id_ in plan.order}


def _rows(plan: Plan, columns: Mapping[StepId, int]) -> Mapping[StepId, int]:
    """Return each step's row in its lane: steps of one generation stand below each other."""
    taken: Counter[tuple[str, int]] = Counter()
    rows: dict[StepId, int] = {}
    for id_ in plan.order:
        cell = lane_of(plan.step(id_)), columns[id_]
        rows[id_] = taken[cell]
        taken[cell] += 1
    return rows


def _tops(plan: Plan, rows: Mapping[StepId, int]) -> tuple[Mapping[str, int], int]:
    """Return where each lane begins, and where the last one ends."""
    deepest: dict[str, int] = {}
    for id_, row in rows.items():
        lane = lane_of(plan.step(id_))
        deepest[lane] = max(row + 1, deepest.get(lane, 0))
    tops, y = {}, _TOP
    for lane, deep in deepest.items():
        tops[lane] = y
        y += deep * _ROW + _GAP
    return tops, y


def _described(plan: Plan, course: Course) -> str:
    total = format_duration(course.total)
    return (
        f"{len(plan.order)} steps in {total} by their expected times. "
        f"Critical path: {', '.join(course.critical)}."
    )


def _lanes(tops: Mapping[str, int], width: int, height: int) -> Iterator[str]:
    ends = [*list(tops.values())[1:], height]
    for (lane, top), end in zip(tops.items(), ends, strict=True):
        deep = end - top - _GAP
        yield f'<rect class="lane" x="0" y="{top}" width="{width}" height="{deep}"/>'
        yield f'<text class="name" x="10" y="{top + _ROW // 2 + 4}">{_fit(lane, 20)}</text>'


def _edges(plan: Plan, course: Course, boxes: Mapping[StepId, _Box]) -> Iterator[str]:
    heavy = set(pairwise(course.critical))
    for id_, edge, _ in edges_of(plan.scenario):
        start, end = boxes[edge.step], boxes[id_]
        until = getattr(plan.step(id_), "until", None) == edge and edge not in plan.step(id_).edges
        sort = "until" if until else "critical" if (edge.step, id_) in heavy else "edge"
        x, bend = start.x + _BOX_W, (_COLUMN - _BOX_W) // 2
        yield (
            f'<path class="{sort}" d="M{x} {start.y}C{x + bend} {start.y} '
            f'{end.x - bend} {end.y} {end.x} {end.y}"/>'
        )
        label = "until" if until else edge.outcome
        if label != "done":
            yield f'<text class="label" x="{x + 4}" y="{start.y - 6}">{escape(label)}</text>'


def _step(plan: Plan, course: Course, id_: StepId, box: _Box) -> str:
    step, stretch = plan.step(id_), course.steps[id_]
    starts, takes = format_duration(stretch.start), format_duration(stretch.end - stretch.start)
    weight = " critical" if id_ in course.critical else ""
    sort, word = STORY if isinstance(step, StoryInject) else step.kind, word_of(step)
    only = f", only if {', '.join(step.if_missed)} is missed" if step.if_missed else ""
    rank = f"{sort} contingency" if step.if_missed else sort
    whole = f"{id_}: {word}, starts at T+{starts}{only}, takes {takes}. {step.story}"
    return (
        f'<g class="{rank}"><title>{escape(whole.strip())}</title>'
        f'<path class="box{weight}" d="{_outline(sort, box)}"/>'
        f'<text class="name" x="{box.x + 14}" y="{box.y - 4}">{_fit(id_, _LETTERS)}</text>'
        f'<text x="{box.x + 14}" y="{box.y + 12}">{word} · {takes}</text></g>'
    )


_CORNERS = {
    "inject": (10, 10),
    "story": (4, 20),
    "recover": (0, 0),
    "check": (10, 20),
    "notify": (10, 0),
    "decide": (0, 10),
    "task": (4, 4),
}
"""How much of each kind's corners is cut, left and right: an outline to know it by."""


def _outline(kind: str, box: _Box) -> str:
    left, right = _CORNERS[kind]
    x, y, w, h = box.x, box.y - _BOX_H // 2, _BOX_W, _BOX_H
    return (
        f"M{x + left} {y}H{x + w - right}L{x + w} {y + right}V{y + h - right}"
        f"L{x + w - right} {y + h}H{x + left}L{x} {y + h - left}V{y + left}Z"
    )


def _fit(text: str, letters: int) -> str:
    return escape(text if len(text) <= letters else text[: letters - 1] + "…")
