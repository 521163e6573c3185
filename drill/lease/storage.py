"""``host.disk-full`` and ``host.read-only``: a directory that takes nothing more.

A full file system keeps enough room for the healing, which writes little. A
read-only directory is covered by itself, for every mount name space that hears
of new mounts; who holds a file open for writing goes on writing (mount(2)).
"""

from __future__ import annotations

import re

from drill.lease.ailment import mount_name
from drill.lease.answers import DirtyError, FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.hogs import available
from drill.lease.machine import Machine
from drill.lease.paths import OWN_NAME
from drill.lease.requests import Values

MEMORY_KEPT = 256
"""MiB that are left when what is filled is kept in memory."""
HEALING_KEPT = 16
"""MiB that are left on a file system that the healing writes to."""
FILL_SLACK = 8
"""MiB by which others may have changed what is free while it was looked at."""
COVER_SINCE = (5, 12)
"""The kernel that has mount_setattr(2)."""
NEEDED = (
    *("/dev", "/etc/systemd", "/proc", "/run", "/sys"),
    *("/usr/local/sbin", "/var/lib/drill"),
)
"""What a way back reads and writes, or is the kernel's own."""
WRITTEN = ("/var/lib", "/etc", "/run", "/usr/local")
"""Where it writes, or rather what is always there of that."""


def directory(machine: Machine, path: str) -> str:
    """Return a directory's path, which must be the one that it really has."""
    code, real, _ = machine.run("readlink", "-e", "--", path)
    kind = machine.run("stat", "-c", "%F", "--", path)[1].strip()
    if code or kind != "directory":
        raise RefusedError(f"there is no directory {path}")
    if real.strip() != path:
        raise RefusedError(f"{path} is really {real.strip()}; say that")
    return path


def free_room(machine: Machine, path: str) -> tuple[int, str]:
    """Return the MiB that anybody may still fill there, and the kind of file system."""
    code, out, err = machine.run("stat", "-f", "-c", "%a %S %T", "--", path)
    if code:
        raise FailedError(f"the file system of {path} cannot be read: {err.strip()}")
    blocks, size, kind = out.split(None, 2)
    return int(blocks) * int(size) >> 20, kind.strip()


def fill_capture(machine: Machine, params: Values) -> Values:
    """See that there is room to take, and memory for it, if that is where it is kept."""
    free, kind = free_room(machine, directory(machine, params["directory"]))
    if params["leave"] < HEALING_KEPT and heals_there(machine, params["directory"]):
        raise RefusedError(f"healing writes there too: leave {HEALING_KEPT} MiB at least")
    take = free - params["leave"]
    if take < 1:
        raise RefusedError(f"only {free} MiB are free, {params['leave']} are to be left")
    if kind in {"tmpfs", "ramfs"} and available(machine) - take < MEMORY_KEPT:
        raise RefusedError(f"{take} MiB of {kind} are more memory than can be spared")
    return {}


def heals_there(machine: Machine, path: str) -> bool:
    """Tell whether a file system has one of the places that a way back writes to."""
    code, out, _ = machine.run("stat", "-c", "%d", "--", path, *WRITTEN)
    return bool(code) or out.split()[0] in out.split()[1:]


def filler(job: Job) -> str:
    """Return the token's own file."""
    return f"{job.params['directory']}/{OWN_NAME}{job.record['token']}"


def fill_state(job: Job) -> Values:
    """Tell whether the token's file is there."""
    return {"fills": not job.machine.run("stat", "-c", "%F", "--", filler(job))[0]}


def fill_apply(job: Job) -> str:
    """Take all but what is to be left, without writing it (fallocate(2)), and look again."""
    place, leave = job.params["directory"], job.params["leave"]
    free = free_room(job.machine, place)[0]
    job.intend(fills=free - leave)
    size = f"{free - leave}MiB"
    code, _, err = job.machine.run("fallocate", "--length", size, "--", filler(job))
    if code:
        raise FailedError(f"{size} of {place} cannot be taken: {err.strip()}")
    left = free_room(job.machine, place)[0]
    if left > leave + FILL_SLACK:
        raise FailedError(f"{left} MiB are still free in {place}")
    return f"{size} of {place} taken, {left} MiB left"


def fill_undo(job: Job) -> None:
    """Remove the file, for good: also if the power fails now."""
    job.machine.run("rm", "--force", "--", filler(job))
    job.machine.run("sync", "--", job.params["directory"])
    if fill_state(job)["fills"]:
        raise FailedError(f"{filler(job)} cannot be removed")


def mounts_over(machine: Machine, path: str) -> list[list[str]]:
    """Return what is mounted at exactly a path, and how (proc_pid_mountinfo(5))."""
    fields = (line.split() for line in machine.text("/proc/self/mountinfo").splitlines())
    return [[each[3], each[5]] for each in fields if each[4] == path]


def takes_writing(machine: Machine, path: str) -> bool:
    """Tell whether root may write there: only a read-only mount stops him (access(2))."""
    return not machine.run("test", "-w", path)[0]


def to_cover(machine: Machine, path: str, spared: tuple[str, ...] = NEEDED) -> str:
    """Return a directory's path, if nothing is mounted in it, and the healing can do without it."""
    directory(machine, path)
    must_stand_alone(machine, path)
    for needed in spared:
        if f"{path}/".startswith(f"{needed}/") or f"{needed}/".startswith(f"{path.rstrip('/')}/"):
            raise RefusedError(f"drill needs {needed} to undo a fault; choose another directory")
    release = machine.text("/proc/sys/kernel/osrelease")
    if tuple(map(int, re.findall(r"\d+", release)[:2])) < COVER_SINCE:
        raise RefusedError(f"the kernel {release.strip()} is too old; it needs 5.12")
    if below := mounts_in(machine, path):
        raise RefusedError(f"{below[0]} is mounted in there; choose that, or another directory")
    return path


def must_stand_alone(machine: Machine, path: str) -> None:
    """Decline a directory over which, or over one above it, another fault's file system is."""
    for line in machine.text("/proc/self/mountinfo").splitlines():
        fields = line.split()
        at, source = fields[4], fields[fields.index("-") + 2]
        if source.startswith(mount_name("")) and f"{path}/".startswith(f"{at}/"):
            raise RefusedError(f"another fault stands at {at}")


def mounts_in(machine: Machine, path: str) -> list[str]:
    """Return where in a directory something else is mounted."""
    lines = [line.split() for line in machine.text("/proc/self/mountinfo").splitlines()]
    return [each[4] for each in lines if each[4].startswith(f"{path}/")]


def cover_capture(machine: Machine, params: Values) -> Values:
    """See that it can be written now, that nothing is mounted below, and that healing can go on."""
    path = to_cover(machine, params["directory"])
    if not takes_writing(machine, path):
        raise RefusedError(f"{path} is read-only already: nothing to break")
    return {}


def cover_state(job: Job) -> Values:
    """Return what is mounted there."""
    return {"mounts": mounts_over(job.machine, job.params["directory"])}


def cover_apply(job: Job) -> str:
    """Cover it by itself, read-only, and see that it is."""
    path = job.params["directory"]
    before = len(mounts_over(job.machine, path))
    intent = {"boot": job.machine.boot(), "before": before, "lifting": False}
    job.intend(**intent, after=None)
    try:
        job.machine.cover(path)
    except OSError as error:
        raise FailedError(f"{path} cannot be mounted read-only: {error.strerror}") from error
    job.intend(**intent, after=len(mounts_over(job.machine, path)))
    if takes_writing(job.machine, path):
        raise FailedError(f"{path} can still be written")
    return f"{path} is read-only"


def cover_undo(job: Job) -> None:
    """Take the cover off; who works in there may write again, even while it comes off."""
    path, intent = job.params["directory"], job.record.get("intent")
    if intent is None or intent["boot"] != job.machine.boot():  # no mount outlives its boot
        return
    found = len(mounts_over(job.machine, path))
    if found == intent["before"]:
        return
    writable = takes_writing(job.machine, path) and not intent["lifting"]
    if writable or found != (intent["after"] or found):
        raise DirtyError(f"somebody else changed what is mounted at {path}; it is left so")
    job.intend(**{**intent, "lifting": True})
    job.machine.run("mount", "-o", "remount,bind,rw", path)
    code, _, err = job.machine.run("umount", "--lazy", path)
    if code:
        raise FailedError(f"{path} cannot be unmounted: {err.strip()}")
