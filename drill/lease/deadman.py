"""The dead-man: a process of the host's own that ends what nobody renews.

With systemd it is a unit that is enabled, on disk, as long as a fault is armed:
systemd starts it again when it dies or hangs, and at boot (tier A). Elsewhere
it is a process of its own session (tier B); each renewal sees that it is there.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from drill.lease.answers import BY_LEASE, FailedError
from drill.lease.machine import PROGRAM, Machine
from drill.lease.registry import Registry, replace_file, sync_directory
from drill.lease.verbs import Host

UNITS = "/etc/systemd/system"
UNIT = "drill-deadman.service"
TICK = 0.5
AGAIN = 3.0
"""Seconds between two looks, and between two attempts to heal."""
ATTEMPTS = 3

UNIT_TEXT = """\
[Unit]
Description=drill: ends faults whose lease has ended
After=local-fs.target
StartLimitIntervalSec=0
[Service]
Type=notify
NotifyAccess=main
ExecStart={python} -I {program} deadman
Restart=on-failure
RestartSec=500ms
WatchdogSec=3
WatchdogSignal=SIGKILL
OOMScoreAdjust=-900
[Install]
WantedBy=multi-user.target
"""


def tier() -> str:
    """Return A where systemd runs, else B (sd_booted(3))."""
    return "A" if Path("/run/systemd/system").is_dir() else "B"


def guard(machine: Machine, registry: Registry) -> str:
    """See that the dead-man runs; return its tier."""
    told = ""
    for _ in range(ATTEMPTS):
        if registry.is_held("deadman"):
            return tier()
        told = _begin_unit(machine) if tier() == "A" else _begin_process(machine)
        if machine.wait(lambda: registry.is_held("deadman"), 2.0):
            return tier()
    raise FailedError(f"the dead-man cannot be started: {told}")


def _begin_unit(machine: Machine) -> str:
    text = UNIT_TEXT.format(python=sys.executable, program=PROGRAM)
    wants = Path(UNITS, "multi-user.target.wants")
    if not (wants / UNIT).is_symlink():
        replace_file(Path(UNITS, UNIT), text.encode(), 0o644)
        wants.mkdir(exist_ok=True)
        (wants / UNIT).symlink_to(Path(UNITS, UNIT))
        sync_directory(wants)
        machine.run("systemctl", "daemon-reload")
    return machine.run("systemctl", "start", UNIT)[2].strip()


def _begin_process(machine: Machine) -> str:
    machine.start("deadman")
    return "it ended at once"


def remove_unit(machine: Machine) -> None:
    """Leave nothing of the dead-man on the disk."""
    unit = Path(UNITS, UNIT)
    if unit.exists():
        with contextlib.suppress(FileNotFoundError):
            Path(UNITS, "multi-user.target.wants", UNIT).unlink()
        unit.unlink()
        machine.run("systemctl", "daemon-reload")


def watch(host: Host) -> int:
    """Be the dead-man, until nothing is armed any more."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("-900")
    with contextlib.ExitStack() as held:
        if not held.enter_context(host.registry.hold("deadman", "watch", patience=1.0)):
            return 1
        tell_systemd("READY=1")
        healers: dict[str, Healer] = {}
        while any(each.is_at_work() for each in healers.values()) or not _is_over(host, held):
            for record in host.live():
                token = record["token"]
                if not host.left(token):
                    healers.setdefault(token, Healer(token)).look()
            tell_systemd("WATCHDOG=1")
            time.sleep(TICK)
    return 0


def _is_over(host: Host, held: contextlib.ExitStack) -> bool:
    """Tell whether nothing is armed; then, while nothing can be, be no dead-man any more."""
    if next(host.live(), None) is not None:
        return False
    with host.registry.hold("registry", "end", patience=0) as free:
        if not free or next(host.live(), None) is not None:
            return False
        remove_unit(host.machine)
        held.close()
        return True


class Healer:
    """One fault's way back, in a process of its own: one that hangs holds up no other."""

    def __init__(self, token: str) -> None:
        self._ask = json.dumps({"token": token, "by": BY_LEASE}).encode()
        self._child: subprocess.Popen[bytes] | None = None
        self._next = 0.0

    def is_at_work(self) -> bool:
        """Tell whether it began and has not ended."""
        return self._child is not None and self._child.poll() is None

    def look(self) -> None:
        """Begin, or begin again when it ended and there is something left."""
        if self.is_at_work() or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + AGAIN
        self._child = subprocess.Popen(
            [sys.executable, "-I", PROGRAM, "undo"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.write(self._ask)
                self._child.stdin.close()


def tell_systemd(what: str) -> None:
    """Say how it stands, where systemd wants to know (sd_notify(3))."""
    where = os.environ.get("NOTIFY_SOCKET", "")
    if where:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.sendto(what.encode(), "\0" + where[1:] if where[0] == "@" else where)
