"""``service.crash-loop``: a unit dies again whenever it is started (systemd.service(5)).

A drop-in in /run, which no reboot keeps, lets a command fail after each start:
systemd then ends the service, and starts it again a second later.
"""

from __future__ import annotations

from drill.lease.answers import DirtyError, FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import EFFECT, Machine
from drill.lease.requests import Values
from drill.lease.units import bring_back, stop_capture, unit_of, unit_state

CRASH_TEXT = """\
# drill: this service dies {lives} s after each start
[Unit]
StartLimitIntervalSec=0
[Service]
Restart=always
RestartSec=1s
TimeoutStartSec=infinity
ExecStartPost=/bin/sleep {lives}
ExecStartPost=/bin/false
"""


def crash_capture(machine: Machine, params: Values) -> Values:
    """See that it is a service that runs, and goes on running once it was started."""
    name = params["unit"]
    if not name.endswith(".service"):
        raise RefusedError(f"{name} is no service; say its whole name, with .service")
    captured = stop_capture(machine, params)
    if unit_of(machine, name).get("Type") == "oneshot":
        raise RefusedError(f"{name} is a oneshot service: it ends by itself")
    return captured


def crash_place(job: Job) -> str:
    """Return the token's own drop-in."""
    return f"/run/systemd/system/{job.captured['unit']}.d/drill-{job.record['token']}.conf"


def crash_state(job: Job) -> Values:
    """Return how the unit is, and what the drop-in says, if it is there."""
    return {**unit_state(job), "drop-in": job.machine.text(crash_place(job))}


def deaths(job: Job) -> int:
    """Return how often systemd has started it again by itself."""
    return int(unit_of(job.machine, job.captured["unit"]).get("NRestarts") or 0)


def crash_apply(job: Job) -> str:
    """Put the drop-in there, start the unit anew, and see it die and start again."""
    name, machine, lives = job.captured["unit"], job.machine, job.params["lives"]
    text = CRASH_TEXT.format(lives=lives)
    job.intend(text=text)
    before = deaths(job)
    code, _, err = machine.run(
        "install", "-D", "-m", "0644", "--", "/dev/stdin", crash_place(job), given=text
    )
    if code:
        raise FailedError(f"the drop-in cannot be written: {err.strip()}")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "--no-block", "--", name)
    if not machine.wait(lambda: deaths(job) not in {0, before}, lives + 2 * EFFECT):
        raise FailedError(f"{name} does not die")
    return f"{name} dies {lives} s after each start"


def crash_undo(job: Job) -> None:
    """Take the drop-in away, unless somebody else has changed it, and start the unit."""
    intent = job.record.get("intent")
    if intent is None:
        return
    place, machine = crash_place(job), job.machine
    if machine.text(place) not in {"", intent["text"]}:
        raise DirtyError(f"somebody else changed {place}; it is left so")
    machine.run("rm", "--force", "--", place)
    machine.run("rmdir", "--ignore-fail-on-non-empty", "--", place.rpartition("/")[0])
    machine.run("systemctl", "daemon-reload")
    bring_back(job, "restart", lambda: True)
