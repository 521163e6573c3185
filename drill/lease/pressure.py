"""``host.cpu``, ``host.memory``, ``host.processes``: hogs, found again by their token.

Each leaves what the healing needs: a reserve of memory and of process ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Callable, NamedTuple

from drill.lease.answers import FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.hogs import PIECE, available
from drill.lease.machine import Machine
from drill.lease.requests import Values
from drill.lease.units import spared

RESERVED_IDS = 256
"""Process ids that are left to everybody else."""
RESERVED_MEMORY = 256
"""MiB that are left when many processes are started."""
PER_MIB = 2
"""Processes that need a MiB: the kernel's part of each, and the pages it does not share."""
SLACK = 32
"""MiB by which others may have changed what is available while it was looked at."""
SHOWS = 60.0
"""Seconds within which hogs must have taken, or given back, what they take."""


def hogs_of(job: Job) -> list[int]:
    """Return the token's hogs."""
    marked = ["hog", job.record["token"]]

    def words(pid: int) -> list[str]:
        return job.machine.text(f"/proc/{pid}/cmdline").split("\0")[3:5]

    return [pid for pid in job.machine.kin() if words(pid) == marked]


def cpu_capture(machine: Machine, params: Values) -> Values:
    """See how many hogs it takes: one a processor, unless it is said otherwise."""
    seen = [line for line in machine.text("/proc/stat").splitlines() if line.startswith("cpu")]
    return {"hogs": params.get("workers") or len(seen[1:]), "amount": params["percent"]}


def cpu_shows(job: Job) -> bool:
    """Tell whether each hog has had time of a processor (proc_pid_stat(5))."""
    stats = [job.machine.text(f"/proc/{pid}/stat").rpartition(")")[2] for pid in hogs_of(job)]
    busy = [each for each in stats if sum(map(int, each.split()[11:13]))]
    return len(busy) >= int(job.captured["hogs"])


def memory_capture(machine: Machine, params: Values) -> Values:
    """See that there is something to take, above what is to be left."""
    share = available(machine, "MemTotal") * (100 - params["percent"]) // 100
    floor, free = max(share, params["leave"]), available(machine)
    if free < floor + PIECE:
        raise RefusedError(f"{free} MiB are available, {floor} are to be left: nothing to take")
    return {"hogs": 1, "amount": floor}


def memory_shows(job: Job) -> bool:
    """Tell whether only so much is available any more."""
    return bool(hogs_of(job)) and available(job.machine) <= int(job.captured["amount"]) + SLACK


def processes_capture(machine: Machine, params: Values) -> Values:
    """See that enough process ids, and memory, are left."""
    count, room = params["count"], min(free_ids(machine))
    if room - count < RESERVED_IDS:
        raise RefusedError(
            f"only {room} more processes can be, and {RESERVED_IDS} are left to others"
        )
    spare = available(machine) - RESERVED_MEMORY
    if count > spare * PER_MIB:
        raise RefusedError(f"{count} processes need {count // PER_MIB} MiB; {spare} can be spared")
    return {"hogs": 1, "amount": count}


def free_ids(machine: Machine) -> Iterator[int]:
    """Yield how many processes more each limit allows: the kernel's, and every cgroup's above."""
    running = int(machine.text("/proc/loadavg").split()[3].partition("/")[2])
    for name in ("pid_max", "threads-max"):
        yield int(machine.text(f"/proc/sys/kernel/{name}")) - running
    for line in machine.text("/proc/self/cgroup").splitlines():
        path = line.partition("::")[2].rstrip("/") if line.startswith("0::") else ""
        while path:
            most, now = (
                machine.text(f"/sys/fs/cgroup{path}/pids.{name}").strip()
                for name in ("max", "current")
            )
            if most.isdigit() and now.isdigit():
                yield int(most) - int(now)
            path = path.rpartition("/")[0]


def processes_show(job: Job) -> bool:
    """Tell whether all of them are there."""
    return len(hogs_of(job)) > int(job.captured["amount"])


def ambush_capture(machine: Machine, params: Values) -> Values:
    """See that it is nothing that the way back needs."""
    del machine
    return {"hogs": 1, "amount": f"{spared(params['name'])},{params['after']}"}


class Load(NamedTuple):
    """One kind of pressure."""

    kind: str
    shows: Callable[[Job], bool]
    told: str = "{hogs} hogs of {kind}, {amount}"


CPU = Load("cpu", cpu_shows)
MEMORY = Load("memory", memory_shows)
PROCESSES = Load("processes", processes_show)
AMBUSH = Load("ambush", lambda job: bool(hogs_of(job)), "lies in wait for {amount} bytes written")


def pressure_state(job: Job) -> Values:
    """Return how many hogs there are."""
    return {"hogs": len(hogs_of(job))}


def pressure_apply(load: Load, job: Job) -> str:
    """Start the hogs, and see them take."""
    count, amount = job.captured["hogs"], job.captured["amount"]
    for _ in range(count):
        job.machine.start("hog", job.record["token"], load.kind, str(amount))
    if not job.machine.wait(lambda: load.shows(job), SHOWS):
        raise FailedError(f"{len(hogs_of(job))} hogs are there, but do not take what they should")
    return load.told.format(hogs=len(hogs_of(job)), kind=load.kind, amount=amount)


def pressure_undo(job: Job) -> None:
    """End the hogs, also those that were born meanwhile."""

    def none_left() -> bool:
        left = hogs_of(job)
        for pid in left:
            job.machine.kill(pid, "KILL")
        return not left

    if not job.machine.wait(none_left, SHOWS):
        raise FailedError(f"{len(hogs_of(job))} hogs are still there")
