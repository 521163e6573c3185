"""A plan: a scenario proven sound, with its order of march settled."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal

import networkx as nx
from pydantic import JsonValue

from drill.model.names import StepId, TargetName
from drill.model.scenario import Scenario
from drill.model.steps import After, Inject, Step
from drill.model.targets import Target

UNDO_TIMEOUT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the exercise will do; made by :func:`plan_of` only."""

    scenario: Scenario
    """With each parameter filled in."""
    targets: Mapping[TargetName, Target]
    order: tuple[StepId, ...]
    """Every step, no step before one it waits for; ties as the author wrote them."""
    healing: frozenset[StepId]
    """Steps that wait for a fault's removal: they run also when the exercise was stopped."""
    files: Mapping[str, str]
    """Each file the plan uses to its SHA-256."""
    digest: str
    parallel: int = 32
    """How many steps may run side by side."""
    undo_timeout: timedelta = UNDO_TIMEOUT
    undo_pause: timedelta = timedelta(seconds=5)
    """How long after an undo that did not succeed the next one begins."""
    grace: timedelta = timedelta(seconds=10)
    """How long a worker that was told to stop may take to say so."""
    baseline: timedelta = timedelta(seconds=3)
    """How long every probe must be good before anything is broken."""
    patience: timedelta = timedelta(seconds=30)
    """How long to wait for that, and at the end for services to be restored."""
    read_timeout: timedelta = timedelta(seconds=30)

    unattended: timedelta = timedelta(hours=4)
    """How long it waits for a facilitator: in a hold, to release a step, in the hot wash."""

    def heals(self, id_: StepId) -> bool:
        """Tell whether a step runs also when the exercise was stopped; a fault never does."""
        return id_ in self.healing and not isinstance(self.step(id_), Inject)

    def step(self, id_: StepId) -> Step:
        """Return the step of that name."""
        return self.scenario.steps[id_]


def graph_of(scenario: Scenario) -> "nx.DiGraph[StepId]":
    """Return the dependency graph; an edge points from a step to one that waits for it."""
    graph: nx.DiGraph[StepId] = nx.DiGraph()
    graph.add_nodes_from(scenario.steps)
    graph.add_edges_from(
        (edge.step, id_) for id_, step in scenario.steps.items() for edge in step.edges
    )
    return graph


Node = tuple[Literal["step", "undo", "end"], str]
"""A point of the march: a step, the undo of its fault, or the end of all but the healing."""


def waits_of(scenario: Scenario) -> "nx.DiGraph[Node]":
    """Return what waits for what, undos included; whoever waits in a circle waits for ever.

    An undo waits for its inject and for the step that ``until`` names, and a step
    hung on ``undone`` waits for the undo.
    """
    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_nodes_from(("step", id_) for id_ in scenario.steps)
    for id_, step in scenario.steps.items():
        graph.add_edges_from((_awaited(edge), ("step", id_)) for edge in step.edges)
        if isinstance(step, Inject):
            graph.add_edge(("step", id_), ("undo", id_))
            if step.until is not None:
                graph.add_edge(_awaited(step.until), ("undo", id_))
    return graph


def _awaited(edge: After) -> Node:
    return ("undo" if edge.outcome == "undone" else "step", edge.step)


def healing_of(scenario: Scenario, order: Iterable[StepId]) -> frozenset[StepId]:
    """Return the steps with an ``undone`` edge, and all that depend on one of them."""
    healing: set[StepId] = set()
    for id_ in order:
        edges = scenario.steps[id_].edges
        if any(edge.outcome == "undone" or edge.step in healing for edge in edges):
            healing.add(id_)
    return frozenset(healing)


def order_of(scenario: Scenario) -> tuple[StepId, ...]:
    """Return the steps, each after all that it waits for, as the author wrote them otherwise."""
    waits = waits_of(scenario)
    position = {id_: i for i, id_ in enumerate(scenario.steps)}
    nodes = nx.lexicographical_topological_sort(waits, key=lambda node: position[StepId(node[1])])
    return tuple(StepId(name) for sort, name in nodes if sort == "step")


def digest_of(scenario: Scenario, targets: Sequence[Target], files: Mapping[str, str]) -> str:
    """Return the SHA-256 that approvals, the journal and the report name.

    It covers the resolved scenario, the targets and the digest of each file as
    canonical JSON: sorted keys, no white space, UTF-8.
    """
    whole = {
        "scenario": _as_ever(scenario.model_dump(mode="json")),
        "targets": [target.model_dump(mode="json") for target in targets],
        "files": dict(files),
    }
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


_GROWN: Mapping[str, JsonValue] = {
    "story-time": None,
    "objectives": {},
    "about": None,
    "realism": None,
    "assumptions": {},
    "suppliers": {},
    "duties": {},
    "quorum": 1,
    "if-missed": [],
    "expected": "",
    "questions": [],
    "channel": "",
    "escalate": [],
    "decoy": False,
}
"""What scenarios, their roles and steps can say since digests are taken, and say by default."""


def _as_ever(scenario: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is new and not said: an old scenario keeps the digest that approvals name."""
    parts = {key: _all_unsaid(scenario[key]) for key in ("roles", "steps")}
    return _unsaid({**scenario, **parts})


def _all_unsaid(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: _unsaid(part) for name, part in parts.items()}


def _unsaid(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in _GROWN or value != _GROWN[key]}


def plan_of(scenario: Scenario, targets: Sequence[Target], files: Mapping[str, str]) -> Plan:
    """Settle the order of a scenario in which :mod:`drill.graph.check` found no problem."""
    order = order_of(scenario)
    return Plan(
        scenario=scenario,
        targets=MappingProxyType({target.name: target for target in targets}),
        order=order,
        healing=healing_of(scenario, order),
        files=MappingProxyType(dict(files)),
        digest=digest_of(scenario, targets, files),
    )
