"""What a hog does, in a process of its own: it takes, and gives back by ending.

It looks for itself whether its lease lasts, so it ends also where nobody is
left to end it; and where memory runs out, the kernel takes it first
(proc_pid_oom_score_adj(5)), before anything that heals. But the one that others
work through must stay, and is among the last.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Callable

from drill.lease.ailment import hog_disk
from drill.lease.answers import InvalidError
from drill.lease.machine import Machine
from drill.lease.processes import look
from drill.lease.relay import hog_relay

LOOK = 0.5
"""Seconds between two looks at the lease."""
GLANCE = 0.05
"""Seconds between two looks for a victim."""
PERIOD = 0.1
"""Seconds in which a share of a processor is taken, and the rest left."""
PIECE = 4
"""MiB that are taken at once."""

Lasts = Callable[[], bool]


def hog_cpu(machine: Machine, lasts: Lasts, amount: str) -> None:
    """Take a share of one processor."""
    percent = int(amount)
    while lasts():
        until = machine.now() + LOOK
        while machine.now() < until:
            rest = machine.now() + PERIOD * percent / 100
            while machine.now() < rest:
                pass
            time.sleep(PERIOD * (100 - percent) / 100)


def hog_memory(machine: Machine, lasts: Lasts, amount: str) -> None:
    """Take memory, and write to all of it, until only so many MiB can still be had."""
    taken, floor = [], int(amount)
    while lasts() and available(machine) >= floor + PIECE:
        taken.append(b"\1" * (PIECE << 20))
    while lasts():
        time.sleep(LOOK)


def hog_processes(machine: Machine, lasts: Lasts, amount: str) -> None:
    """Be as many processes more, each of which ends when the first one does."""
    del machine
    readable, writable = os.pipe()
    for _ in range(int(amount)):
        if not os.fork():
            os.close(writable)
            os.read(readable, 1)
            os._exit(0)
    os.close(readable)
    while lasts():
        time.sleep(LOOK)


def hog_ambush(machine: Machine, lasts: Lasts, amount: str) -> None:
    """Kill each process of a name when it has written so many bytes (proc_pid_io(5))."""
    name, _, most = amount.partition(",")
    while lasts():
        until = machine.now() + LOOK
        while machine.now() < until:
            for pid in victims_in_sight(machine, name):
                if written(machine, pid) >= int(most):
                    machine.kill(pid, "KILL")
            time.sleep(GLANCE)


def victims_in_sight(machine: Machine, name: str) -> list[int]:
    """Return the living processes of a name."""
    seen = [look(machine, pid) for pid in machine.pids()]
    return [each[0][0] for each in seen if each is not None and each[2] == name]


def written(machine: Machine, pid: int) -> int:
    """Return how many bytes a process has written, to whatever it was."""
    lines = machine.text(f"/proc/{pid}/io").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("wchar:"))


WORKS = {
    "ambush": hog_ambush,
    "cpu": hog_cpu,
    "disk": hog_disk,
    "memory": hog_memory,
    "processes": hog_processes,
    "relay": hog_relay,
}


def available(machine: Machine, name: str = "MemAvailable") -> int:
    """Return the MiB that can be had without swapping (proc_meminfo(5))."""
    lines = machine.text("/proc/meminfo").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) >> 10


def be_hog(machine: Machine, lasts: Callable[[str], bool], words: list[str]) -> int:
    """Be a hog: of a token, of a kind, of an amount."""
    if len(words) != len(("token", "kind", "amount")) or words[1] not in WORKS:
        raise InvalidError("a hog is of a token, a kind and an amount")
    with contextlib.suppress(PermissionError):  # to be among the last is not everybody's to say
        Path("/proc/self/oom_score_adj").write_text("-900" if words[1] == "disk" else "1000")
    WORKS[words[1]](machine, lambda: lasts(words[0]), words[2])
    return 0
