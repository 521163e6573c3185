"""The fork server: a warm process with one thread, which forks a controller for every life."""

import ctypes
import faulthandler
import os
import select
import shutil
import signal
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from kills.points import Fuse, HastyCrew, KilledCrew, KilledJournal, KilledRemote
from kills.verdict import injects_after_resume, problems_of, refusals
from kills.world import LATE, OPENING, PLAN, World, access_of, registry_of

from drill.crews.secrets import Secrets
from drill.crews.threads import Means, Threads
from drill.engine.clock import SystemClock
from drill.engine.conductor import Conductor
from drill.errors import JournalBusyError
from drill.hosts.local import LocalRemote
from drill.journal.file import FileJournal

_LIFE = 30.0
"""Seconds after which a life is said to have no end."""
_ORPHANS = 5.0
"""Seconds in which what a dead controller started must be over."""
_BUSY = 75
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)


@dataclass(frozen=True)
class Story:
    """What becomes of one exercise's controllers."""

    deaths: tuple[int, ...] = ()
    """The moments they die at, one life after the other."""
    approved: bool = False
    """Whether a person says at each restart that the exercise goes on."""
    late: bool = False
    """Whether the network holds back what the first controller injects."""

    @property
    def name(self) -> str:
        kind = ("approved" if self.approved else "healing") + ("-late" if self.late else "")
        return "-".join(map(str, (kind, *self.deaths)))


@dataclass
class Case:
    """One exercise, and what came of it."""

    story: Story
    died: list[str] = field(default_factory=list)
    """Where they did."""
    moments: int = 0
    """How many moments the last controller had, which was let live."""
    busy: int = 0
    """How often a new controller found the journal still held by the dead one's children."""
    resumed_injects: int = 0
    """Faults that were prepared after a restart, which a person must approve."""
    refusals: int = 0
    """Injects that came to the host after their undo."""
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


@dataclass
class Server:
    """Conducts cases, one after the other."""

    home: Path
    mutant: str = ""
    fuse: Fuse = field(default_factory=Fuse)

    def case(self, story: Story) -> Case:
        """Conduct one exercise through all its deaths to its end, and judge what is left."""
        began = time.monotonic()
        case, world = Case(story), World(self.home / story.name)
        world.make()
        for life, death in enumerate((*story.deaths, 0)):
            os.environ["LATE"] = str(LATE) if story.late and life == 0 else ""
            if not self._lives(world, death, case):
                break
        case.moments = self.fuse.count
        if not _are_gone(_ORPHANS):
            case.problems.append("processes: something that a dead controller started goes on")
        case.problems += problems_of(world, approved=story.approved)
        if not case.problems:
            case.resumed_injects, case.refusals = injects_after_resume(world), refusals(world)
            shutil.rmtree(world.home)
        case.seconds = time.monotonic() - began
        return case

    def _lives(self, world: World, death: int, case: Case) -> bool:
        """Let one controller live; tell whether it was killed."""
        status = self._live(world, death, case.story)
        while status == _BUSY:
            case.busy += 1
            time.sleep(0.005)
            status = self._live(world, death, case.story)
        if status == -signal.SIGKILL:
            case.died.append(self.fuse.name)
            return True
        if status != 0:
            case.problems.append(f"fell: a controller ended with {status}; see {world.home}")
        return False

    def _live(self, world: World, death: int, story: Story) -> int:
        self.fuse.arm(death)
        pid = os.fork()
        if pid == 0:
            os._exit(self._conduct(world, story))
        if not _ends(pid, _LIFE):
            os.kill(pid, signal.SIGABRT)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _conduct(self, world: World, story: Story) -> int:
        """Be a controller; return the exit status."""
        stacks = (world.home / "stacks").open("w")
        faulthandler.enable(stacks)  # for the one that does not end
        try:
            remote, clock = KilledRemote(LocalRemote(), world, self.fuse), SystemClock()
            means = Means(
                registry_of(world),
                Secrets({}),
                lambda name: access_of(remote),
                clock,
            )
            crew_of = HastyCrew if self.mutant == "hasty" else KilledCrew
            with FileJournal(world.journal) as file:
                journal = KilledJournal(file, world, self.fuse)
                crew = crew_of(Threads(means), self.fuse)
                approved_by = "a person" if story.approved else ""
                Conductor(PLAN, OPENING, journal, crew, clock, approved_by=approved_by).run()
        except JournalBusyError:
            return _BUSY
        except BaseException:  # noqa: BLE001  a fork must never return into the server
            (world.home / "error").write_text(traceback.format_exc())
            return 70
        return 0


def _ends(pid: int, seconds: float) -> bool:
    fd = os.pidfd_open(pid)
    try:
        return bool(select.select([fd], [], [], seconds)[0])
    finally:
        os.close(fd)


def _are_gone(seconds: float) -> bool:
    """Bury the orphans as they end; tell whether none was left in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.002)
        except ChildProcessError:
            return True
    return False


def adopt_orphans() -> None:
    """Become the parent of what one's dead children leave behind (prctl(2))."""
    if ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
