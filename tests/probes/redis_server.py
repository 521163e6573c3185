"""A real Redis for tests."""

import contextlib
import socket
import subprocess
import threading

import redis


class Redis:
    """A throw-away Redis with its own directory, on loopback."""

    def __init__(self, home, *settings):
        self.home, self.settings = home, settings
        self.home.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://:word@127.0.0.1:{self.port}/0"
        self.child = None

    def start(self):
        self.child = subprocess.Popen(
            [
                *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", self.home, "--save", "", "--requirepass", "word"),
                *("--masterauth", "word", "--logfile", "log", "--repl-diskless-sync-delay", "0"),
                *("--enable-debug-command", "local", *self.settings),
            ]
        )
        gate = threading.Event()
        for _ in range(200):
            with contextlib.suppress(redis.ConnectionError), self.client() as client:
                client.ping()
                return self
            gate.wait(0.02)
        raise AssertionError((self.home / "log").read_text())

    def client(self):
        return redis.Redis.from_url(self.url, decode_responses=True)

    def ask(self, *words):
        with self.client() as client:
            return client.execute_command(*words)

    def kill(self):
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def followed(self):
        """Wait until its replica gets what it is told.

        The replica's link is up before that: the stream begins with its first
        acknowledgement, and that comes with a clock of one second.
        """
        with self.client() as client:
            client.publish("followed", "")  # goes to replicas, and leaves no key
            assert client.wait(1, 10_000) == 1, "no replica ever followed"
