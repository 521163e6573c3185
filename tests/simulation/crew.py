"""The rehearsal crew under simulation: it says things twice, lets watches die, works on hosts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from simulation.hosts import STOP, SimHost, params_of
from simulation.network import Network
from simulation.schedule import Schedule

from drill.crews.fates import Fate
from drill.crews.keeper import _AGAIN, _SHARE
from drill.crews.rehearsal import Rehearsal
from drill.errors import RefusedError
from drill.model.events import FaultPrepared, Receipt, StepEnded, UndoEnded, WatchEnded
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.model.steps import Inject
from drill.ports import Order, ReadOrder, WatchOrder

OUTCOMES = {
    "done": lambda choice: Done(choice=choice),
    "failed": lambda choice: Failed(error="scripted"),
    "indeterminate": lambda choice: Indeterminate(error="scripted"),
}


class Keeper:
    """Renews leases as :class:`drill.crews.keeper.Keeper` does, without its threads."""

    def __init__(self, network: Network, later: Callable[[float, Callable[[], None]], None]):
        self._network, self._later = network, later
        self._kept: set[str] = set()
        self._gone: set[str] = set()

    def keep(self, step: str, host: SimHost, params, receipt: Receipt) -> None:
        if step not in self._gone:
            self._kept.add(step)
            self._renew(step, host, params, receipt)

    def let_go(self, step: str) -> None:
        self._gone.add(step)
        self._kept.discard(step)

    def _renew(self, step: str, host: SimHost, params, receipt: Receipt) -> None:
        if step not in self._kept:
            return

        def hear(answer) -> None:
            if isinstance(answer, RefusedError):
                self._kept.discard(step)
                return
            pause = answer / _SHARE if isinstance(answer, float) else _AGAIN
            self._later(pause, lambda: self._renew(step, host, params, receipt))

        def renew(on, cancel):
            return STOP.renew(on, params, receipt, cancel)

        self._network.send(host, "renew", renew, hear)


class HostCrew(Rehearsal):
    """Has the faults that the schedule leases worked by hosts; all else is scripted."""

    def __init__(self, clock, schedule: Schedule, world, network, hosts):
        super().__init__(clock, self._fate)
        self._schedule, self._simulated, self._network = schedule, world, network
        self._hosts = hosts
        self._keeper = Keeper(network, self._after)
        self._at_work: dict[int, str] = {}
        """Ticket to what its worker does: ``prepare``, ``hold``, ``apply`` or ``undo``."""
        self._receipts: dict[int, Receipt] = {}
        self.alive = True

    def _fate(self, order: Order) -> Fate:
        raise NotImplementedError

    def _after(self, seconds: float, happen: Callable[[], None]) -> None:
        """Have something happen unless the process is dead by then."""
        self._simulated.later(seconds, lambda: happen() if self.alive else None)

    def keep(self, id_: str, step: Inject, receipt: Receipt) -> None:
        """Renew the lease of what an earlier process broke."""
        if id_ in self._schedule.leases:
            self._keeper.keep(id_, self._hosts[step.on], self._params(id_), receipt)

    def _params(self, id_: str):
        return params_of(id_, self._schedule.leases[id_])

    def _begin(self, order: Order) -> None:
        if order.id not in self._schedule.leases or not isinstance(order.step, Inject):
            super()._begin(order)
            return
        self._orders[order.ticket] = order
        params = self._params(order.id)
        if order.undo is not None:
            self._keeper.let_go(order.id)
            receipt = order.undo
            self._work(order, "undo", lambda on, c: STOP.undo(on, params, receipt, c))
        else:
            self._work(order, "prepare", lambda on, c: STOP.prepare(on, params, c))

    def _work(self, order: Order, what: str, act) -> None:
        self._at_work[order.ticket] = what
        host = self._hosts[order.step.on]

        def hear(answer) -> None:
            if self.alive and self._at_work.get(order.ticket) == what:
                self._heard(order, what, answer)

        self._network.send(host, what, act, hear)

    def _heard(self, order: Order, what: str, answer) -> None:
        if what == "prepare" and not isinstance(answer, Exception):
            self._at_work[order.ticket] = "hold"
            self._receipts[order.ticket] = answer
            report = FaultPrepared(step=order.id, ticket=order.ticket, receipt=answer)
            self._later(timedelta(), report)
            return
        self._say_end(order, outcome_of(answer))

    def _say_end(self, order: Order, outcome: Outcome) -> None:
        self._at_work.pop(order.ticket)
        ended = StepEnded if order.undo is None else UndoEnded
        self._later(timedelta(), ended(step=order.id, ticket=order.ticket, outcome=outcome))

    def proceed(self, ticket: int) -> None:
        if self._at_work.get(ticket) != "hold":
            super().proceed(ticket)
            return
        order, receipt = self._orders[ticket], self._receipts[ticket]
        params = self._params(order.id)
        self.keep(order.id, order.step, receipt)
        self._work(order, "inject", lambda on, c: STOP.apply(on, params, receipt, c))

    def cancel(self, ticket: int) -> None:
        what = self._at_work.get(ticket)
        if what == "hold":
            error = Failed(error="told to stop before the fault was applied")
            self._say_end(self._orders[ticket], error)
        elif what is not None:  # what is on its way arrives all the same
            error = Indeterminate(error="told to stop, but nobody answers")
            self._say_end(self._orders[ticket], error)
        super().cancel(ticket)


def outcome_of(answer) -> Outcome:
    """Return what an answer, or the error in its place, means to the conductor (as Threads do)."""
    if isinstance(answer, RefusedError):
        return Failed(error=str(answer))
    if isinstance(answer, Exception):
        return Indeterminate(error=str(answer))
    return answer


class Crew(HostCrew):
    """Whatever the conductor asks of it is written down, and may be its last operation."""

    def __init__(self, clock, schedule, world, network, hosts, journal, fuse, log, told):
        super().__init__(clock, schedule, world, network, hosts)
        self._journal, self._fuse, self._log, self._told = journal, fuse, log, told
        self._twice: dict[int, int] = {}
        self._written = 0

    def _fate(self, order: Order) -> Fate:
        key = f"undo {order.id}" if order.undo is not None else str(order.id)
        fates = self._schedule.fates.get(key) or [[0, "done", "yes", False, None]]
        n = self._told[key] = self._told.get(key, -1) + 1
        takes, kind, choice, mends, again = fates[n % len(fates)]
        if again is not None:
            self._twice[order.ticket] = again
        outcome = OUTCOMES[kind](choice)
        return Fate(None if takes is None else timedelta(seconds=takes), outcome, mends)

    def start(self, order):
        self._log.orders.append((self._journal.synced, order))
        dies, answers = self._schedule.watches.get(getattr(order, "service", ""), (None, True))
        if isinstance(order, Order) or answers or isinstance(order, WatchOrder):
            super().start(order)
        if isinstance(order, WatchOrder) and dies is not None:
            ended = WatchEnded(
                ticket=order.ticket,
                service=order.service,
                kind=order.kind,
                outcome=Failed(error="scripted") if dies % 2 else Done(),
            )
            self._later(timedelta(seconds=dies), ended)
        self._fuse.burn()

    def proceed(self, ticket):
        self._log.proceeds.append((self._journal.synced, ticket))
        super().proceed(ticket)
        self._fuse.burn()

    def cancel(self, ticket):
        order = next((o for _, o in self._log.orders if o.ticket == ticket), None)
        answers = self._schedule.watches.get(getattr(order, "service", ""), (None, True))[1]
        if answers or isinstance(order, ReadOrder):
            super().cancel(ticket)
        self._fuse.burn()

    def _later_end(self, order, fate):
        super()._later_end(order, fate)
        again = self._twice.pop(order.ticket, None)
        if again is not None and fate.takes is not None:
            super()._later_end(order, replace(fate, takes=fate.takes + timedelta(seconds=again)))

    def wait(self, until):
        now = self._clock.now()
        slept = self._fuse.slept_ns()
        assert until is None or (until.boot, until.boot_ns > now.boot_ns - slept) == (
            now.boot,
            True,
        )
        self._log.waits += 1
        if self._written == len(self._journal.lines):
            self._log.empty_waits += 1
        self._written = len(self._journal.lines)
        reports = self._wait(until)
        if reports:
            self._written = -1
        self._fuse.burn()
        self._fuse.napped = False
        return reports

    def _wait(self, until):
        """Wait, but let whatever happens in the world happen in its turn."""
        while True:
            happens = self._simulated.next_ns
            if happens is None or (until is not None and happens >= self._clock.true(until)):
                return super().wait(until)
            reports = super().wait(self._clock.stamp(happens))
            if reports or self._fuse.people.spoke:
                self._fuse.people.spoke = False
                return reports
