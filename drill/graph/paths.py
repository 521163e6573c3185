"""When each step can begin and end if all goes as planned, and which steps decide the total.

The critical path method (Kelley and Walker, 1959) over the march of a plan. Every
branch of a decision is taken, so the total is an upper bound.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import networkx as nx

from drill.graph.plan import Node, healing_of, waits_of
from drill.model.names import StepId
from drill.model.scenario import Scenario
from drill.model.steps import Decide, Notify, Step, StoryInject

Length = Callable[[Step], timedelta]
_NONE = timedelta(0)
_END: Node = ("end", "")


def limit(step: Step) -> timedelta:
    """Return how long drill waits for a step: no step lasts longer."""
    if isinstance(step, Notify):
        return step.acknowledge
    if isinstance(step, Decide):
        return step.default.after
    return _NONE if isinstance(step, StoryInject) else step.timeout


def expected(step: Step) -> timedelta:
    """Return how long the plan claims a step takes; its limit where it claims nothing."""
    return limit(step) if step.expect is None else step.expect


@dataclass(frozen=True, slots=True)
class Stretch:
    """A step's place on the exercise clock, from its start."""

    start: timedelta
    end: timedelta
    slack: timedelta
    """How much later it may end without making the whole later."""


@dataclass(frozen=True, slots=True)
class Course:
    """The whole march, laid on the clock."""

    steps: Mapping[StepId, Stretch]
    critical: tuple[StepId, ...]
    """The chain of steps that decides the total, in order."""
    total: timedelta


def course_of(scenario: Scenario, length: Length = expected, undo: timedelta = _NONE) -> Course:
    """Lay a sound scenario on the clock, by :func:`expected` times or by :func:`limit`.

    An undo takes ``undo``. A fault without ``until`` is undone when all but the
    healing steps have ended.
    """
    march = march_of(scenario)
    order: list[Node] = list(nx.topological_sort(march))
    lengths = {node: _length(scenario, node, length, undo) for node in order}
    starts = _starts(scenario, march, order, lengths)
    ends = {node: starts[node] + lengths[node] for node in order}
    total = max(ends.values())
    latest = _latest(march, order, lengths, total)
    return Course(
        steps={
            id_: Stretch(
                starts["step", id_], ends["step", id_], latest["step", id_] - ends["step", id_]
            )
            for id_ in scenario.steps
        },
        critical=_critical(march, starts, ends, total),
        total=total,
    )


def standing_times(scenario: Scenario, length: Length, undo: timedelta) -> dict[StepId, timedelta]:
    """Return for each fault how long it stands, from its start to the end of its undo."""
    march = march_of(scenario)
    order: list[Node] = list(nx.topological_sort(march))
    lengths = {node: _length(scenario, node, length, undo) for node in order}
    starts = _starts(scenario, march, order, lengths)
    undos = (node for node in order if node[0] == "undo")
    return {StepId(name): starts["undo", name] + undo - starts["step", name] for _, name in undos}


def march_of(scenario: Scenario) -> "nx.DiGraph[Node]":
    """Return what waits for what in a sound scenario, its end between the rest and the healing."""
    march = waits_of(scenario)
    order = [StepId(name) for sort, name in nx.topological_sort(march) if sort == "step"]
    healing = healing_of(scenario, order)
    march.add_edges_from((("step", id_), _END) for id_ in order if id_ not in healing)
    undone = {node for node in march if node[0] == "undo"}
    ended = {("undo", id_) for id_ in order if getattr(scenario.steps[id_], "until", None)}
    march.add_edges_from((_END, node) for node in undone - ended)
    return march


def _length(scenario: Scenario, node: Node, length: Length, undo: timedelta) -> timedelta:
    sort, name = node
    if sort == "step":
        return length(scenario.steps[StepId(name)])
    return undo if sort == "undo" else _NONE


def _starts(
    scenario: Scenario,
    march: "nx.DiGraph[Node]",
    order: list[Node],
    lengths: Mapping[Node, timedelta],
) -> dict[Node, timedelta]:
    starts: dict[Node, timedelta] = {}
    for node in order:
        step = scenario.steps.get(StepId(node[1])) if node[0] == "step" else None
        moment = step.at if step is not None and step.at is not None else _NONE
        ready = (starts[before] + lengths[before] for before in march.predecessors(node))
        starts[node] = max(moment, *ready, _NONE)
    return starts


def _latest(
    march: "nx.DiGraph[Node]",
    order: list[Node],
    lengths: Mapping[Node, timedelta],
    total: timedelta,
) -> dict[Node, timedelta]:
    """Return the latest end of each node that leaves the total as it is."""
    latest: dict[Node, timedelta] = {}
    for node in reversed(order):
        latest[node] = min(
            (latest[after] - lengths[after] for after in march.successors(node)), default=total
        )
    return latest


def _critical(
    march: "nx.DiGraph[Node]",
    starts: Mapping[Node, timedelta],
    ends: Mapping[Node, timedelta],
    total: timedelta,
) -> tuple[StepId, ...]:
    node: Node | None = next(node for node, end in ends.items() if end == total)
    chain: list[Node] = []
    while node is not None:
        chain.append(node)
        begun = starts[node]
        node = next((n for n in march.predecessors(node) if ends[n] == begun), None)
    return tuple(StepId(name) for sort, name in reversed(chain) if sort == "step")
