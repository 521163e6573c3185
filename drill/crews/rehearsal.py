"""The exercise without the world: scripted work on virtual time.

The same conductor runs it, so whatever holds for a thousand rehearsals of
random plans holds for the logic of a live exercise.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import networkx as nx

from drill.crews.virtual import Service
from drill.graph.plan import Plan, graph_of
from drill.model.events import FaultPrepared, LedgerRead, Report, StepEnded, UndoEnded
from drill.model.names import ServiceName, StepId
from drill.model.outcome import Done, Failed, Outcome
from drill.model.steps import SERVICE_STATE, Check, Decide, Inject, Recover
from drill.model.time import Stamp
from drill.ports import Order, ReadOrder, WatchOrder

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Fate:
    """How scripted work goes; ``takes`` of ``None`` means that it never says a word."""

    takes: timedelta | None = timedelta()
    outcome: Outcome = field(default_factory=Done)
    mends: bool = False
    """Services are well again when it is done."""


World = Callable[[Order], Fate]
"""Says how each piece of work goes, undos among them."""


def as_planned(plan: Plan) -> World:
    """Let everything work and take what the plan claims.

    Whoever decides takes the first option, and services are well again after the
    recovery that comes last before a check that says so.
    """
    mending = _mending(plan)

    def world(order: Order) -> Fate:
        takes = (order.step.expect or timedelta()) if order.undo is None else timedelta()
        choice = None
        if isinstance(order.step, Decide):
            choice = order.answer or next(iter(order.step.options))
        return Fate(takes, Done(choice=choice), mends=order.id in mending)

    return world


def _mending(plan: Plan) -> frozenset[StepId]:
    graph, place = graph_of(plan.scenario), {id_: i for i, id_ in enumerate(plan.order)}
    found = set()
    for id_ in plan.order:
        step = plan.step(id_)
        if isinstance(step, Check) and step.check == SERVICE_STATE and step.with_["is"] == "good":
            before = (other for other in nx.ancestors(graph, id_) if _recovers(plan, other))
            found.add(max(before, key=place.__getitem__, default=id_))
    return frozenset(found)


def _recovers(plan: Plan, id_: StepId) -> bool:
    return isinstance(plan.step(id_), Recover)


class VirtualClock:
    """Stands still until a crew moves it."""

    def __init__(self, boot: str = "virtual", start_ns: int = 0) -> None:
        self._boot = boot
        self._ns = start_ns

    def now(self) -> Stamp:
        """Return the virtual stamp."""
        return Stamp(
            wall=EPOCH + timedelta(microseconds=self._ns / 1000), boot_ns=self._ns, boot=self._boot
        )

    def advance_to(self, ns: int) -> None:
        """Move forward, never back."""
        self._ns = max(self._ns, ns)


class Rehearsal:
    """A crew that reports what the script says, when the script says it."""

    def __init__(self, clock: VirtualClock, world: World) -> None:
        self._clock = clock
        self._world = world
        self._due: list[tuple[int, int, Report]] = []
        self._count = count()
        self._fates: dict[int, Fate] = {}
        self._held: dict[int, Fate] = {}
        self._orders: dict[int, Order] = {}
        self._services: dict[ServiceName, Service] = {}
        self._broken: set[str] = set()
        self.log: list[Order | WatchOrder | ReadOrder] = []

    def start(self, order: Order | WatchOrder | ReadOrder) -> None:
        """Begin."""
        self.log.append(order)
        match order:
            case WatchOrder():
                self._service(order.service).watch(order, self._now)
            case ReadOrder():
                nodes = self._service(order.service).read()
                report = LedgerRead(
                    service=order.service, ticket=order.ticket, nodes=nodes, reads=2, outcome=Done()
                )
                self._later(timedelta(), report)
            case Order():
                self._begin(order)

    def proceed(self, ticket: int) -> None:
        """Apply the fault whose receipt is safe."""
        if ticket in self._held:
            self._later_end(self._orders[ticket], self._held.pop(ticket))

    def cancel(self, ticket: int) -> None:
        """End a watch, or a fault that waits to be applied; other scripted work never listens."""
        if self._held.pop(ticket, None) is not None:
            order = self._orders[ticket]
            self._later_end(order, Fate(outcome=Failed(error="told to stop before it was applied")))
        for service in self._services.values():
            for report in service.stop(ticket, self._now):
                self._later(timedelta(), report)

    def nudge(self) -> None:
        """Virtual time needs no waking."""

    def wait(self, until: Stamp | None) -> tuple[Report, ...]:
        """Jump to whichever comes first: a report, what a probe sees next, or the time."""
        moments = [ns for ns in (s.next_batch() for s in self._services.values()) if ns is not None]
        moments += [self._due[0][0]] if self._due else []
        moments += [until.boot_ns] if until is not None else []
        if not moments:
            raise RuntimeError("deadlock: nothing under way and no deadline")
        self._clock.advance_to(min(moments))
        reports: list[Report] = []
        for service in self._services.values():
            reports += service.seen_until(self._now)
        while self._due and self._due[0][0] <= self._now:
            report = heapq.heappop(self._due)[2]
            self._happen(report)
            reports.append(report)
        return tuple(reports)

    def _service(self, name: ServiceName) -> Service:
        return self._services.setdefault(name, Service(name))

    @property
    def _now(self) -> int:
        return self._clock.now().boot_ns

    def _begin(self, order: Order) -> None:
        fate = self._fates[order.ticket] = self._world(order)
        self._orders[order.ticket] = order
        if isinstance(order.step, Inject) and order.undo is None:
            self._held[order.ticket] = fate
            receipt = {"was": "well"}
            self._later(
                timedelta(), FaultPrepared(step=order.id, ticket=order.ticket, receipt=receipt)
            )
        else:
            self._later_end(order, fate)

    def _later_end(self, order: Order, fate: Fate) -> None:
        ended = StepEnded if order.undo is None else UndoEnded
        if fate.takes is not None:
            report = ended(step=order.id, ticket=order.ticket, outcome=fate.outcome)
            self._later(fate.takes, report)

    def _later(self, takes: timedelta, report: Report) -> None:
        due = self._now + round(takes.total_seconds() * _NS)
        heapq.heappush(self._due, (due, next(self._count), report))

    def _happen(self, report: Report) -> None:
        """Let services suffer from an inject, and be well after the last recovery or the undo."""
        if not isinstance(report, StepEnded | UndoEnded):
            return
        order = self._orders[report.ticket]
        if isinstance(report, StepEnded) and isinstance(order.step, Inject):
            if not isinstance(report.outcome, Failed):
                self._broken.add(order.id)
        elif isinstance(report, UndoEnded):
            self._broken.discard(order.id)
        elif self._fates[report.ticket].mends:
            self._broken.clear()
        for service in self._services.values():
            service.well = not self._broken
