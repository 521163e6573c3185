"""``service.stop``, and what other faults know of systemd's units (systemctl(1))."""

from __future__ import annotations

from typing import Callable

from drill.lease.answers import DirtyError, FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import EFFECT, Machine
from drill.lease.requests import Values, like

UNIT_NAME = like(r"[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\@-]{0,254}")


def unit_of(machine: Machine, name: str) -> Values:
    """Look at a systemd unit (systemctl(1))."""
    shown = (
        "LoadState,ActiveState,UnitFileState,MainPID,ControlGroup,FragmentPath,DropInPaths,"
        "NRestarts,Type,Environment"
    )
    code, out, err = machine.run("systemctl", "show", f"--property={shown}", "--", name)
    if code:
        raise RefusedError(f"systemctl cannot show {name}: {err.strip()}")
    return dict(line.partition("=")[::2] for line in out.splitlines())


def shape_of(unit: Values) -> Values:
    """Return what of a unit only people change."""
    names = ("LoadState", "UnitFileState", "FragmentPath", "DropInPaths")
    return {name: unit.get(name, "") for name in names}


def running_unit(machine: Machine, name: str) -> Values:
    """Look at a unit that must run, or breaking it proves nothing."""
    unit = unit_of(machine, name)
    if unit.get("LoadState") != "loaded":
        raise RefusedError(f"there is no unit {name}")
    if unit.get("ActiveState") != "active":
        raise RefusedError(f"{name} is {unit.get('ActiveState')}, not active: nothing to break")
    return unit


def start_anew(machine: Machine, verb: str, name: str) -> None:
    """Start or restart a unit, however often that was done of late."""
    machine.run("systemctl", "reset-failed", "--", name)  # one that failed too often stays down
    machine.run("systemctl", verb, "--", name)


def bring_back(job: Job, verb: str, back: Callable[[], bool]) -> None:
    """Start a unit, unless it is back by itself, or somebody gave it another shape."""
    name, machine = job.captured["unit"], job.machine
    if shape_of(unit_of(machine, name)) != job.captured["shape"]:
        raise DirtyError(f"{name} was changed by somebody else; it is left as it is")
    if unit_of(machine, name)["ActiveState"] == "active" and back():
        return
    start_anew(machine, verb, name)

    def is_back() -> bool:
        return unit_of(machine, name)["ActiveState"] == "active" and back()

    if not machine.wait(is_back, EFFECT):
        raise FailedError(f"{name} is {unit_of(machine, name)['ActiveState']}: it does not start")


def stop_capture(machine: Machine, params: Values) -> Values:
    """See that the unit runs."""
    return {
        "unit": params["unit"],
        "shape": shape_of(running_unit(machine, spared(params["unit"]))),
    }


def unit_state(job: Job) -> Values:
    """Return a unit's shape, and whether it runs."""
    unit = unit_of(job.machine, job.captured["unit"])
    return {"runs": unit.get("ActiveState") == "active", **shape_of(unit)}


def stop_apply(job: Job) -> str:
    """Stop it, and see that it stopped."""
    name = job.params["unit"]
    _, _, err = job.machine.run("systemctl", "stop", "--", name)
    active = unit_of(job.machine, name)["ActiveState"]
    if active not in {"inactive", "failed"}:
        raise FailedError(f"{name} is still {active}: {err.strip()}")
    return f"{name} is {active}"


def stop_undo(job: Job) -> None:
    """Start it, unless it runs."""
    bring_back(job, "start", lambda: True)


LIFELINE = frozenset(
    {
        *("dbus", "dbus-broker", "init", "ssh", "sshd", "sudo", "systemd", "systemd-journald"),
        "drill-deadman",
    }
)
"""Names of processes, and of units without their suffix, that a way back needs."""


def spared(name: str) -> str:
    """Return a name, unless the way back needs what it names."""
    stem = name.rpartition(".")[0] if name.endswith((".service", ".socket")) else name
    if stem.partition("@")[0] in LIFELINE:
        raise RefusedError(f"{name} is what drill needs to undo a fault; break something else")
    return name
