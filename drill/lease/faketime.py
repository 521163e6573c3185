"""``service.clock-skew``: a service sees a wall clock that is wrong, by libfaketime.

A drop-in has the dynamic linker load the library before libc (ld.so(8)), and
the unit is started anew. Elapsed time, and the times of files, stay right. Who
asks the kernel past libc sees the true time: what is known to, is declined, and
the library must be seen in the main process.
"""

from __future__ import annotations

import re

from drill.lease.answers import FailedError, RefusedError
from drill.lease.dropins import drop_in_capture, drop_in_state, put_drop_in, take_drop_in
from drill.lease.fault import Job
from drill.lease.machine import EFFECT, Machine
from drill.lease.requests import Values
from drill.lease.units import bring_back, start_anew, unit_of

FAKETIME = "/usr/$LIB/faketime/libfaketimeMT.so.1"
"""Where the package has the library; what $LIB is, the dynamic linker knows."""
SHARED = "/dev/shm"  # noqa: S108  where the library keeps what its processes share
FAKE_TEXT = """\
# drill: this service's clock is {seconds:+} s off
[Service]
Environment=LD_PRELOAD={library}
Environment=FAKETIME={seconds:+}
Environment=DONT_FAKE_MONOTONIC=1
Environment=NO_FAKE_STAT=1
# Read once: a program that clears its environment, as nginx does, would else be right again.
Environment=FAKETIME_CACHE_DURATION=1000000000
"""
DEAF = {
    "postgresql@": "pg_ctlcluster(1) starts PostgreSQL with an environment of its own",
}
"""Units, by how their names begin, whose programs never get what systemd sets."""


def fake_capture(machine: Machine, params: Values) -> Values:
    """See that the service would hear of it, and has no such library already."""
    name = params["unit"]
    captured = drop_in_capture(machine, params)
    if not params["seconds"]:
        raise RefusedError("a skew of 0 s: nothing to break")
    for deaf, why in DEAF.items():
        if name.startswith(deaf):
            raise RefusedError(f"{name} cannot be given a clock: {why}")
    if not fakes(machine):
        raise RefusedError("the package libfaketime is not installed")
    unit = unit_of(machine, name)
    if "LD_PRELOAD=" in unit.get("Environment", "") or is_fooled(machine, name):
        raise RefusedError(f"{name} has libraries loaded first (LD_PRELOAD), which would be lost")
    if not machine.run("grep", "-qaF", "Go buildinf:", f"/proc/{unit['MainPID']}/exe")[0]:
        raise RefusedError(f"{name} is a program in Go, which asks the kernel for the time itself")
    return {**captured, "litter": litter(machine)}


def litter(machine: Machine) -> list[str]:
    """Return what the library has left of processes that were killed, or became another program."""
    found = machine.run("find", SHARED, "-name", "*faketime_*", "-printf", "%f\\n")[1]
    named = (re.fullmatch(r"(?:sem\.)?faketime_s[eh]m_(\d+)", name) for name in found.split("\n"))
    return [one[0] for one in named if one and not has_library(machine, one[1])]


def fakes(machine: Machine) -> bool:
    """Tell whether the library works here: whether date(1) can be made to say another year."""
    past = "FAKETIME=@2000-06-01 00:00:00"
    said = machine.run("env", f"LD_PRELOAD={FAKETIME}", past, "date", "+%Y")[1]
    return said.strip() == "2000"


def has_library(machine: Machine, pid: str) -> bool:
    """Tell whether a process lives and has the library mapped (proc_pid_maps(5))."""
    return "/libfaketime" in machine.text(f"/proc/{pid}/maps")


def is_fooled(machine: Machine, name: str) -> bool:
    """Tell whether the unit runs, its main process with the library."""
    unit = unit_of(machine, name)
    return unit["ActiveState"] == "active" and has_library(machine, unit["MainPID"])


def fake_state(job: Job) -> Values:
    """Return how the unit and its drop-in are, and whether its clock is right."""
    return {**drop_in_state(job), "fooled": is_fooled(job.machine, job.captured["unit"])}


def fake_apply(job: Job) -> str:
    """Put the drop-in there, start the unit anew, and see the library in its main process."""
    name, machine, seconds = job.captured["unit"], job.machine, job.params["seconds"]
    put_drop_in(job, FAKE_TEXT.format(seconds=seconds, library=FAKETIME))
    start_anew(machine, "restart", name)
    if not machine.wait(lambda: is_fooled(machine, name), EFFECT):
        raise FailedError(
            f"{name} runs without libfaketime: is it static, or is its environment set by "
            "whatever starts it?"
        )
    return f"the clock of {name} is {abs(seconds)} s {'fast' if seconds > 0 else 'slow'}"


def fake_undo(job: Job) -> None:
    """Take the drop-in away, start the unit anew if it has the library, and sweep up after that."""
    name, machine = job.captured["unit"], job.machine
    if not take_drop_in(job):
        return
    bring_back(job, "restart", lambda: not is_fooled(machine, name))
    for each in sorted(set(litter(machine)) - set(job.captured["litter"])):
        machine.run("rm", "--force", "--", f"{SHARED}/{each}")
