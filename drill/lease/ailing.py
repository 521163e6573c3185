"""``host.disk-slow`` and ``host.disk-errors``: a directory whose disk ails.

A file system that passes all on but for that is mounted over the directory, for
every mount name space that hears of new mounts. Who has a file open there, or
works in there, goes on without it; and after the undo, who came through it goes
on through it, and is ailed no more: its process ends when the last one has left.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Callable

from drill.lease.ailment import mount_name
from drill.lease.answers import DirtyError, FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import EFFECT, Machine
from drill.lease.paths import OWN_NAME
from drill.lease.pressure import hogs_of, pressure_undo
from drill.lease.requests import Values
from drill.lease.storage import (
    NEEDED,
    free_room,
    mounts_in,
    mounts_over,
    must_stand_alone,
    takes_writing,
    to_cover,
)

RUNS_BY = ("/bin", "/lib", "/lib32", "/lib64", "/sbin", "/usr", sys.base_prefix)
"""Where the programs are that undo a fault."""
REMOTE_DISKS = ("afs", "ceph", "cifs", "fuseblk", "nfs", "smb2")
"""Kinds of file systems on which root may have to ask somebody else (stat(1), %T)."""
DOUBT = 1e-6
"""How improbable it is that a disk that fails as told is not seen to."""

Sees = Callable[[Job, str], bool]
"""Tells whether an operation is ailing."""


def ailing_capture(machine: Machine, params: Values) -> Values:
    """See that FUSE can be had, and that nothing stands there that would be in the way."""
    path = to_cover(machine, params["directory"], (*NEEDED, *RUNS_BY))
    if not takes_writing(machine, path):
        raise RefusedError(f"{path} is read-only: another fault may stand there")
    if not params["operations"]:
        raise RefusedError("no operations are told: nothing to break")
    if (kind := free_room(machine, path)[1]) in REMOTE_DISKS:
        raise RefusedError(f"{path} is on {kind}, where root is not asked")
    if machine.text("/sys/fs/selinux/enforce").strip() == "1":
        raise RefusedError("SELinux is enforcing: services may not use what FUSE mounts")
    code, _, err = machine.run("dd", "if=/dev/fuse", "of=/dev/null", "count=0")  # it only opens it
    if code:
        raise RefusedError(f"FUSE cannot be had: {err.strip()}")
    return {}


def own_mount(job: Job) -> list[str]:
    """Return how the token's own file system is mounted there; nothing, if it is not."""
    for line in job.machine.text("/proc/self/mountinfo").splitlines():
        fields = line.split()
        source = fields[fields.index("-") + 2]
        if fields[4] == job.params["directory"] and source == mount_name(job.record["token"]):
            return [fields[3], fields[5]]
    return []


def ailing_state(job: Job) -> Values:
    """Return what is mounted there."""
    return {"mounts": mounts_over(job.machine, job.params["directory"])}


def probe_of(job: Job) -> str:
    """Return the file that is there only while it ails."""
    return f"{job.params['directory']}/{OWN_NAME}{job.record['token']}"


def ailing_apply(sees: Sees, job: Job) -> str:
    """Have it mounted, and see each operation ail."""
    path, token = job.params["directory"], job.record["token"]
    must_stand_alone(job.machine, path)
    intent = {"boot": job.machine.boot(), "before": len(mounts_over(job.machine, path))}
    job.intend(**intent, lifting=False, mounted=None)
    job.machine.start("hog", token, "disk", json.dumps({**job.params, "token": token}))
    if not job.machine.wait(lambda: bool(own_mount(job)), EFFECT):
        raise FailedError(f"nothing can be mounted over {path} by FUSE")
    job.intend(**intent, lifting=False, mounted=own_mount(job))
    well = [each for each in job.params["operations"] if not sees(job, each)]
    if well:
        raise FailedError(f"{', '.join(well)} is as before in {path}")
    return f"{', '.join(job.params['operations'])} ails in {path}"


def slow_seen(job: Job, operation: str) -> bool:
    """Tell whether an operation takes as much longer as it should."""
    seconds, failed = job.machine.strain(probe_of(job), operation, 1)
    return not failed and seconds * 1000 >= job.params["delay"]


def failure_seen(job: Job, operation: str) -> bool:
    """Tell whether an operation fails, tried so often that it must have."""
    share = job.params["percent"] / 100
    most = 1 if share == 1 else math.ceil(math.log(DOUBT) / math.log(1 - share))
    return job.machine.strain(probe_of(job), operation, most)[1]


def ailing_undo(job: Job) -> str | None:
    """Let it pass all on, then take it off; who came through it goes on through it."""
    path, intent = job.params["directory"], job.record.get("intent")
    if intent is None or intent["boot"] != job.machine.boot():  # no mount outlives its boot
        return None
    if not (own_mount(job) or intent["mounted"] or intent["lifting"]):
        pressure_undo(job)  # it may be about to mount
    alive = bool(hogs_of(job))
    make_well(job)
    mounted = own_mount(job)
    if not mounted:
        return None
    others = len(mounts_over(job.machine, path)) - 1 != intent["before"]
    if others or mounts_in(job.machine, path) or mounted != (intent["mounted"] or mounted):
        raise DirtyError(f"somebody else changed what is mounted at {path}; it is left so")
    job.intend(**{**intent, "lifting": True})
    code, _, err = job.machine.run("umount", "--lazy", path)
    if code or own_mount(job):
        raise FailedError(f"{path} cannot be unmounted: {err.strip()}")
    return None if alive else "as it was, read back; what ailed it had died before"


def make_well(job: Job) -> None:
    """End the ailment, and see that it is over, whether anything can be taken off or not."""
    for pid in hogs_of(job):
        job.machine.kill(pid, "USR1")
        job.machine.kill(pid, "CONT")
    if not job.machine.wait(lambda: bool(job.machine.run("test", "-e", probe_of(job))[0]), EFFECT):
        raise FailedError(f"{job.params['directory']} still ails")
