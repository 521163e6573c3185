"""Real outages of known length, seen by the real probe in an open loop: the truth is inside.

A relay stands before a healthy service and, on command, refuses, hangs, drops or
flaps. What it did, and when, is the truth; what drill says of it must hold it.
"""

import contextlib
import json
import socket
import statistics
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from drill.crews.beats import sample_of
from drill.crews.pace import pace
from drill.measure.timeline import view
from drill.model.events import (
    ExerciseClosed,
    ExerciseOpened,
    FaultPrepared,
    Record,
    SamplesTaken,
    StepEnded,
    StepStarted,
)
from drill.model.outcome import Done
from drill.model.scenario import Scenario
from drill.model.time import Stamp
from drill.probes.http import HttpGet, HttpGetParams

EVERY, WITHIN, STABLE = 0.1, 1.0, 0.5
NS = 1_000_000_000
WALL = "2026-03-01T12:00:00Z"
KINDS = ("refuse", "hang", "drop", "flap")


class Relay:
    """A service whose door is open, or does what an outage of one kind does."""

    def __init__(self):
        self._lock = threading.Lock()
        self._open = {}
        self.kind = ""
        self.listening = None
        self.port = 0
        self.up()

    def up(self):
        """Let the service be well again."""
        self.kind = ""
        if self.listening is None:
            self.listening = socket.create_server(("127.0.0.1", self.port), backlog=64)
            self.port = self.listening.getsockname()[1]
            threading.Thread(target=self._accept, args=(self.listening,), daemon=True).start()

    def down(self, kind):
        """Begin an outage: no new connection, no answer or no end of one, as ``kind`` says."""
        self.kind = kind
        if kind == "refuse":
            self.close()

    def close(self):
        """Refuse connections, as a killed process does; those that are open are reset."""
        listening, self.listening = self.listening, None
        if listening is not None:
            listening.shutdown(socket.SHUT_RDWR)
            listening.close()

    def _accept(self, listening):
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with sock, contextlib.suppress(OSError):
            sock.settimeout(3)
            path = sock.recv(4096).split(b" ")[1].decode()
            if self.kind == "hang":
                sock.recv(1)  # until the client gives up
            if self.kind:
                return
            token = parse_qs(urlsplit(path).query)["token"][0]
            body = json.dumps({"token": token, "app": "app1", "database": "db1"})
            sock.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


@pytest.fixture
def relay():
    one = Relay()
    yield one
    one.close()


class Watch:
    """Samples the relay as the threads crew does, until it is stopped."""

    def __init__(self, relay, on, deadline, now_ns):
        self.batches = []
        self._cancel = deadline(600)
        params = HttpGetParams(
            url=f"http://127.0.0.1:{relay.port}/health", expect={"token": "fresh"}
        )
        self._thread = threading.Thread(
            target=pace,
            args=(
                EVERY,
                WITHIN,
                lambda _, cancel: HttpGet().observe(on, params, cancel),
                self.batches.append,
                self._cancel,
            ),
            kwargs={"now_ns": now_ns, "new_cancel": deadline},
        )
        self._thread.start()

    def stop(self):
        self._cancel.stop()
        self._thread.join()
        return [sample_of(beat) for beats in self.batches for beat in beats]


def view_of(samples, commanded, effective):
    """Return the view of an exercise that consists of one fault and these samples."""
    service = {
        "owner": "head",
        "rto": {"target": "10s"},
        "probe": {"uses": "http.get", "every": f"{EVERY * 1000:g}ms", "within": f"{WITHIN:g}s"},
        "stable": f"{STABLE * 1000:g}ms",
    }
    scenario = Scenario.model_validate(
        {
            "drill": 1,
            "id": "true-outage",
            "title": "An outage of known length",
            "targets": "targets.yaml",
            "services": {"orders": service},
            "roles": {"head": {}},
            "steps": {"lose": {"inject": "process.kill", "on": "web1", "timeout": "9s"}},
        }
    )
    story = [
        (
            samples[0].start,
            ExerciseOpened(run="r", mode="live", scenario=scenario, targets=(), digest="d"),
        ),
        (commanded, StepStarted(step="lose", deadline=stamp(commanded))),
        (commanded, FaultPrepared(step="lose", ticket=1, receipt={})),
        (effective, StepEnded(step="lose", ticket=1, outcome=Done())),
        (samples[-1].end, SamplesTaken(ticket=0, service="orders", samples=tuple(samples))),
        (samples[-1].end, ExerciseClosed()),
    ]
    records = [
        Record(seq=seq, prev="", at=stamp(at), event=event) for seq, (at, event) in enumerate(story)
    ]
    return view(records, None, "")


def stamp(ns):
    return Stamp(wall=WALL, boot_ns=ns, boot="b")


def outage(relay, kind, lasting, now_ns):
    """Make one outage; return when it was commanded, in effect, and over."""
    gate = threading.Event()
    commanded = now_ns()
    relay.down("refuse" if kind == "flap" else kind)
    effective = now_ns()
    gate.wait(lasting)
    if kind == "flap":
        for _ in range(2):
            relay.up()
            gate.wait(STABLE / 2)
            relay.down("refuse")
            gate.wait(0.3)
    relay.up()
    return commanded, effective, now_ns()


def measured(kind, lasting, relay, on, deadline, now_ns):
    """Return the interval that drill reports of an outage, and its true length."""
    watch, gate = Watch(relay, on, deadline, now_ns), threading.Event()
    gate.wait(STABLE + 0.4)
    commanded, effective, over = outage(relay, kind, lasting, now_ns)
    gate.wait(STABLE + 4 * EVERY)
    if kind == "hang":
        gate.wait(WITHIN)  # the last hung samples are reported after their time only
    objective = view_of(watch.stop(), commanded, effective).objectives[0]
    assert objective.verdict == "met", objective.reason
    return objective.actual, (over - commanded) / NS, (over - effective) / NS


def prove(kind, lengths, relay, on, deadline, now_ns):
    """Every truth lies inside; the interval is as wide as the sampling makes it, and no wider."""
    widths = []
    for lasting in lengths:
        actual, longest, shortest = measured(kind, lasting, relay, on, deadline, now_ns)
        assert actual.lo <= longest
        assert actual.hi >= shortest
        widths.append(actual.width)
    return statistics.median(widths) / EVERY


@pytest.mark.parametrize("kind", KINDS)
def test_the_true_outage_lies_in_the_interval(kind, relay, on, deadline, now_ns):
    assert prove(kind, (0.9, 1.35), relay, on, deadline, now_ns) <= 3.5


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_every_one_of_many_true_outages_lies_in_its_interval(kind, relay, on, deadline, now_ns):
    lengths = [2.3 + 1.5 * (i * 7 % 25) / 25 for i in range(25)]
    assert prove(kind, lengths, relay, on, deadline, now_ns) <= 3.5
