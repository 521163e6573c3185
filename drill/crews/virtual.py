"""A service that exists on virtual time only: what its probe and its ledger would see."""

from drill.model.events import (
    NodeRead,
    Report,
    Sample,
    SamplesTaken,
    Span,
    WatchEnded,
    Write,
    WritesMade,
)
from drill.model.names import ServiceName, StepId
from drill.model.outcome import Done
from drill.ports import WatchOrder

_NS = 1_000_000_000
_BATCH = 10
"""Beats to a report."""


class Service:
    """Well unless a fault broke it; nothing that it acknowledged is ever lost."""

    def __init__(self, name: ServiceName) -> None:
        self.name = name
        self.broken_by: set[StepId] = set()
        self._orders: dict[int, WatchOrder] = {}
        self._seen: dict[int, int] = {}
        self._written: dict[int, int] = {}
        self._spans: list[Span] = []

    @property
    def well(self) -> bool:
        """Tell whether no fault keeps it from answering."""
        return not self.broken_by

    def watch(self, order: WatchOrder, now: int) -> None:
        """Begin to watch."""
        self._orders[order.ticket] = order
        self._seen[order.ticket] = now

    def stop(self, ticket: int, now: int) -> tuple[Report, ...]:
        """End a watch, if it is one of this service's."""
        order = self._orders.pop(ticket, None)
        if order is None:
            return ()
        ended = WatchEnded(ticket=ticket, service=self.name, kind=order.kind, outcome=Done())
        return (*self._beats(order, now), ended)

    def read(self) -> tuple[NodeRead, ...]:
        """Read the ledger back."""
        return (NodeRead(node="virtual", reachable=True, found=tuple(self._spans)),)

    def next_batch(self) -> int | None:
        """Return when a watch has something to report."""
        due = (
            self._seen[ticket] + (_BATCH - 1) * _every(order)
            for ticket, order in self._orders.items()
        )
        return min(due, default=None)

    def seen_until(self, now: int) -> tuple[Report, ...]:
        """Report all that was to be seen by now."""
        return tuple(
            report for order in self._orders.values() for report in self._beats(order, now)
        )

    def _beats(self, order: WatchOrder, now: int) -> tuple[Report, ...]:
        every, first = _every(order), self._seen[order.ticket]
        # up to this very moment: what changes now is seen by the next beat, not by one before it
        ticks = range(first, now + 1, every)
        if not ticks:
            return ()
        self._seen[order.ticket] = ticks[-1] + every
        if order.kind == "probe":
            return (
                SamplesTaken(ticket=order.ticket, service=self.name, samples=self._samples(ticks)),
            )
        return (
            WritesMade(ticket=order.ticket, service=self.name, writes=self._writes(order, ticks)),
        )

    def _samples(self, ticks: range) -> tuple[Sample, ...]:
        state = "good" if self.well else "bad"
        return tuple(
            Sample(planned=ns, start=ns, end=ns, state=state, by=self.name) for ns in ticks
        )

    def _writes(self, order: WatchOrder, ticks: range) -> tuple[Write, ...]:
        first = self._written.get(order.ticket, 0)
        self._written[order.ticket] = first + len(ticks)
        writes = tuple(
            Write(n=first + i, invoke=ns, complete=ns, outcome="ok" if self.well else "fail")
            for i, ns in enumerate(ticks)
        )
        if self.well:
            self._spans.append(Span(ticket=order.ticket, first=first, last=writes[-1].n))
        return writes


def _every(order: WatchOrder) -> int:
    return round(order.every.total_seconds() * _NS)
