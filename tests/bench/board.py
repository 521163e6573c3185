"""What the console takes to answer while two hundred people watch: each figure beside its bound.

Run: ``make bench``, or ``python tests/bench/board.py``. The console is a process of its own, held
to one processor; two hundred streams are read, and the journal grows ten times a second, as in a
live exercise. Then a page and ``/healthz`` are asked for one after the other, over a connection
that stays open. It prints, and judges nothing.
"""

import multiprocessing
import os
import selectors
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles
from typing import Self
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from console.browser import Browser

from drill.console import pages
from drill.console.app import Address, serving
from drill.graph.absence import roles_of
from drill.journal.file import FileJournal
from drill.journal.reader import read
from drill.model.events import SamplesTaken
from drill.model.time import Stamp

HAPPY = Path(__file__).parents[1] / "journals" / "happy.jsonl"
READERS, ASKED, EACH = 200, 300, 8
TARGET = 0.010
"""Seconds: the median of any answer."""
LINE = "{:44}{:>12}{:>12}{:>12}{:>10}  {}"


def main() -> None:
    """Print a line a figure."""
    print(LINE.format("what", "p50", "p99", "target", "ratio", "holds"))
    with tempfile.TemporaryDirectory() as place:
        for line in lines(Path(place)):
            print(line, flush=True)


def lines(place: Path) -> Iterator[str]:
    """Tell what was measured, with nobody watching and with everybody."""
    os.environ["DRILL_STATE"] = str(place / "state")
    journal, growing = place / "journal.jsonl", threading.Event()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(journal, theirs))
    grower = threading.Thread(target=_grow, args=(journal, growing))
    grower.start()
    server.start()
    try:
        yield from _measured(*ours.recv())
    finally:
        ours.send("end")
        server.join()
        growing.set()
        grower.join()


def _measured(port: int, links: dict[str, str]) -> Iterator[str]:
    watcher = Browser(port).join(links["observer"], "Ann")
    seats = [link for name, link in links.items() if name != "observer"]
    for readers in (0, READERS):
        with Streams(port, seats, readers) as streams:
            time.sleep(3)
            for path in ("/healthz", "/"):
                began, before = time.monotonic(), streams.read
                taken = asked(port, watcher.cookie, path)
                rate = (streams.read - before) / (time.monotonic() - began) / 1e6
                yield told(f"GET {path}, {readers} streams at {rate:.1f} MB/s", taken)


def told(what: str, taken: list[float]) -> str:
    """Return a line: the median beside its target."""
    half, worst = median(taken), quantiles(taken, n=100)[98]
    holds = "yes" if half <= TARGET else "NO"
    figures = (f"{each * 1000:.2f} ms" for each in (half, worst, TARGET))
    return LINE.format(what, *figures, f"{half / TARGET:.2f}", holds)


def asked(port: int, cookie: str, path: str) -> list[float]:
    """Return the seconds that each of many answers took, one after the other."""
    link = HTTPConnection("127.0.0.1", port)
    taken = []
    for _ in range(ASKED):
        began = time.perf_counter()
        link.request("GET", path, headers={"Cookie": cookie})
        answer = link.getresponse()
        answer.read()
        taken.append(time.perf_counter() - began)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        time.sleep(0.01)
    link.close()
    return taken


class Streams:
    """So many open streams, read by one thread and thrown away."""

    def __init__(self, port: int, seats: list[str], count: int) -> None:
        self._links: list[socket.socket] = []
        self.read = 0
        self._over = threading.Event()
        for n in range(-(-count // EACH)):
            browser = Browser(port).join(seats[n % len(seats)], f"Reader {n}")
            self._links += [browser.stream() for _ in range(min(EACH, count - EACH * n))]
        self._thread = threading.Thread(target=self._drain)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for link in self._links:
            link.close()

    def _drain(self) -> None:
        with selectors.DefaultSelector() as chosen:
            for link in self._links:
                chosen.register(link, selectors.EVENT_READ)
            while not self._over.wait(0 if self._links else 0.1):
                for key, _ in chosen.select(0.1):
                    self.read += len(key.fileobj.recv(262_144))


def _grow(path: Path, over: threading.Event) -> None:
    """Write the journal of an exercise that goes on: its samples again and again."""
    records = [record for record in read(HAPPY)[0] if record.event.type != "exercise-closed"]
    samples = [record.event for record in records if isinstance(record.event, SamplesTaken)]
    with FileJournal(path) as journal:
        for record in records:
            at = record.at
            journal.append(record.event, at)
        journal.sync()
        while not over.wait(0.1):
            at = Stamp(wall=at.wall, boot_ns=at.boot_ns + 100_000_000, boot=at.boot)
            journal.append(samples[-1].model_copy(update={"samples": ()}), at)
            journal.sync()


def _serve(path: Path, ends: Connection) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    while not (path.exists() and path.stat().st_size):
        time.sleep(0.05)
    roles = roles_of(read(path)[0][0].event.scenario)
    with serving(path, lambda *_: "", roles, pages, Address(port=0)) as served:
        ends.send((urlsplit(served.url).port, served.links))
        ends.recv()


if __name__ == "__main__":
    main()
