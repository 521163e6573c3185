"""What the probes' tests share: a real cancel, and servers that misbehave on purpose."""

import socket
import threading
import time

import pytest

from drill.model.scenario import Target
from drill.ports import Access

NS = 1_000_000_000


def boottime_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Deadline:
    """A cancel that is asked to stop by time, or by ``stop``."""

    def __init__(self, seconds):
        self.until = boottime_ns() + round(seconds * NS)
        self.asked = threading.Event()

    def stop(self):
        self.asked.set()

    def requested(self):
        return self.remaining() == 0

    def wait(self, seconds):
        self.asked.wait(min(seconds, self.remaining()))
        return self.requested()

    def remaining(self):
        return 0.0 if self.asked.is_set() else max(0.0, (self.until - boottime_ns()) / NS)

    def on_request(self, stop):
        raise NotImplementedError


class Server:
    """A TCP server whose ``serve(sock)`` speaks on each connection, in a thread of its own."""

    def __init__(self, serve):
        self.serve = serve
        self.connections = 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._speak, args=(sock,), daemon=True).start()

    def _speak(self, sock):
        with sock:
            try:
                self.serve(sock)
            except OSError:
                return

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()


@pytest.fixture
def deadline():
    return Deadline


@pytest.fixture
def now_ns():
    return boottime_ns


@pytest.fixture
def on():
    return Access(Target(name="web1", site="a", address="127.0.0.1"))


@pytest.fixture
def server():
    """Return ``start(serve)``; all servers are closed at the end."""
    running = []

    def start(serve):
        running.append(Server(serve))
        return running[-1]

    yield start
    for one in running:
        one.close()
