"""A whole exercise against a scripted world that answers late, twice or never, and crashes.

A :class:`Schedule` is all that can vary; it is plain data, so that one that found
a bug is kept in ``tests/schedules/`` and replayed on every commit.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

from exercise.stories import SECOND, opening_of, scenario_of

from drill.crews.rehearsal import EPOCH, Fate, Rehearsal, VirtualClock
from drill.engine.conductor import Conductor
from drill.exercise.state import RunState
from drill.graph.plan import Plan, plan_of
from drill.journal.memory import MemoryJournal
from drill.model.events import WatchEnded
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.time import Stamp
from drill.ports import Order, ReadOrder, WatchOrder

TOO_LONG = 20_000
"""More operations than any of these plans needs: the exercise does not end."""


@dataclass(frozen=True)
class Crash:
    """The process dies right after its n-th operation on the journal or the crew."""

    after: int
    survives: float = 0.0
    """How much of what was written and not synced is there all the same, 0 to 1."""
    away: int = 1
    """Seconds until it is taken up again."""
    reboot: bool = False


@dataclass(frozen=True)
class Schedule:
    """A plan, a world and a story of crashes."""

    steps: dict[str, dict[str, Any]]
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    fates: dict[str, list[list[Any]]] = field(default_factory=dict)
    """For a step, or ``undo STEP``: what becomes of its first order, its second and so on,
    from the start again when they run out: seconds (None: never a word), outcome, choice,
    mends, seconds until it is said a second time (None: never)."""
    watches: dict[str, list[Any]] = field(default_factory=dict)
    """For a service: seconds until its watches die (None: never), and whether what it is told
    at the close is ever answered."""
    aborts: list[int] = field(default_factory=list)
    """Operations after which somebody aborts."""
    crashes: list[Crash] = field(default_factory=list)
    parallel: int = 32
    stop: list[dict[str, str]] = field(default_factory=list)
    """The conditions that end the exercise."""
    limits: dict[str, Any] | None = None
    approved: bool = False
    """Whether somebody approves, after each crash, that the exercise goes on."""

    @property
    def plan(self) -> Plan:
        plan = plan_of(
            scenario_of(self.steps, self.services, stop=self.stop, limits=self.limits), (), {}
        )
        return replace(plan, parallel=self.parallel)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @staticmethod
    def from_json(text: str) -> "Schedule":
        raw = json.loads(text)
        return Schedule(**{**raw, "crashes": [Crash(**crash) for crash in raw["crashes"]]})


class CrashError(BaseException):
    """The process is gone: nothing may catch this."""


@dataclass
class Log:
    """What was seen of the crew, over all processes."""

    orders: list[tuple[int, Any]] = field(default_factory=list)
    """How many records were durable, and the order."""
    proceeds: list[tuple[int, int]] = field(default_factory=list)
    """How many records were durable, and the ticket."""
    waits: int = 0
    empty_waits: int = 0
    """Waits that brought nothing: neither a report, nor a record decided thereafter."""
    resumes: int = 0
    lives: int = 1
    states: list[RunState] = field(default_factory=list)


class Clock(VirtualClock):
    """Virtual time whose wall goes on when a reboot sets the boot clock back."""

    def __init__(self, boot: str, ns: int, wall_ns: int) -> None:
        super().__init__(boot, ns)
        self._offset = timedelta(microseconds=(wall_ns - ns) // 1000)

    def now(self) -> Stamp:
        now = super().now()
        return Stamp(wall=now.wall + self._offset, boot_ns=now.boot_ns, boot=now.boot)

    def rebooted(self, crash: Crash) -> "Clock":
        now = self.now()
        away = crash.away * SECOND
        wall = round((now.wall - EPOCH).total_seconds() * SECOND) + away
        if crash.reboot:
            return Clock(now.boot + "+", 5 * SECOND, wall)
        return Clock(now.boot, now.boot_ns + away, wall)


class Fuse:
    """Counts operations, over all processes; blows after those that the schedule names."""

    def __init__(self, schedule: Schedule) -> None:
        self._ops = count(1)
        self._crashes = {crash.after: crash for crash in schedule.crashes}
        self._aborts = set(schedule.aborts)
        self.conductor: Conductor | None = None
        self.last: Crash | None = None

    def burn(self) -> None:
        op = next(self._ops)
        assert op < TOO_LONG, "the exercise does not end"
        if op in self._aborts and self.conductor is not None:
            self.conductor.abort(by="a person", why="" if op % 2 else "enough")
        if op in self._crashes:
            self.last = self._crashes[op]
            raise CrashError


class Journal(MemoryJournal):
    """A journal whose process may die at each operation."""

    def __init__(self, lines: list[bytes], fuse: Fuse) -> None:
        super().__init__(lines)
        self._fuse = fuse

    def append(self, event, at):
        record = super().append(event, at)
        self._fuse.burn()
        return record

    def sync(self) -> None:
        super().sync()
        self._fuse.burn()

    def left(self, crash: Crash) -> list[bytes]:
        """Return the lines that a crash leaves: the synced ones and perhaps some more."""
        unsure = len(self.lines) - self.synced
        return self.lines[: self.synced + round(unsure * crash.survives)]


class Crew(Rehearsal):
    """The rehearsal crew, which also says things twice and lets watches die, and is watched."""

    def __init__(self, clock, schedule, journal, fuse, log, told):
        super().__init__(clock, self._fate)
        self._schedule, self._journal, self._fuse, self._log = schedule, journal, fuse, log
        self._told = told
        self._twice: dict[int, int] = {}
        self._written = 0

    def _fate(self, order: Order) -> Fate:
        key = f"undo {order.id}" if order.undo is not None else str(order.id)
        fates = self._schedule.fates.get(key) or [[0, "done", "yes", False, None]]
        n = self._told[key] = self._told.get(key, -1) + 1
        takes, kind, choice, mends, again = fates[n % len(fates)]
        if again is not None:
            self._twice[order.ticket] = again
        outcome = {
            "done": Done(choice=choice),
            "failed": Failed(error="scripted"),
            "indeterminate": Indeterminate(error="scripted"),
        }[kind]
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
        assert until is None or (until.boot, until.boot_ns > now.boot_ns) == (now.boot, True)
        self._log.waits += 1
        if self._written == len(self._journal.lines):
            self._log.empty_waits += 1
        self._written = len(self._journal.lines)
        reports = super().wait(until)
        if reports:
            self._written = -1
        self._fuse.burn()
        return reports


def conduct(schedule: Schedule) -> tuple[Plan, MemoryJournal, Log]:
    """Conduct to the close, however often the process dies on the way."""
    plan, log, fuse = schedule.plan, Log(), Fuse(schedule)
    clock, lines, told = Clock("boot", 1000 * SECOND, 0), [], {}
    while True:
        journal = Journal(lines, fuse)
        crew = Crew(clock, schedule, journal, fuse, log, told)
        approved_by = "boss" if schedule.approved else ""
        fuse.conductor = Conductor(
            plan, opening_of(plan), journal, crew, clock, approved_by=approved_by
        )
        try:
            log.states.append(fuse.conductor.run())
        except CrashError:
            lines = journal.left(fuse.last)
            clock = clock.rebooted(fuse.last)
            log.lives += 1
        else:
            return plan, journal, log
