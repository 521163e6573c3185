"""``host.clock-skew``: the wall clock is stepped, and back by CLOCK_BOOTTIME, which nobody steps.

The wall clock is one for the whole machine (time_namespaces(7)): a host that
shares its machine has none of its own, and is declined.
"""

from __future__ import annotations

from drill.lease.answers import DirtyError, FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import Machine
from drill.lease.requests import Values

OWN_MACHINE = "user:[4026531837]\npid:[4026531836]\n"
"""The first name spaces of a machine: their numbers are fixed in the kernel."""
NEAR = 1.0
"""Seconds by which a clock that is not corrected for a while may be off."""


def ahead(machine: Machine) -> float:
    """Return by how many seconds the wall clock is ahead of the one that nobody steps."""
    return machine.wall() - machine.now()


def skew_capture(machine: Machine, params: Values) -> Values:
    """See that the clock is the host's own, and that nobody would correct it meanwhile."""
    spaces = machine.run("readlink", "/proc/self/ns/user", "/proc/self/ns/pid")[1]
    if spaces != OWN_MACHINE:
        raise RefusedError("the host has no clock of its own: it shares its machine with others")
    if machine.run("timedatectl", "show", "--property=NTP", "--value")[1].strip() == "yes":
        raise RefusedError(
            "its clock is kept right by NTP, which would end the skew; stop that first, "
            "by a service.stop of systemd-timesyncd or chrony"
        )
    if not params["seconds"]:
        raise RefusedError("a skew of 0 s: nothing to break")
    return {"ahead": ahead(machine), "boot": machine.boot()}


def drift(job: Job) -> float:
    """Return by how many seconds the clock is not as it was; a new boot has set it anew."""
    if job.captured["boot"] != job.machine.boot():
        return 0.0
    return ahead(job.machine) - float(job.captured["ahead"])


def skew_state(job: Job) -> Values:
    """Tell whether the clock goes as it did."""
    return {"right": abs(drift(job)) < NEAR}


def skew_apply(job: Job) -> str:
    """Step the clock, and read it."""
    seconds = job.params["seconds"]
    job.intend(seconds=seconds)
    set_ahead(job, seconds)
    return f"the clock is {abs(seconds)} s {'fast' if seconds > 0 else 'slow'}"


def skew_undo(job: Job) -> None:
    """Step it back by as much; a clock that is right again, or is set otherwise, stays."""
    intent = job.record.get("intent")
    found = drift(job)
    if intent is None or abs(found) < NEAR:
        return
    if abs(found - intent["seconds"]) >= NEAR:
        raise DirtyError(f"somebody else set the clock, which is {found:.0f} s off; it is left so")
    set_ahead(job, 0)


def set_ahead(job: Job, seconds: int) -> None:
    """Set the clock to so many seconds from where it was, and see that it is."""
    machine = job.machine
    try:
        machine.set_wall(machine.now() + float(job.captured["ahead"]) + seconds)
    except OSError as error:
        raise FailedError(f"the clock cannot be set: {error.strerror}") from error
    if abs(drift(job) - seconds) >= NEAR:
        raise FailedError(f"the clock is {drift(job):.0f} s off, not {seconds}")
