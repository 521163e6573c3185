"""The moments at which a controller is killed: wrappers around what drill asks of the world.

Each wrapper counts what it passes on. The process that comes to the number it was given
kills itself there and then, with no chance to tidy anything up.
"""

import mmap
import os
import signal
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from kills.world import TAKES, World

from drill.model.events import Event, FaultPrepared, Record
from drill.model.time import Stamp
from drill.ports import Crew, Journal, Remote

_HEARS = 5.0
"""Seconds within which a host hears of a command."""
_SHAPE = struct.Struct("I60s")


class Fuse:
    """Counts the moments of one process, in memory that outlives it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SHAPE.size)
        self._lock = threading.Lock()
        self._last = 0

    def arm(self, last: int) -> None:
        """Count from nothing; ``last`` is the moment to die at, 0 for never."""
        self._last = last
        self._memory[:] = _SHAPE.pack(0, b"")

    @property
    def count(self) -> int:
        return _SHAPE.unpack(self._memory[:])[0]

    @property
    def name(self) -> str:
        return _SHAPE.unpack(self._memory[:])[1].rstrip(b"\0").decode()

    def burn(self, name: str, last_deed: Callable[[], object] = lambda: None) -> None:
        """Pass a moment; if it is the last, do the last deed and die."""
        with self._lock:
            count = self.count + 1
            self._memory[:] = _SHAPE.pack(count, name.encode())
            if count == self._last:
                last_deed()
                os.kill(os.getpid(), signal.SIGKILL)


class KilledJournal:
    """Dies around each append, and before, in the midst of and after each write."""

    def __init__(self, journal: Journal, world: World, fuse: Fuse) -> None:
        self._journal, self._world, self._fuse = journal, world, fuse
        self._pending: list[bytes] = []
        self._flushed()

    @property
    def low(self) -> bool:
        return self._journal.low

    def append(self, event: Event, at: Stamp) -> Record:
        self._fuse.burn(f"append {event.type}: before")
        record = self._journal.append(event, at)
        self._pending.append(record.model_dump_json().encode() + b"\n")
        self._fuse.burn(f"append {event.type}: after")
        return record

    def sync(self) -> None:
        block = b"".join(self._pending)
        if block:
            self._fuse.burn("sync: before the write")
            torn = 1 + len(block) * 7 // 11 % (len(block) - 1)
            self._fuse.burn("sync: in the midst of it", lambda: self._write(block[:torn]))
            self._fuse.burn("sync: written, not flushed", lambda: self._write(block))
        self._journal.sync()
        if block:
            self._pending.clear()
            self._flushed()
            self._fuse.burn("sync: flushed")

    def __iter__(self) -> Iterator[Record]:
        return iter(self._journal)

    def _write(self, block: bytes) -> None:
        """Leave in the file what a write that was cut short leaves."""
        with self._world.journal.open("ab") as file:
            file.write(block)

    def _flushed(self) -> None:
        self._world.durable.write_text(str(self._world.journal.stat().st_size))


class KilledCrew:
    """Dies around each order, and before and after it hands over each single report."""

    def __init__(self, crew: Crew, fuse: Fuse) -> None:
        self._crew, self._fuse = crew, fuse
        self._heard: deque = deque()

    def start(self, order) -> None:
        self._around("start", lambda: self._crew.start(order))

    def proceed(self, ticket: int) -> None:
        self._around("proceed", lambda: self._crew.proceed(ticket))

    def cancel(self, ticket: int) -> None:
        self._around("cancel", lambda: self._crew.cancel(ticket))

    def nudge(self) -> None:
        self._crew.nudge()

    def wait(self, until):
        if not self._heard:
            self._fuse.burn("wait: before")
            self._heard.extend(self._crew.wait(until))
        if not self._heard:
            return ()
        report = self._heard.popleft()
        self._fuse.burn(f"heard {report.type}")
        return (report,)

    def _around(self, name: str, deed: Callable[[], None]) -> None:
        self._fuse.burn(f"{name}: before")
        deed()
        self._fuse.burn(f"{name}: after")


class HastyCrew(KilledCrew):
    """Breaks the law, so that the tests can see themselves fail: applies what is not yet safe."""

    def wait(self, until):
        reports = super().wait(until)
        for report in reports:
            if isinstance(report, FaultPrepared):
                self._crew.proceed(report.ticket)
                time.sleep(TAKES)
        return reports


class KilledRemote:
    """Dies before, during and after each command, which goes on without it."""

    def __init__(self, remote: Remote, world: World, fuse: Fuse) -> None:
        self._remote, self._world, self._fuse = remote, world, fuse

    def run(self, argv, cancel, *, stdin=b"", root=False):
        _, _, _, verb, _, token = argv
        self._fuse.burn(f"{verb}: before")
        before = self._world.times(verb, token, "asked")
        meanwhile = threading.Thread(target=self._during, args=(verb, token, before), daemon=True)
        meanwhile.start()
        completed = self._remote.run(argv, cancel, stdin=stdin, root=root)
        meanwhile.join()
        self._fuse.burn(f"{verb}: after")
        return completed

    def _during(self, verb: str, token: str, before: int) -> None:
        """Die when the host has heard of it, and has not done it."""
        until = time.monotonic() + _HEARS
        while self._world.times(verb, token, "asked") == before and time.monotonic() < until:
            time.sleep(0.001)
        self._fuse.burn(f"{verb}: during")
