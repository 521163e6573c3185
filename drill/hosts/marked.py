"""Ending processes by a mark in their environment: also those that left their group.

A tool like ansible starts processes that make sessions of their own, near and
far. All of them inherit the environment, behind sudo too; a service that
systemd starts for them does not. On a target: :mod:`drill.hosts.sweep`. Nothing
here needs more than the standard library: the fork server of ansible uses it too.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

MARK = "LC_DRILL_RUN"
"""The variable with the mark; sudo keeps ``LC_*``, by its default ``env_check`` (sudoers(5))."""

_ROUNDS = 20


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
