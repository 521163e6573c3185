"""``python -m drill.lab.outer``: starts a lab from a blueprint on stdin, detached.

Three processes, each killed by the kernel when the one before it dies::

    outer   in this machine's namespaces: waits, then removes the cgroups
    └ mid   root of the lab's user namespace; makes all other namespaces
      └ labd  their pid 1

Marks come on stdout, one JSON line each, until one is ready or failed.
"""

import fcntl
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TextIO

from drill.errors import LabError
from drill.lab import cgroups, disk
from drill.lab.blueprint import Blueprint, Mark, Run
from drill.lab.identity import fork_mapped, lab_owner
from drill.lab.kernel import Space, die_with_parent, unshare
from drill.lab.labd import Labd

_LAB = Space.MOUNT | Space.NET | Space.PID | Space.IPC | Space.UTS


def main() -> None:
    """Start the lab, leaving the caller's session."""
    blueprint = Blueprint.model_validate_json(sys.stdin.buffer.read())
    if os.fork():
        os._exit(0)
    os.setsid()
    try:
        _hold(blueprint)
    except (LabError, OSError) as error:
        _say(Mark(failed=str(error)))


def _hold(blueprint: Blueprint) -> None:
    """Start mid, write down who is who, wait for the end, and clean up after it."""
    with blueprint.alive.open("w") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _dress(blueprint)
        cgroups.make(blueprint.cgroup, (blueprint.keeper.name, *blueprint.spec.hosts), lab_owner())
        started_r, started_w = os.pipe()
        outer = os.getpid()
        mid = fork_mapped(
            lambda: _mid(blueprint, outer, started_w),
            owner=blueprint.spec.name,
            place=lambda pid: (blueprint.keeper / "cgroup.procs").write_text(str(pid)),
        )
        os.close(started_w)
        labd = int(os.read(started_r, 16) or b"0")
        userns = Path(f"/proc/{mid}/ns/user").stat().st_ino if labd else 0
        run = Run(outer=outer, mid=mid, labd=labd, blueprint=blueprint, userns=userns)
        blueprint.run.write_text(run.model_dump_json())
        _silence()
        os.waitpid(mid, 0)
        cgroups.remove(blueprint.cgroup)
        blueprint.run.unlink(missing_ok=True)


def _dress(blueprint: Blueprint) -> None:
    """Give the lab's directory to the lab's root."""
    for directory in (blueprint.directory, blueprint.directory / "hosts"):
        directory.mkdir(exist_ok=True)
        if lab_owner() != os.geteuid():
            os.chown(directory, lab_owner(), lab_owner())
    disk.make_devices(blueprint.devices)


def _mid(blueprint: Blueprint, outer: int, started: int) -> NoReturn:
    die_with_parent()
    if os.getppid() != outer:
        os._exit(1)
    unshare(_LAB)
    labd = os.fork()
    if labd == 0:
        os.close(started)
        die_with_parent()
        _labd(blueprint)
    os.write(started, str(labd).encode())
    os.close(started)
    _silence()
    os.waitpid(labd, 0)
    os._exit(0)


def _labd(blueprint: Blueprint) -> NoReturn:
    marks = os.fdopen(os.dup(1), "w", buffering=1)
    log = os.open(blueprint.directory / "lab.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    _silence(log)
    try:
        Labd(blueprint, lambda mark: _tell(mark, marks)).run()
    except Exception as error:  # noqa: BLE001 - the last frame: whatever it was must be told
        traceback.print_exc()
        sys.stderr.flush()
        with suppress(OSError):  # who asked for the lab may have left
            _tell(Mark(failed=f"{type(error).__name__}: {error}"), marks)
    finally:
        os._exit(1)


def _say(mark: Mark) -> None:
    _tell(mark, sys.stdout)


def _tell(mark: Mark, to: TextIO) -> None:
    """Say a mark; after the last one the caller's pipe is let go."""
    to.write(mark.model_dump_json() + "\n")
    to.flush()
    if mark.ready or mark.failed:
        to.close()


def _silence(log: int | None = None) -> None:
    """Let go of the caller's terminal or pipe, which must not stay open as long as a lab."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing if log is None else log, 1)
    os.dup2(nothing if log is None else log, 2)
    os.close(nothing)


if __name__ == "__main__":
    main()
