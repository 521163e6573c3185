"""The fork server: one warm process that forks a controller for every life of every case.

A program of its own, because only a process with one thread may fork with a quiet mind:

    python server.py HOME [--kills N] [--workers N] [--mutant NAME]

It prints one JSON line a case and a last line that sums them up.
"""

import argparse
import ctypes
import faulthandler
import json
import os
import select
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kills.points import Fuse, HastyCrew, KilledCrew, KilledJournal, KilledRemote
from kills.verdict import injects_after_resume, problems_of
from kills.world import OPENING, PLAN, TAKES, World, access_of, registry_of

from drill.crews.desk import EmptyDesk
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

Deaths = tuple[int, ...]


@dataclass
class Case:
    """One exercise: the moments its controllers were to die at, and what came of it."""

    deaths: Deaths
    died: list[str] = field(default_factory=list)
    """Where they did."""
    moments: int = 0
    """How many moments the last controller had, which was let live."""
    busy: int = 0
    """How often a new controller found the journal still held by the dead one's children."""
    resumed_injects: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


@dataclass
class Server:
    """Conducts cases, one after the other."""

    home: Path
    mutant: str = ""
    fuse: Fuse = field(default_factory=Fuse)

    def case(self, deaths: Deaths) -> Case:
        """Conduct one exercise through all its deaths to its end, and judge what is left."""
        began = time.monotonic()
        case, world = Case(deaths), World(self.home / "-".join(map(str, (*deaths, "world"))))
        world.make()
        for death in (*deaths, 0):
            if not self._lives(world, death, case):
                break
        case.moments = self.fuse.count
        if not _are_gone(_ORPHANS):
            case.problems.append("processes: something that a dead controller started goes on")
        case.problems += problems_of(world)
        if not case.problems:
            case.resumed_injects = injects_after_resume(world)
            shutil.rmtree(world.home)
        case.seconds = time.monotonic() - began
        return case

    def _lives(self, world: World, death: int, case: Case) -> bool:
        """Let one controller live; tell whether it was killed."""
        status = self._live(world, death)
        while status == _BUSY:
            case.busy += 1
            time.sleep(0.005)
            status = self._live(world, death)
        if status == -signal.SIGKILL:
            case.died.append(self.fuse.name)
            return True
        if status != 0:
            case.problems.append(f"fell: a controller ended with {status}; see {world.home}")
        return False

    def _live(self, world: World, death: int) -> int:
        self.fuse.arm(death)
        pid = os.fork()
        if pid == 0:
            os._exit(self._conduct(world))
        if not _ends(pid, _LIFE):
            os.kill(pid, signal.SIGABRT)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _conduct(self, world: World) -> int:
        """Be a controller; return the exit status."""
        stacks = (world.home / "stacks").open("w")
        faulthandler.enable(stacks)  # for the one that does not end
        try:
            remote, clock = KilledRemote(LocalRemote(), self.fuse), SystemClock()
            means = Means(
                registry_of(world),
                Secrets({}),
                lambda name: access_of(remote),
                EmptyDesk(),
                clock,
            )
            crew_of = HastyCrew if self.mutant == "hasty" else KilledCrew
            with FileJournal(world.journal) as file:
                journal = KilledJournal(file, world, self.fuse)
                crew = crew_of(Threads(means), self.fuse)
                Conductor(PLAN, OPENING, journal, crew, clock).run()
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


def spread(work: Sequence[Deaths], home: Path, workers: int, mutant: str) -> list[Case]:
    """Have several workers, each a fork server of its own, conduct the cases."""
    pids = []
    for worker in range(workers):
        pid = os.fork()
        if pid == 0:
            os._exit(_work(work[worker::workers], home / f"worker-{worker}", mutant))
        pids.append(pid)
    if any(os.waitpid(pid, 0)[1] for pid in pids):
        raise SystemExit("a worker fell")
    files = [home / f"worker-{worker}" / "cases" for worker in range(workers)]
    lines = [line for file in files for line in file.read_text().splitlines()]
    return [Case(**json.loads(line)) for line in lines]


def _work(work: Sequence[Deaths], home: Path, mutant: str) -> int:
    try:
        adopt_orphans()
        home.mkdir(exist_ok=True)
        server = Server(home, mutant)
        with (home / "cases").open("w") as file:
            for deaths in work:
                file.write(json.dumps(asdict(server.case(deaths))) + "\n")
    except BaseException:  # noqa: BLE001  nor a worker
        traceback.print_exc()
        return 70
    return 0


def pairs(singles: Sequence[Case], wanted: int) -> list[Deaths]:
    """Return second deaths at every second moment of each recovery, thinned out evenly."""
    every = [
        (*case.deaths, second)
        for case in singles
        if case.died
        for second in range(1 + case.deaths[0] % 2, case.moments + 1, 2)
    ]
    stride = max(1, len(every) // max(1, wanted))
    return every[::stride][: wanted + 1] if stride > 1 else every


def campaign(home: Path, kills: int, workers: int, mutant: str) -> list[Case]:
    """Kill at every moment once, then a second time in the recovery, until there are enough."""
    (quiet,) = spread([()], home, 1, mutant)
    singles = spread([(n,) for n in range(1, quiet.moments + 1)], home, workers, mutant)
    done = sum(len(case.died) for case in singles)
    doubles = spread(pairs(singles, -(-(kills - done) // 2)), home, workers, mutant)
    return [quiet, *singles, *doubles]


def told(cases: Sequence[Case]) -> dict[str, object]:
    """Sum the cases up."""
    kinds = Counter(problem.partition(":")[0] for case in cases for problem in case.problems)
    return {
        "cases": len(cases),
        "kills": sum(len(case.died) for case in cases),
        "moments": cases[0].moments,
        "places": len({name for case in cases for name in case.died}),
        "problems": dict(kinds),
        "examples": [[case.deaths, case.died, case.problems] for case in cases if case.problems][
            :5
        ],
        "busy": sum(case.busy for case in cases),
        "resumed_injects": sum(case.resumed_injects for case in cases),
        "longest": round(max(case.seconds for case in cases), 2),
    }


def _lines(cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        yield json.dumps(asdict(case))
    yield json.dumps(told(cases))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--kills", type=int, default=600)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--mutant", choices=("", "hasty", "forgetful"), default="")
    asked = parser.parse_args()
    os.environ["TAKES"] = str(TAKES)
    if asked.mutant == "forgetful":
        os.environ["FORGETFUL"] = "1"
    for line in _lines(campaign(asked.home, asked.kills, asked.workers, asked.mutant)):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
