"""What the probes' tests share: a real cancel, and servers that misbehave on purpose."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import pytest

from drill.model.targets import Target
from drill.ports import Access

NS = 1_000_000_000

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
"""Where Debian's package ``postgresql`` keeps initdb and pg_ctl, which are not on PATH."""


def unprivileged():
    """Return who runs PostgreSQL, as arguments of :func:`subprocess.run`."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return {"user": names.get("postgres", names["nobody"]), "extra_groups": []}


UNPRIVILEGED = unprivileged()


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


class Cluster:
    """A throw-away PostgreSQL, run by somebody who is not root, because it refuses root."""

    def __init__(self, home, options=()):
        self.home = home
        self.port = free_port()
        self.options = options

    @property
    def dsn(self):
        return f"host=127.0.0.1 port={self.port} user=drill dbname=postgres"

    def run(self, tool, *arguments):
        subprocess.run(
            [BIN / tool, *arguments],
            check=True,
            capture_output=True,
            cwd=self.home,
            timeout=60,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"},
            **UNPRIVILEGED,
        )

    def init(self):
        flags = ("--auth=trust", "--username=drill", "--no-sync", "--encoding=UTF8")
        self.run("initdb", "--pgdata", self.home / "data", *flags)

    def follow(self, other):
        """Become a streaming standby of another cluster."""
        self.run(
            "pg_basebackup",
            f"--pgdata={self.home / 'data'}",
            f"--dbname={other.dsn}",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
        )

    def start(self):
        settings = (
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.home}",
            "fsync=off",
            "max_connections=50",
            *self.options,
        )
        options = " ".join(f"-c {setting}" for setting in settings)
        log = self.home / "log"
        self.run("pg_ctl", "-D", self.home / "data", "-l", log, "-o", options, "-w", "start")

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "-D", self.home / "data", "-m", mode, "-w", "stop")

    def sql(self, statement, *values):
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture(scope="session")
def new_cluster():
    """Return ``new(*settings)``: a cluster that is not made yet, in a directory of its own."""
    homes = []

    def new(*settings):
        home = Path(tempfile.mkdtemp(prefix="drill-pg-"))
        os.chown(home, UNPRIVILEGED.get("user", os.getuid()), -1)
        homes.append(Cluster(home, settings))
        return homes[-1]

    yield new
    for cluster in homes:
        with contextlib.suppress(subprocess.CalledProcessError):
            cluster.stop()
        shutil.rmtree(cluster.home)


@pytest.fixture(scope="session")
def primary(new_cluster):
    cluster = new_cluster("wal_level=replica")
    cluster.init()
    cluster.start()
    return cluster


@pytest.fixture(scope="session")
def standby(new_cluster, primary):
    cluster = new_cluster("hot_standby=on")
    cluster.follow(primary)
    cluster.start()
    return cluster
