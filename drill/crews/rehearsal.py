"""The exercise without the world: scripted work on virtual time.

The same conductor runs it, so whatever holds for a thousand rehearsals of
random plans holds for the logic of a live exercise.
"""

import heapq
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

from drill.crews.fates import Fate, World
from drill.crews.virtual import Service
from drill.model.events import FaultPrepared, LedgerRead, Report, StepEnded, UndoEnded
from drill.model.names import ServiceName
from drill.model.outcome import Done, Failed
from drill.model.steps import Inject
from drill.model.time import Stamp
from drill.ports import Clock, Order, ReadOrder, WatchOrder

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_NS = 1_000_000_000


class Movable(Clock, Protocol):
    """A clock that can be put forward."""

    def advance_to(self, ns: int) -> None:
        """Move forward to a ``boot_ns``, never back."""
        ...


class VirtualClock:
    """Stands still until a crew moves it."""

    def __init__(self, boot: str = "virtual", start_ns: int = 0, epoch: datetime = EPOCH) -> None:
        self._boot = boot
        self._ns = start_ns
        self._epoch = epoch

    def now(self) -> Stamp:
        """Return the virtual stamp."""
        return Stamp(
            wall=self._epoch + timedelta(microseconds=self._ns / 1000),
            boot_ns=self._ns,
            boot=self._boot,
        )

    def advance_to(self, ns: int) -> None:
        """Move forward, never back."""
        self._ns = max(self._ns, ns)


class Rehearsal:
    """A crew that reports what the script says, when the script says it."""

    def __init__(self, clock: Movable, world: World) -> None:
        self._clock = clock
        self._world = world
        self._due: list[tuple[int, int, Report]] = []
        self._count = count()
        self._fates: dict[int, Fate] = {}
        self._held: dict[int, Fate] = {}
        self._orders: dict[int, Order] = {}
        self._services: dict[ServiceName, Service] = {}
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
        self._pass_until(min(moments, default=None))
        reports: list[Report] = []
        for service in self._services.values():
            reports += service.seen_until(self._now)
        while self._due and self._due[0][0] <= self._now:
            report = heapq.heappop(self._due)[2]
            self._happen(report)
            reports.append(report)
        return tuple(reports)

    def _pass_until(self, ns: int | None) -> None:
        """Let time pass up to the next moment at which something comes."""
        if ns is None:
            raise RuntimeError("deadlock: nothing under way and no deadline")
        self._clock.advance_to(ns)

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
        if fate.takes is None:
            return
        if order.undo is None:
            self._later(
                fate.takes,
                StepEnded(step=order.id, ticket=order.ticket, outcome=fate.outcome, by=fate.by),
            )
        else:
            self._later(
                fate.takes, UndoEnded(step=order.id, ticket=order.ticket, outcome=fate.outcome)
            )

    def _later(self, takes: timedelta, report: Report) -> None:
        due = self._now + round(takes.total_seconds() * _NS)
        heapq.heappush(self._due, (due, next(self._count), report))

    def _happen(self, report: Report) -> None:
        """Let services suffer from an inject, and be well after the last recovery or the undo."""
        if not isinstance(report, StepEnded | UndoEnded):
            return
        order = self._orders[report.ticket]
        for name, service in self._services.items():
            if isinstance(report, UndoEnded):
                service.broken_by.discard(order.id)
            elif isinstance(order.step, Inject):
                if not isinstance(report.outcome, Failed):
                    service.broken_by.add(order.id)
            elif self._fates[report.ticket].mends_service(name):
                service.broken_by.clear()
