"""What ails a disk, in a process of its own that stands between a directory and who works in it.

It serves as long as anybody has a file open through it; when the fault ends, it
passes on all at once and as it is.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import threading
import time
from typing import Callable

from drill.lease.fuse import FuseDevice
from drill.lease.machine import Machine
from drill.lease.passthrough import Passthrough
from drill.lease.paths import OWN_NAME
from drill.lease.requests import Values

AILMENT_LOOK = 0.5
"""Seconds between two looks at the lease."""
CHANCES = 1 << 32


class Ailment:
    """What comes before each read, write and fsync: a wait, or a failure; none when it is over.

    ``told``: ``operations`` that it strikes; ``delay`` in ms and ``kib`` a second
    for all together, if any; or ``percent`` of them that fail.
    """

    def __init__(self, told: Values) -> None:
        self.over = threading.Event()
        self._told = told
        self._lock = threading.Lock()
        self._free = 0.0

    def strike(self, operation: str, size: int) -> None:
        """Strike one operation of so many bytes."""
        if self.over.is_set() or operation not in self._told["operations"]:
            return
        if "percent" not in self._told:
            self.over.wait(self._wait(size))
        elif int.from_bytes(os.urandom(4), "big") * 100 < self._told["percent"] * CHANCES:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _wait(self, size: int) -> float:
        """Return the seconds that it takes more: all bytes pass one behind the other."""
        now, rate = time.monotonic(), int(self._told.get("kib") or 0) << 10
        with self._lock:
            self._free = max(self._free, now) + (size / rate if rate else 0.0)
            return int(self._told["delay"]) / 1000 + self._free - now


def mount_name(token: str) -> str:
    """Return what the mount table calls a fault's file system (proc_pid_mountinfo(5))."""
    return f"drill-{token}"


def hog_disk(machine: Machine, lasts: Callable[[], bool], amount: str) -> None:
    """Be the file system over a directory, until nobody uses it any more."""
    del machine
    told = json.loads(amount)
    os.umask(0)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    ailment = Ailment(told)
    signal.signal(signal.SIGUSR1, lambda *_: ailment.over.set())
    root = os.open(told["directory"], os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
    probe = f"{OWN_NAME}{told['token']}".encode()
    served = Passthrough(root, ailment.strike, probe, lambda: not ailment.over.is_set())
    device = FuseDevice()
    device.mount(root, mount_name(told["token"]))
    device.serve(served.answered)
    while not device.ended.wait(AILMENT_LOOK):
        if not ailment.over.is_set() and not lasts():
            ailment.over.set()
