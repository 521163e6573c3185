"""The registry: what is known of every token, a file each, and who works on it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from drill.lease.machine import is_own
from drill.lease.requests import Values

STATE = "/var/lib/drill/lease"
ROOM = 8192
PATIENCE = 90.0
HASTE = 2.0
"""Seconds a lock is waited for; and, when a fault is to end, its injector."""


class Registry:
    """What is known of every token; what was written survives a power cut."""

    def __init__(self, place: str = STATE) -> None:
        self._place = Path(place)
        for each in (self._place.parent, self._place):
            each.mkdir(mode=0o700 if each is self._place else 0o711, parents=True, exist_ok=True)

    def epoch(self) -> str:
        """Name this registry, from its first request until it is erased; no other has the name."""
        with self.hold("registry", "epoch"):
            known = self.read("epoch")
            if known is None:
                known = {"epoch": os.urandom(16).hex()}
                self.write("epoch", known)
        return str(known.get("epoch"))

    def read(self, name: str) -> Values | None:
        """Return what was written under a name."""
        try:
            found: Values = json.loads((self._place / name).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:  # never drill's own doing: each is written whole
            token, why = name.partition(".")[0], "what was written of it cannot be read"
            return {"token": token, "fault": "a fault", "state": "dirty", "why": why}
        return found

    def write(self, name: str, values: Values) -> None:
        """Write all or nothing, durably; on a full disk, into the room that ``arm`` kept free."""
        try:
            replace_file(self._place / name, json.dumps(values).encode(), 0o600)
        except OSError:
            self.free_room(name)
            replace_file(self._place / name, json.dumps(values).encode(), 0o600)

    def keep_room(self, name: str) -> None:
        """Set aside what ending this fault will have to write."""
        replace_file(self._place / f"{name}.room", b"\0" * ROOM, 0o600)

    def free_room(self, name: str) -> None:
        """Give up what was set aside."""
        (self._place / f"{name}.room").unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Forget a name."""
        (self._place / name).unlink(missing_ok=True)

    def names(self, suffix: str) -> list[str]:
        """Return the names that end so."""
        return sorted(each.name for each in self._place.glob(f"*{suffix}"))

    def erase(self) -> None:
        """Remove the place."""
        for each in self._place.iterdir():
            each.unlink()
        self._place.rmdir()
        with contextlib.suppress(OSError):
            self._place.parent.rmdir()

    def is_held(self, name: str) -> bool:
        """Tell whether somebody who is not stopped holds a lock."""
        with (self._place / f"{name}.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.seek(0)
                return not _break(lock.read().split())
        return False

    @contextlib.contextmanager
    def hold(self, name: str, why: str, patience: float = PATIENCE) -> Iterator[bool]:
        """Hold a lock; gives False when it could not be had in time.

        Who still injects when the fault is to end, or was stopped where it
        stood, is killed: healing comes first.
        """
        with (self._place / f"{name}.lock").open("a+") as lock:
            if not _locked(lock, why == "undo", patience):
                yield False
                return
            lock.truncate(0)
            with contextlib.suppress(OSError):  # a full disk holds up nobody
                os.write(lock.fileno(), f"{os.getpid()} {why}\n".encode())
            yield True
            lock.truncate(0)


def _locked(lock: TextIO, ending: bool, patience: float) -> bool:
    began = time.monotonic()
    while True:
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() > began + patience:
            return False
        if ending and time.monotonic() > began + HASTE:
            lock.seek(0)
            _break(lock.read().split(), also="inject")
        time.sleep(0.02)


def _break(holder: list[str], also: str = "") -> bool:
    """Kill who holds a lock if it is stopped, or does what must not go on; tell whether it was."""
    if not holder or not is_own(holder[0]):
        return False
    with contextlib.suppress(OSError):
        pid, state = holder[0], Path("/proc", holder[0], "stat").read_text().rpartition(")")[2]
        if holder[1:] == [also] or state.split()[0] == "T":
            os.kill(int(pid), signal.SIGSTOP)  # so that it begins no more commands
            begun = Path("/proc", pid, "task", pid, "children").read_text().split()
            for each in [*begun, pid]:  # a command of its own must not go on without it
                os.kill(int(each), signal.SIGKILL)
            return True
    return False


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Write a file all or nothing; when this returns, it survives a power cut."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make names that were made or removed survive a power cut."""
    place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(place)
    os.close(place)
