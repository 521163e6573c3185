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
from probes.outages import EVERY, NS, STABLE, WITHIN, Watch, view_of

from drill.probes.http import HttpGet, HttpGetParams

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
    url = f"http://127.0.0.1:{relay.port}/health"
    params = HttpGetParams(url=url, expect={"token": "fresh"})
    watch = Watch(lambda cancel: HttpGet().observe(on, params, cancel), deadline, now_ns)
    gate = threading.Event()
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
