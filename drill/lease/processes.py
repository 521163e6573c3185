"""``process.kill`` and ``process.pause``: by process id *and* start time (proc(5))."""

from __future__ import annotations

import re
from typing import Any

from drill.lease.answers import FailedError, InvalidError, RefusedError, UnsureError
from drill.lease.fault import Job
from drill.lease.machine import EFFECT, Machine
from drill.lease.requests import Values
from drill.lease.units import bring_back, running_unit, shape_of, spared, unit_of

Key = tuple[int, int]
"""A process's id and its start: no later process has both, until the next boot."""
MOST_PROCESSES = 500


def look(machine: Machine, pid: int) -> tuple[Key, str, str] | None:
    """Return a process's id with its start, its state and its name (proc(5)); None: no such."""
    head, _, rest = machine.text(f"/proc/{pid}/stat").rpartition(")")
    fields = rest.split()
    if not fields or fields[0] in "ZX" or pid <= 1:
        return None
    return (pid, int(fields[19])), fields[0], head.partition("(")[2]


def chosen(machine: Machine, params: Values) -> dict[Key, str]:
    """Return the living processes that are meant, and their states."""
    unit, name = params.get("unit"), params.get("name")
    if (unit is None) == (name is None):
        raise InvalidError("choose by unit or by name, not both")
    pids = machine.pids()
    if unit is not None:
        group = unit_of(machine, spared(unit)).get("ControlGroup")
        # Which of them is there depends on the cgroup version, and on systemd's mode.
        roots = ("", "/unified", "/systemd") if group else ()
        files = [machine.text(f"/sys/fs/cgroup{root}{group}/cgroup.procs") for root in roots]
        members = {int(pid) for text in files for pid in text.split()}
        pids = [pid for pid in pids if pid in members]
    else:
        spared(str(name))
    seen = [found for found in (look(machine, pid) for pid in pids) if found is not None]
    found = {key: state for key, state, comm in seen if name in {None, comm}}
    if len(found) > MOST_PROCESSES:
        raise RefusedError(f"{len(found)} processes are more than {MOST_PROCESSES}")
    return found


def keys(values: Any) -> set[Key]:
    """Return the process keys that a record keeps."""
    return {(pid, start) for pid, start in values}


def victims(machine: Machine, params: Values) -> list[Key]:
    """Return which processes are killed: of a unit, its main one."""
    found = chosen(machine, params)
    if params.get("unit") is None:
        return sorted(found)
    main = int(unit_of(machine, params["unit"]).get("MainPID") or 0)
    return [key for key in found if key[0] == main]


def kill_capture(machine: Machine, params: Values) -> Values:
    """See which they are, and which one unit can bring them back."""
    found = victims(machine, params)
    if not found and params.get("unit") is None:
        raise RefusedError(f"processes named {params['name']}: no such process, nothing to break")
    owners = {params.get("unit") or owner_of(machine, pid) for pid, _ in found}
    owner = params.get("unit") or (owners.pop() if len(owners) == 1 else "")
    if not owner:
        raise RefusedError("not of one unit, so nobody could bring them back")
    unit = running_unit(machine, spared(owner))
    if not found:
        raise RefusedError(f"{owner} has no main process: nothing to break")
    return {"unit": owner, "shape": shape_of(unit), "processes": found}


def owner_of(machine: Machine, pid: int) -> str:
    """Return the service whose cgroup a process is in; empty: none."""
    parts = re.split(r"[/\n]", machine.text(f"/proc/{pid}/cgroup"))
    return next((part for part in parts if part.endswith(".service")), "")


def kill_apply(job: Job) -> str:
    """Kill exactly the captured ones, and see them gone."""
    captured = keys(job.captured["processes"])

    def left() -> list[Key]:
        found = (look(job.machine, pid) for pid, _ in captured)
        return [each[0] for each in found if each is not None and each[0] in captured]

    count = len(left())
    if not count:
        raise FailedError("they ended before they were killed")
    for pid, _ in left():
        job.machine.kill(pid, job.params["signal"])
    if not job.machine.wait(lambda: not left(), EFFECT):
        raise UnsureError(f"{len(left())} are still there after SIG{job.params['signal']}")
    return f"{count} killed"


def kill_undo(job: Job) -> None:
    """Bring the unit back, with as many processes as there were."""
    wanted = len(job.captured["processes"])
    bring_back(job, "restart", lambda: len(victims(job.machine, job.params)) >= wanted)


def pause_capture(machine: Machine, params: Values) -> Values:
    """See which were stopped before: they stay so."""
    found = chosen(machine, params)
    stopped = sorted(key for key, state in found.items() if state == "T")
    if len(stopped) == len(found):
        raise RefusedError("none of these processes is running: nothing to break")
    return {"stopped": stopped}


def pause_state(job: Job) -> Values:
    """Return which of the chosen are stopped."""
    found = chosen(job.machine, job.params)
    return {"stopped": sorted(list(key) for key, state in found.items() if state == "T")}


def pause_apply(job: Job) -> str:
    """Stop them, also those born meanwhile; each is written down before it is stopped."""
    ours: set[Key] = set()

    def all_stopped() -> bool:
        found = chosen(job.machine, job.params)
        run = [key for key, state in found.items() if state != "T"]
        if not ours.issuperset(run):
            ours.update(run)
            job.intend(stopped=sorted(ours))
        for pid, _ in run:
            job.machine.kill(pid, "STOP")
        return not run

    if not job.machine.wait(all_stopped, EFFECT):
        raise UnsureError("some of the processes still run")
    if not chosen(job.machine, job.params):
        raise FailedError("the processes are all gone")
    return f"{len(ours)} paused"


def pause_undo(job: Job) -> None:
    """Let continue exactly those that were written down."""
    ours = keys(job.record.get("intent", {}).get("stopped", ()))

    def none_stopped() -> bool:
        found = [look(job.machine, pid) for pid, _ in ours]
        held = [each[0] for each in found if each and each[0] in ours and each[1] == "T"]
        for pid, _ in held:
            job.machine.kill(pid, "CONT")
        return not held

    if not job.machine.wait(none_stopped, EFFECT):
        raise FailedError("some of the processes are still stopped")
