"""A whole exercise against a scripted world that answers late, twice or never, and crashes."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from exercise.stories import SECOND, opening_of
from simulation.crew import Crew
from simulation.hosts import SimHost
from simulation.network import Network
from simulation.people import People
from simulation.schedule import Crash, Schedule
from simulation.virtual import Clock, World

from drill.engine.conductor import Conductor
from drill.errors import JournalBusyError
from drill.exercise.evolve import fold
from drill.exercise.hearing import is_hot_wash
from drill.exercise.state import Phase, RunState, Standing, StepState
from drill.graph.plan import Plan
from drill.journal.memory import MemoryJournal
from drill.model.events import PersonSaid, Record
from drill.model.steps import Inject

TOO_LONG = 20_000
"""More operations than any of these plans needs: the exercise does not end."""


class CrashError(BaseException):
    """The process is gone: nothing may catch this."""


@dataclass
class Log:
    """What was seen of the crew and the hosts, over all processes."""

    orders: list[tuple[int, Any]] = field(default_factory=list)
    """How many records were durable, and the order."""
    proceeds: list[tuple[int, int]] = field(default_factory=list)
    """How many records were durable, and the ticket."""
    waits: int = 0
    empty_waits: int = 0
    """Waits that brought nothing: neither a report, nor a record decided thereafter."""
    lives: int = 1
    states: list[RunState] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    """What the simulation saw happen, for the situations that must occur."""
    belated: set[int] = field(default_factory=set)
    """Records that were decided upon before the process slept, and written after."""
    ops: int = 0
    requests: int = 0
    hosts: dict[str, SimHost] = field(default_factory=dict)
    faulted_at_close: list[str] = field(default_factory=list)
    took: float = 0.0
    """Seconds of true time from the first operation to the close."""
    people: People | None = None
    """Who spoke, and what they were told."""
    abandoned: bool = False
    """Nobody ever took it up again after the last crash."""


class Disk:
    """Where the journal is: what was written outlives the process, and one may hold it."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.held = False


class Fuse:
    """Counts operations, over all processes; does after each what the schedule names for it."""

    def __init__(self, schedule: Schedule, world: World, log: Log, disk: Disk) -> None:
        self._world, self._log, self._disk = world, log, disk
        self._ops = count(1)
        self._crashes = {crash.after: crash for crash in schedule.crashes}
        self._aborts = set(schedule.aborts)
        self._jumps = {op: (kind, seconds) for op, kind, seconds in schedule.jumps}
        self._rivals = set(schedule.rivals)
        self._slept = 0
        self.napped = False
        """The process slept since it last waited."""
        self.conductor: Conductor | None = None
        self.people = People(schedule, world)
        self.last: Crash | None = None

    def burn(self) -> None:
        op = self._log.ops = next(self._ops)
        assert op < TOO_LONG, "the exercise does not end"
        if op in self._aborts and self.conductor is not None:
            self.conductor.abort(by="a person", why="" if op % 2 else "enough")
        if op in self._rivals:
            self._reach()
        if op in self._jumps:
            self._jump(*self._jumps[op])
        if op in self._crashes:
            self.last = self._crashes[op]
            self.people.conductor = None
            raise CrashError

    def wrote(self, record: Record) -> None:
        """Let people read it; note what is written late because the process slept."""
        self.people.hear(record)
        if self.napped:
            self._log.belated.add(record.seq)

    def slept_ns(self) -> int:
        """Return for how long the process slept since it was asked last."""
        slept, self._slept = self._slept, 0
        return slept

    def _reach(self) -> None:
        """Let another controller reach for the journal."""
        try:
            Journal(self._disk, self)
        except JournalBusyError:
            self._log.marks.add("second controller refused")
        else:
            raise AssertionError("two controllers hold one journal")

    def _jump(self, kind: str, seconds: int) -> None:
        self._log.marks.add(f"jump: {kind}")
        if kind == "wall":
            self._world.wall_ahead += timedelta(seconds=seconds)
        else:
            self._slept += seconds * SECOND
            self.napped = True
            self._world.run_until(self._world.ns + seconds * SECOND)


class Journal(MemoryJournal):
    """A journal whose process may die at each operation, and which one process holds."""

    def __init__(self, disk: Disk, fuse: Fuse) -> None:
        if disk.held:
            raise JournalBusyError("another process holds it")
        disk.held = True
        super().__init__(disk.lines)
        self._disk, self._fuse = disk, fuse

    def append(self, event, at):
        record = super().append(event, at)
        self._fuse.wrote(record)
        self._fuse.burn()
        return record

    def sync(self) -> None:
        super().sync()
        self._fuse.burn()

    def die(self, crash: Crash) -> None:
        """Leave the lines that a crash leaves: the synced ones and perhaps some more."""
        unsure = len(self.lines) - self.synced
        self._disk.lines = self.lines[: self.synced + round(unsure * crash.survives)]
        self._disk.held = False


class Simulation:
    """One schedule, played to its end."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule, self.plan = schedule, schedule.plan
        self.log = Log()
        self._world, self._disk, self._told = World(), Disk(), {}
        self._fuse = Fuse(schedule, self._world, self.log, self._disk)
        self._network = Network(self._world, schedule.network, self.log.marks.add)
        self._journal: Journal | None = None
        self.log.hosts = self._hosts()

    def _hosts(self) -> dict[str, SimHost]:
        hosts: dict[str, SimHost] = {}
        for id_ in self._schedule.leases:
            name = self.plan.step(id_).on
            host = hosts.setdefault(
                name,
                SimHost(
                    name=name,
                    world=self._world,
                    mark=self.log.marks.add,
                    durable=lambda: self._journal.synced if self._journal else 0,
                    controlled=lambda: self._disk.held,
                ),
            )
            host.add_unit(f"{id_}.service", id_)
            if id_ in self._schedule.stiff:
                host.stiff[f"{id_}.service"] = self._schedule.stiff[id_]
        return hosts

    def run(self) -> MemoryJournal:
        """Conduct to the close, however often the process dies on the way."""
        clock = Clock(self._world, "boot", 1000 * SECOND)
        while True:
            self._fuse.napped = False
            self._journal = journal = Journal(self._disk, self._fuse)
            crew = Crew(
                clock,
                self._schedule,
                self._world,
                self._network,
                self.log.hosts,
                journal,
                self._fuse,
                self.log,
                self._told,
            )
            try:
                self.log.states.append(self._live(crew, journal, clock))
            except CrashError:
                crew.alive = False
                journal.die(self._fuse.last)
                _mark_crash(self.plan, self.log, journal, self._disk.lines)
                _mark_silence(self.log, self._fuse.people, self._disk.lines)
                if not self._fuse.last.returns:
                    self.log.abandoned = True
                    return self._end(crew)
                clock = clock.rebooted(self._fuse.last)
                self.log.lives += 1
            else:
                return self._end(crew)

    def _live(self, crew: Crew, journal: Journal, clock: Clock) -> RunState:
        approved_by = "boss" if self._schedule.approved else ""
        if self._schedule.approved and journal.lines:
            state = fold(journal)
            for id_ in state.standing:  # as the wiring does
                crew.keep(id_, self.plan.step(id_), state.steps[id_].receipt)
        opened = opening_of(self.plan, **self._schedule.opening)
        conductor = Conductor(self.plan, opened, journal, crew, clock, approved_by=approved_by)
        people = self._fuse.people
        self._fuse.conductor = people.conductor = conductor
        people.synced = lambda: journal.synced
        state = conductor.run()
        people.conductor = None
        return state

    def _end(self, crew: Crew) -> MemoryJournal:
        crew.alive = False
        self._disk.held = False
        self.log.took = self._world.ns / SECOND
        self.log.requests = self._network.sent
        self.log.people = self._fuse.people
        if not self.log.abandoned:
            state = self.log.states[-1]
            self.log.faulted_at_close = [
                id_
                for id_ in self._schedule.leases
                if f"{id_}.service" in self.log.hosts[self.plan.step(id_).on].faulted
                and state.steps[id_].standing is not Standing.STUCK
            ]
        self._world.rest()
        lines = self._disk.lines if self.log.abandoned else self._journal.lines
        return MemoryJournal(lines)


def _mark_crash(plan: Plan, log: Log, journal: Journal, left: list[bytes]) -> None:
    """Note in the midst of what the process died."""
    if len(left) < len(journal.lines):
        log.marks.add("crash: unsynced records lost")
    if not left:
        return
    state = fold(MemoryJournal(left))
    if state.closed:
        log.marks.add("crash: after the close")
    if log.lives > 1:
        log.marks.add("crash: in the recovery")
    proceeded = {ticket for _, ticket in log.proceeds}
    for id_ in {*state.standing, *state.busy}:
        if isinstance(plan.step(id_), Inject):
            log.marks.add(f"crash: {_moment(state.steps[id_], proceeded)}")


def _mark_silence(log: Log, people: People, left: list[bytes]) -> None:
    """Note what people waited for, and whether somebody was about to be heard, and never was."""
    state = fold(MemoryJournal(left)) if left else RunState()
    if state.held_since is not None:
        log.marks.add("crash: while the clock is held")
    if is_hot_wash(state) and not state.closed:
        log.marks.add("crash: in the hot wash")
    if people.said == len(people.replies) + len(people.unheard):
        return
    heard = {
        record.event.person
        for record in MemoryJournal(left)
        if isinstance(record.event, PersonSaid)
    }
    for n in range(people.said):
        if not {f"p{n}"} & {*people.replies, *people.unheard, *heard}:
            log.marks.add("crash: lost what somebody said")
            people.unheard.add(f"p{n}")


def _moment(step: StepState, proceeded: set[int]) -> str:
    """Return how far a fault had come, as its journal tells."""
    if step.receipt is None:
        return "before the receipt"
    if step.standing is Standing.UNDOING:
        return "in an undo"
    if step.phase is not Phase.RUNNING:
        return "while a fault stands"
    return "in an apply" if step.ticket in proceeded else "between receipt and apply"


def conduct(schedule: Schedule) -> tuple[Plan, MemoryJournal, Log]:
    """Play a schedule to its end."""
    simulation = Simulation(schedule)
    journal = simulation.run()
    return simulation.plan, journal, simulation.log
