"""The blast radius in numbers: what a plan may come to, and what it is allowed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import networkx as nx

from drill.graph.case import Case
from drill.graph.paths import expected, limit, march_of, standing_times
from drill.graph.plan import UNDO_TIMEOUT
from drill.model.names import StepId
from drill.model.problem import Problem
from drill.model.safety import Limits
from drill.model.scenario import Scenario
from drill.model.steps import Inject
from drill.model.time import format_duration

_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Radius:
    """How far faults may reach. ``standing`` is the sum over all faults; ``None``: no matter."""

    targets: int
    faults: int
    standing: timedelta | None = None


def allowed_of(scenario: Scenario) -> Radius:
    """Return what an exercise is allowed: its limits, and where it has none, what it names."""
    limits = scenario.limits or Limits()
    return Radius(
        targets=limits.targets or len(_targets(scenario)),
        faults=limits.faults or len(list(_injects(scenario))),
        standing=limits.fault_seconds,
    )


def limits(case: Case) -> Iterator[Problem]:
    """Yield each limit that the plan itself may exceed."""
    allowed, scenario = case.scenario.limits, case.scenario
    if allowed is None:
        return
    targets, most = _targets(scenario), at_once(scenario) if allowed.faults else 0
    if allowed.targets is not None and len(targets) > allowed.targets:
        what = f"faults touch {len(targets)} targets: {', '.join(targets)}"
        yield case.error(("limits", "targets"), what, "allow them, or touch fewer")
    if allowed.faults is not None and most > allowed.faults:
        what = f"{most} faults may stand at the same time"
        yield case.error(("limits", "faults"), what, "let one wait for `.undone` of another")
    if allowed.fault_seconds is not None:
        yield from _too_long(case, allowed.fault_seconds)


def _too_long(case: Case, allowed: timedelta) -> Iterator[Problem]:
    loc, cure = ("limits", "fault-seconds"), "end faults earlier with `until:`"
    claimed = sum(standing_times(case.scenario, expected, _NONE).values(), _NONE)
    longest = sum(standing_times(case.scenario, limit, UNDO_TIMEOUT).values(), _NONE)
    if claimed > allowed:
        what = f"as planned, faults stand for {format_duration(claimed)} in all"
        yield case.error(loc, what, cure)
    elif longest > allowed:
        what = f"by the time-outs, faults stand for up to {format_duration(longest)} in all"
        yield case.warning(loc, what, "the exercise is ended when the limit is reached")


def at_once(scenario: Scenario) -> int:
    """Return how many faults may stand at the same time.

    One is surely gone before another begins if the other waits for its undo; that
    orders them partly. The most that are not so ordered among each other are as
    many as the chains that it takes to hold them all (Dilworth, 1950), and those
    come from a largest matching (Fulkerson, 1956).
    """
    march, injects = march_of(scenario), list(_injects(scenario))
    graph: nx.Graph[tuple[str, StepId]] = nx.Graph()
    before = [("before", id_) for id_ in injects]
    graph.add_nodes_from([*before, *(("after", id_) for id_ in injects)])
    for id_ in injects:
        later = nx.descendants(march, ("undo", id_))
        graph.add_edges_from(
            (("before", id_), ("after", other)) for other in injects if ("step", other) in later
        )
    matching = nx.bipartite.hopcroft_karp_matching(graph, before)
    return len(injects) - len(matching) // 2


def _injects(scenario: Scenario) -> Iterator[StepId]:
    return (id_ for id_, step in scenario.steps.items() if isinstance(step, Inject))


def _targets(scenario: Scenario) -> tuple[str, ...]:
    steps = scenario.steps.values()
    return tuple(dict.fromkeys(step.on for step in steps if isinstance(step, Inject)))
