"""``service.crash-loop``: a unit dies again whenever it is started (systemd.service(5)).

A drop-in lets a command fail after each start: systemd then ends the service,
and starts it again a second later.
"""

from __future__ import annotations

from drill.lease.answers import FailedError
from drill.lease.dropins import put_drop_in, take_drop_in
from drill.lease.fault import Job
from drill.lease.machine import EFFECT
from drill.lease.units import bring_back, unit_of

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


def deaths(job: Job) -> int:
    """Return how often systemd has started it again by itself."""
    return int(unit_of(job.machine, job.captured["unit"]).get("NRestarts") or 0)


def crash_apply(job: Job) -> str:
    """Put the drop-in there, start the unit anew, and see it die and start again."""
    name, machine, lives = job.captured["unit"], job.machine, job.params["lives"]
    before = deaths(job)
    put_drop_in(job, CRASH_TEXT.format(lives=lives))
    machine.run("systemctl", "restart", "--no-block", "--", name)
    if not machine.wait(lambda: deaths(job) not in {0, before}, lives + 2 * EFFECT):
        raise FailedError(f"{name} does not die")
    return f"{name} dies {lives} s after each start"


def crash_undo(job: Job) -> None:
    """Take the drop-in away, and start the unit."""
    if take_drop_in(job):
        bring_back(job, "restart", lambda: True)
