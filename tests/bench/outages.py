"""Outages of known length, through drill's own watch and measure: is the truth in what it reports?

Run: ``python tests/bench/outages.py [OUTAGES]``. A real service, a process of its
own, is killed and started again (its port refuses), loses what is sent to it
(connections hang) or is stopped and continued (connections are accepted, and
nobody answers). The probe is ``http.get`` every 100 ms, each given as long.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.table import HEAD, LINE, told
from crews.worlds import crew_of, reports
from probes.outages import NS, view_of

from drill.model.events import SamplesTaken, WatchEnded
from drill.ports import WatchOrder
from drill.probes.http import HttpGet

EVERY = timedelta(milliseconds=100)
BEFORE, AFTER = 1.0, 1.0
"""Seconds of a well service before and after; twice what makes it count as stable."""
OUTAGES = 8
WIDEST = 0.35
SERVICE = """
import http.server, sys, time
class Health(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"app": "app1"}')
class Server(http.server.ThreadingHTTPServer):
    def server_activate(self):
        print(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
        super().server_activate()
        print(time.clock_gettime_ns(time.CLOCK_BOOTTIME), flush=True)
Server(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""
"""Tells when it began to listen, and when it did."""


@dataclass(frozen=True)
class Moment:
    """Between which two readings of the clock, in nanoseconds, something happened."""

    lo: int
    hi: int


def now() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Service:
    """A real one, and the ways to lose it."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._child = None
        self.start()

    def start(self) -> Moment:
        """Start it; return when it was there."""
        argv = [sys.executable, "-I", "-c", SERVICE, str(self.port)]
        self._child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        lo, hi = (int(self._child.stdout.readline()) for _ in range(2))
        return Moment(lo, hi)

    def kill(self) -> Moment:
        """Kill it; return when it was gone."""
        lo = now()
        self._child.kill()
        self._child.wait()
        self._child.stdout.close()
        return Moment(lo, now())

    def signal(self, number: int) -> Moment:
        lo = now()
        os.kill(self._child.pid, number)
        return Moment(lo, now())

    def drop(self, what: str) -> Moment:
        """Have what comes to its port lost, or no more."""
        lo = now()
        subprocess.run(["nft", "-f", "-"], input=what, text=True, check=True)
        return Moment(lo, now())


LOSE = "table inet bench { chain in { type filter hook input priority 0; tcp dport %d drop; }; }"
FIND = "delete table inet bench"


def lose(service: Service, kind: str) -> Moment:
    """Begin an outage."""
    match kind:
        case "killed":
            return service.kill()
        case "dropped":
            return service.drop(LOSE % service.port)
        case _:
            return service.signal(signal.SIGSTOP)


def find(service: Service, kind: str) -> Moment:
    """End it."""
    match kind:
        case "killed":
            return service.start()
        case "dropped":
            return service.drop(FIND)
        case _:
            return service.signal(signal.SIGCONT)


def measured(service: Service, kind: str, lasting: float) -> tuple[bool, float]:
    """Make one outage; tell whether it lies in what drill reports, and how wide that is."""
    crew = crew_of(probes={"http.get": HttpGet()})
    url = f"http://127.0.0.1:{service.port}/"
    order = WatchOrder(
        ticket=1,
        service="orders",
        kind="probe",
        uses="http.get",
        with_={"url": url},
        every=EVERY,
        within=EVERY,
        run="r",
    )
    crew.start(order)
    time.sleep(BEFORE)
    began = lose(service, kind)
    time.sleep(lasting)
    ended = find(service, kind)
    time.sleep(AFTER)
    crew.cancel(1)
    said = reports(crew, lambda report: isinstance(report, WatchEnded))
    samples = [one for each in said if isinstance(each, SamplesTaken) for one in each.samples]
    objective = view_of(samples, began.lo, began.hi).objectives[0]
    assert objective.verdict == "met", objective.reason
    actual, shortest, longest = objective.actual, ended.lo - began.hi, ended.hi - began.lo
    return actual.lo <= longest / NS and shortest / NS <= actual.hi, actual.width


def lines(count: int = OUTAGES) -> Iterator[str]:
    """Tell of the outages of each kind."""
    service = Service()
    for kind in ("killed", "dropped", "hung"):
        lengths = [0.9 + 0.7 * (i * 3 % count) / count for i in range(count)]
        found = [measured(service, kind, lasting) for lasting in lengths]
        inside, widest = sum(held for held, _ in found), max(width for _, width in found)
        holds = "yes" if inside == count and widest <= WIDEST else "NO"
        truth = f"true length inside: {inside} of {count}"
        what = f"{count} outages, {kind}: the widest interval"
        yield LINE.format(what, told(widest), truth, "", told(WIDEST), holds)
    service.kill()


def main(count: int = OUTAGES) -> None:
    """Print them."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for line in lines(count):
        print(line, flush=True)


def apart(*given: str) -> None:
    """Do it in a network of its own, where packets may be dropped."""
    argv = ["unshare", "--user", "--map-root-user", "--net", sys.executable, __file__]
    subprocess.run([*argv, "--inside", *given], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        main(*map(int, sys.argv[2:]))
    else:
        print(HEAD, flush=True)
        apart(*sys.argv[1:])
