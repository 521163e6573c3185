"""What a hog does, in a process of its own: it takes, and gives back by ending.

It looks for itself whether its lease lasts, so it ends also where nobody is
left to end it; and where memory runs out, the kernel takes it first
(proc_pid_oom_score_adj(5)), before anything that heals.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Callable

from drill.lease.answers import InvalidError
from drill.lease.machine import Machine

LOOK = 0.5
"""Seconds between two looks at the lease."""
PERIOD = 0.1
"""Seconds in which a share of a processor is taken, and the rest left."""
PIECE = 4
"""MiB that are taken at once."""

Lasts = Callable[[], bool]


def hog_cpu(machine: Machine, lasts: Lasts, percent: int) -> None:
    """Take a share of one processor."""
    while lasts():
        until = machine.now() + LOOK
        while machine.now() < until:
            rest = machine.now() + PERIOD * percent / 100
            while machine.now() < rest:
                pass
            time.sleep(PERIOD * (100 - percent) / 100)


def hog_memory(machine: Machine, lasts: Lasts, floor: int) -> None:
    """Take memory, and write to all of it, until only ``floor`` MiB can still be had."""
    taken = []
    while lasts() and available(machine) >= floor + PIECE:
        taken.append(b"\1" * (PIECE << 20))
    while lasts():
        time.sleep(LOOK)


def hog_processes(machine: Machine, lasts: Lasts, count: int) -> None:
    """Be as many processes more, each of which ends when the first one does."""
    del machine
    readable, writable = os.pipe()
    for _ in range(count):
        if not os.fork():
            os.close(writable)
            os.read(readable, 1)
            os._exit(0)
    os.close(readable)
    while lasts():
        time.sleep(LOOK)


WORKS = {"cpu": hog_cpu, "memory": hog_memory, "processes": hog_processes}


def available(machine: Machine, name: str = "MemAvailable") -> int:
    """Return the MiB that can be had without swapping (proc_meminfo(5))."""
    lines = machine.text("/proc/meminfo").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) >> 10


def be_hog(machine: Machine, lasts: Callable[[str], bool], words: list[str]) -> int:
    """Be a hog: of a token, of a kind, of an amount."""
    if len(words) != len(("token", "kind", "amount")) or words[1] not in WORKS:
        raise InvalidError("a hog is of a token, a kind and an amount")
    Path("/proc/self/oom_score_adj").write_text("1000")
    WORKS[words[1]](machine, lambda: lasts(words[0]), int(words[2]))
    return 0
