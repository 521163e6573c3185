"""How each piece of work goes where nothing is touched: as planned, as claimed, or as said.

A :data:`World` answers for the hosts in a rehearsal, and asks the people at the
table in a tabletop.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import networkx as nx

from drill.crews.desk import given, outcome_of
from drill.exercise.answers import ASSUMED
from drill.graph.case import watched
from drill.graph.paths import limit
from drill.graph.plan import Plan, graph_of
from drill.model.names import ServiceName, StepId
from drill.model.outcome import Done, Outcome
from drill.model.steps import Decide, Inject, Notify, Recover, Step, Task
from drill.ports import Order


@dataclass(frozen=True, slots=True)
class Fate:
    """How scripted work goes; ``takes`` of ``None`` means that it never says a word."""

    takes: timedelta | None = timedelta()
    outcome: Outcome = field(default_factory=Done)
    mends: bool = False
    """Services are well again when it is done."""
    services: frozenset[ServiceName] | None = None
    """Those that it mends; ``None``: every one."""
    by: str = ""
    """Who answered a person's step."""

    def mends_service(self, name: ServiceName) -> bool:
        """Tell whether this service is well again when it is done."""
        return self.mends and (self.services is None or name in self.services)


World = Callable[[Order], Fate]
"""Says how each piece of work goes, undos among them."""


def as_planned(plan: Plan) -> World:
    """Let everything work and take what the plan claims, or no time where it claims nothing.

    Whoever decides takes the first option, and services are well again as
    :func:`mending_of` says.
    """
    mending = mending_of(plan)

    def world(order: Order) -> Fate:
        takes = (order.step.expect or timedelta()) if order.undo is None else timedelta()
        choice = None
        if isinstance(order.step, Decide):
            choice = order.answer or next(iter(order.step.options))
        mended = frozenset(name for name, id_ in mending.items() if id_ == order.id)
        return Fate(takes, Done(choice=choice), bool(mended), mended)

    return world


def as_claimed(plan: Plan) -> World:
    """Let everything work as planned, but take its limit where the plan claims nothing.

    No step lasts longer, so the rehearsal is no more hopeful than the plan. At its
    limit a decision that nobody answered beforehand falls to its default.
    """
    planned = as_planned(plan)

    def world(order: Order) -> Fate:
        fate = planned(order)
        return fate if order.undo is not None else _answered(order, _lasting(order.step, fate))

    return world


def as_remembered(plan: Plan, took: Mapping[StepId, timedelta]) -> World:
    """Let each step take as long as it took before, and go as claimed where that is not known."""
    claimed = as_claimed(plan)

    def world(order: Order) -> Fate:
        step, known = order.step, took.get(order.id)
        if known is not None:
            step = step.model_copy(update={"expect": known})
        return claimed(replace(order, step=step))

    return world


Table = Callable[[Order, Fate], Fate]
"""Asks the people at the table what becomes of a step; told is what the plan claims."""


def as_said(plan: Plan, table: Table) -> World:
    """Let steps go as the people at the table say; undos, and what was answered, as claimed."""
    claimed = as_claimed(plan)

    def world(played: Order) -> Fate:
        order = replace(played, step=plan.step(played.id))  # with the limits that it is to hold
        fate = claimed(order)
        return fate if order.undo is not None or given(order) else table(order, fate)

    return world


def _lasting(step: Step, fate: Fate) -> Fate:
    return fate if step.expect is not None else replace(fate, takes=limit(step))


def _answered(order: Order, fate: Fate) -> Fate:
    """Return the fate of a person's step as it was answered beforehand, or is assumed to be."""
    answer = given(order)
    if answer is not None:
        return replace(fate, outcome=outcome_of(order, answer), by=answer.by)
    if isinstance(order.step, Decide) and order.step.expect is None:
        return replace(fate, takes=None)
    return replace(fate, by=ASSUMED) if isinstance(order.step, Notify | Decide | Task) else fate


def mending_of(plan: Plan) -> Mapping[ServiceName, StepId]:
    """Return for each service the step after which it is well again.

    It is the recovery that comes last before the last check that the service is
    well; where no check follows a fault, the last recovery of all that heals nothing.
    """
    graph, place = graph_of(plan.scenario), {id_: i for i, id_ in enumerate(plan.order)}
    hit = _after_a_fault(plan)
    recoveries = [id_ for id_ in plan.order if id_ in hit and _recovers(plan, id_)]
    last = [id_ for id_ in recoveries if id_ not in plan.healing][-1:]
    found = dict.fromkeys(plan.scenario.services, last[0]) if last else {}
    for id_, service in _said_well(plan):
        if id_ in hit:
            before = nx.ancestors(graph, id_).intersection(recoveries)
            found[service] = max(before, key=place.__getitem__, default=id_)
    return found


def _after_a_fault(plan: Plan) -> set[StepId]:
    """Return every step that waits for an inject, whatever lies between; in one pass."""
    hit: set[StepId] = set()
    for id_ in plan.order:
        before = (edge.step for edge in plan.step(id_).after)
        if any(other in hit or isinstance(plan.step(other), Inject) for other in before):
            hit.add(id_)
    return hit


def _said_well(plan: Plan) -> Iterator[tuple[StepId, ServiceName]]:
    for id_ in plan.order:
        state = watched(plan.step(id_))
        if state is not None and state.is_ == "good":
            yield id_, state.service


def _recovers(plan: Plan, id_: StepId) -> bool:
    return isinstance(plan.step(id_), Recover)
