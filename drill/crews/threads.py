"""The real crew: one daemon thread an order, one queue back to the conductor."""

import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, assert_never

from drill.crews.gate import Gate
from drill.crews.keeper import Keeper
from drill.crews.secrets import Secrets
from drill.crews.token import Token
from drill.crews.watches import Watching
from drill.crews.words import cut, reworded
from drill.errors import HostKeyError, RefusedError, RemoteError, SafetyError
from drill.model.base import Model
from drill.model.events import (
    FaultPrepared,
    LedgerRead,
    Progressed,
    Receipt,
    Report,
    StepEnded,
    UndoEnded,
    WatchEnded,
)
from drill.model.names import StepId, TargetName
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.model.steps import Check, Inject, Recover, Step
from drill.model.time import Stamp, seconds_between
from drill.plugins import Registry
from drill.ports import Access, Cancel, Clock, Fault, Leased, Order, Progress, ReadOrder, WatchOrder

_AGAIN = 0.2
"""Seconds between two looks of a check."""
_LOOK = 5.0
"""Seconds that one look of a check may take."""
_PROGRESS = 5000
"""Times that one step may tell of its progress: a program that never stops fills no disk."""


@dataclass(frozen=True)
class Means:
    """What the work is done with."""

    registry: Registry
    secrets: Secrets
    access: Callable[[TargetName | None], Access]
    """The way to a target; for ``None``, to the observer."""
    clock: Clock
    gate: Gate | None = None
    """What lets a fault through, or refuses it; ``None``: whatever the plan says."""
    vantage: Callable[[TargetName], Access] | None = None
    """Where a probe stands; ``None``: only with the observer."""


class Threads:
    """Threads may be given up, never killed; the journal says so when they are.

    The queue has no limit of its own: whoever puts into it has one. A step tells
    of at most ``_PROGRESS`` parts of it, a watch delivers a few batches a second.
    """

    def __init__(self, means: Means) -> None:
        self._means = means
        self._inbox: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self._tokens: dict[int, Token] = {}
        self._safe: dict[int, threading.Event] = {}
        self._gate = means.gate or Gate(means.clock)
        self._keeper = Keeper(means.clock)
        self._watching = Watching(
            means.registry,
            means.secrets,
            means.vantage or (lambda _: means.access(None)),
            means.clock,
            self._say,
        )

    def start(self, order: Order | WatchOrder | ReadOrder) -> None:
        """Begin."""
        seconds = None
        if not isinstance(order, WatchOrder):
            seconds = seconds_between(self._means.clock.now(), order.deadline)
        self._tokens[order.ticket] = Token(self._means.clock, seconds)
        self._safe[order.ticket] = threading.Event()
        name = f"{order.id if isinstance(order, Order) else order.service} #{order.ticket}"
        threading.Thread(target=self._work, args=(order,), name=name, daemon=True).start()

    def proceed(self, ticket: int) -> None:
        """Let a prepared fault go ahead."""
        if safe := self._safe.get(ticket):  # its worker may end, and forget it, right now
            safe.set()

    def cancel(self, ticket: int) -> None:
        """Ask a worker to stop; it may be long gone."""
        if token := self._tokens.get(ticket):
            token.request()

    def nudge(self) -> None:
        """Have ``wait`` return."""
        self._inbox.put(None)

    def wait(self, until: Stamp | None) -> tuple[Report, ...]:
        """Block until there are reports, or the time comes; take all there are."""
        left = None if until is None else seconds_between(self._means.clock.now(), until)
        try:
            said = [self._inbox.get(timeout=None if left is None else max(0.0, left))]
        except queue.Empty:
            return ()
        while not self._inbox.empty():
            said.append(self._inbox.get())
        return tuple(report for report in said if report is not None)

    def _say(self, report: Report) -> None:
        self._inbox.put(reworded(self._means.secrets.redact(report), cut))

    def _work(self, order: Order | WatchOrder | ReadOrder) -> None:
        """Do it, and say how it ended: whatever a plug-in does, something is said."""
        try:
            report = self._attempt(order, self._tokens[order.ticket])
        except Exception as error:  # noqa: BLE001  the plug-in boundary
            report = _ended(order, _fallen(error))
        finally:
            del self._tokens[order.ticket], self._safe[order.ticket]
        self._say(report)

    def _attempt(self, order: Order | WatchOrder | ReadOrder, token: Token) -> Report:
        match order:
            case WatchOrder():
                return _ended(order, self._watching.watch(order, token))
            case ReadOrder():
                return self._watching.read(order, token)
            case Order():
                return self._step(order, order.step, token)
        assert_never(order)

    def _step(self, order: Order, step: Step, token: Token) -> Report:
        match step:
            case Inject():
                return _ended(order, self._fault(order, step, token))
            case Recover():
                return _ended(order, self._recover(order, step, token))
            case Check():
                return _ended(order, self._check(step, token))
            case _:  # people say it to the conductor, which needs nobody for it
                raise TypeError(f"{order.id} is not work for a thread")

    def _recover(self, order: Order, step: Recover, cancel: Cancel) -> Outcome:
        if step.on is not None:
            self._gate.assert_touchable(step.on)
        action = self._means.registry.actions[step.recover]
        params = action.params.model_validate(self._means.secrets.fill(step.with_))

        told = count()

        def say(progress: Progress) -> None:
            if (number := next(told)) <= _PROGRESS:
                last = Progress("more than this was not kept", progress.outcome)
                self._say(_progressed(order, progress if number < _PROGRESS else last))

        return action.apply(self._means.access(step.on), params, cancel, say)

    def keep(self, id_: StepId, step: Inject, receipt: Receipt) -> None:
        """Renew the lease of a fault until its undo, if it has one."""
        fault, on, params = self._broken(step)
        if isinstance(fault, Leased):
            self._keeper.keep(id_, lambda cancel: fault.renew(on, params, receipt, cancel))

    def _broken(self, step: Inject) -> tuple[Fault[Any], Access, Model]:
        fault = self._means.registry.faults[step.inject]
        params = fault.params.model_validate(self._means.secrets.fill(step.with_))
        return fault, self._means.access(step.on), params

    def _fault(self, order: Order, step: Inject, token: Token) -> Outcome:
        fault, on, params = self._broken(step)
        if order.undo is not None:
            self._keeper.let_go(order.id)
            outcome = fault.undo(on, params, order.undo, token)
            if isinstance(outcome, Done):
                self._gate.let_go(order.id)
            return outcome
        self._gate.admit(order.id, step.on)
        receipt = self._prepared(order.id, lambda: fault.prepare(on, params, token))
        safe = self._safe[order.ticket]
        token.on_request(safe.set)
        prepared = FaultPrepared(step=order.id, ticket=order.ticket, receipt=receipt)
        if self._means.secrets.redact(prepared) != prepared:
            raise RefusedError("the receipt holds a secret, and masked it could undo nothing")
        self._say(prepared)
        safe.wait(token.remaining())
        if token.requested():
            return Failed(error="told to stop before the fault was applied")
        self._gate.assert_open(step.on)  # again: it may have taken long to prepare
        self.keep(order.id, step, receipt)
        return fault.apply(on, params, receipt, token)

    def _prepared(self, id_: StepId, prepare: Callable[[], Receipt]) -> Receipt:
        """Prepare a fault; what was refused counts no more, of any other failure nobody knows."""
        try:
            return prepare()
        except (SafetyError, HostKeyError):
            self._gate.let_go(id_)
            raise

    def _check(self, step: Check, cancel: Cancel) -> Outcome:
        """Look again until it holds."""
        probe = self._means.registry.probes[step.check]
        params = probe.params.model_validate(self._means.secrets.fill(step.with_))
        on = self._means.access(step.on)
        while True:
            look = Token(self._means.clock, min(_LOOK, cancel.remaining()))
            cancel.on_request(look.request)
            reading = probe.observe(on, params, look)
            if reading.state == "good":
                return Done(note=reading.note)
            if cancel.wait(_AGAIN):
                return Failed(error=f"did not hold: {reading.note or reading.state}")


def _progressed(order: Order, progress: Progress) -> Progressed:
    return Progressed(
        step=order.id,
        ticket=order.ticket,
        what=progress.what,
        outcome=progress.outcome,
        note=progress.note,
        seconds=progress.seconds,
    )


def _ended(order: Order | WatchOrder | ReadOrder, outcome: Outcome) -> Report:
    match order:
        case WatchOrder():
            return WatchEnded(
                ticket=order.ticket, service=order.service, kind=order.kind, outcome=outcome
            )
        case ReadOrder():
            return LedgerRead(ticket=order.ticket, service=order.service, outcome=outcome)
        case Order() if order.undo is not None:
            return UndoEnded(step=order.id, ticket=order.ticket, outcome=outcome)
        case Order():
            return StepEnded(step=order.id, ticket=order.ticket, outcome=outcome)
    assert_never(order)


def _fallen(error: Exception) -> Outcome:
    """Say what an exception means: a refusal certainly did nothing; of the rest nobody knows."""
    if isinstance(error, SafetyError | HostKeyError):
        return Failed(error=str(error))
    if isinstance(error, RemoteError):
        return Indeterminate(error=str(error))
    trace = "".join(traceback.format_exception(error))
    return Indeterminate(error=f"{type(error).__name__}: {error}", evidence=trace)
