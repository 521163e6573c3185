"""A token's own drop-in of a service: in /run, which no reboot keeps (systemd.unit(5))."""

from __future__ import annotations

from drill.lease.answers import DirtyError, FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import Machine
from drill.lease.requests import Values
from drill.lease.units import stop_capture, unit_of, unit_state


def drop_in_capture(machine: Machine, params: Values) -> Values:
    """See that it is a service that runs, and goes on running once it was started."""
    name = params["unit"]
    if not name.endswith(".service"):
        raise RefusedError(f"{name} is no service; say its whole name, with .service")
    captured = stop_capture(machine, params)
    if unit_of(machine, name).get("Type") == "oneshot":
        raise RefusedError(f"{name} is a oneshot service: it ends by itself")
    return captured


def drop_in_place(job: Job) -> str:
    """Return the path of the token's own."""
    return f"/run/systemd/system/{job.captured['unit']}.d/drill-{job.record['token']}.conf"


def drop_in_state(job: Job) -> Values:
    """Return how the unit is, and what the drop-in says, if it is there."""
    return {**unit_state(job), "drop-in": job.machine.text(drop_in_place(job))}


def put_drop_in(job: Job, text: str) -> None:
    """Put it there; it has no effect before the unit is started anew."""
    job.intend(text=text)
    code, _, err = job.machine.run(
        "install", "-D", "-m", "0644", "--", "/dev/stdin", drop_in_place(job), given=text
    )
    if code:
        raise FailedError(f"the drop-in cannot be written: {err.strip()}")
    job.machine.run("systemctl", "daemon-reload")


def take_drop_in(job: Job) -> bool:
    """Take it away, unless somebody else has changed it; tell whether it was ever meant to be."""
    intent = job.record.get("intent")
    if intent is None:
        return False
    place, machine = drop_in_place(job), job.machine
    if machine.text(place) not in {"", intent["text"]}:
        raise DirtyError(f"somebody else changed {place}; it is left so")
    machine.run("rm", "--force", "--", place)
    machine.run("rmdir", "--ignore-fail-on-non-empty", "--", place.rpartition("/")[0])
    machine.run("systemctl", "daemon-reload")
    return True
