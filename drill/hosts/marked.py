"""Ending processes by a mark in their environment: also those that left their group.

A tool like ansible starts processes that make sessions of their own, near and
far. All of them inherit the environment, behind sudo too; a service that
systemd starts for them does not.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

from drill.errors import RemoteError
from drill.hosts.patience import Grace
from drill.ports import Remote

MARK = "LC_DRILL_RUN"
"""The variable with the mark; sudo keeps ``LC_*``, by its default ``env_check`` (sudoers(5))."""

_ROUNDS = 20
_END = 10.0

_SWEEP = """
i=0
while [ $i -lt 20 ]; do
  files=$(grep -lszxF -e "$1" /proc/[0-9]*/environ) || exit 0
  for file in $files; do pid=${file#/proc/}; kill -s KILL "${pid%/environ}" 2>/dev/null; done
  i=$((i + 1)); sleep 0.05
done
exit 1
"""
"""Again and again, because a process may have forked while it was read."""


def end_here(mark: str) -> None:
    """Kill every process of this machine that carries ``mark``."""
    entry = f"{MARK}={mark}".encode()
    for _ in range(_ROUNDS):
        found = [
            int(place.name) for place in Path("/proc").glob("[0-9]*") if _carries(place, entry)
        ]
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _carries(place: Path, entry: bytes) -> bool:
    try:
        return entry in (place / "environ").read_bytes().split(b"\0")
    except OSError:  # gone, or somebody else's
        return False


def end_there(remote: Remote, mark: str) -> str:
    """Kill every process of a target that carries ``mark``; say what is in doubt."""
    argv = ["sh", "-c", _SWEEP, "drill-sweep", f"{MARK}={mark}"]
    try:
        # Without sudo there, nothing can have been started by it either.
        done = any(remote.run(argv, Grace(_END), root=root).exit == 0 for root in (True, False))
    except RemoteError as error:
        return f"what runs there could not be ended: {error}"
    return "" if done else "what runs there could not be ended"
