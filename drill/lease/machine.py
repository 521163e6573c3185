"""The host itself: the only module that touches it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

from drill.lease.answers import UnsureError
from drill.lease.consent import signed_marker
from drill.lease.mounting import cover_read_only

PROGRAM = "/usr/local/sbin/drill-host"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LONGEST_COMMAND = 90.0
EFFECT = 5.0
"""Seconds within which a signal, or a start, must show."""


class Machine:
    """This host."""

    @property
    def place(self) -> str:
        """Return where its files begin."""
        return "/"

    def run(
        self, *argv: str, given: str = "", most: float = LONGEST_COMMAND
    ) -> tuple[int, str, str]:
        """Run a command to its end, with an environment of our own."""
        try:
            ended = subprocess.run(
                argv,
                input=given.encode(),
                capture_output=True,
                timeout=most,
                check=False,
                env={"PATH": PATH, "LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired as error:
            raise UnsureError(f"{argv[0]} did not end within {most:g} s") from error
        except FileNotFoundError:
            return 127, "", f"{argv[0]} is not installed"
        return ended.returncode, ended.stdout.decode("utf-8", "replace"), ended.stderr.decode()

    def text(self, path: str) -> str:
        """Read a small file; one that is not there is empty."""
        try:
            return Path(path).read_bytes().decode("utf-8", "replace")
        except OSError:
            return ""

    def pids(self) -> list[int]:
        """Return the processes there are, but for this program's own."""
        return [pid for pid in everybody() if not is_own(str(pid))]

    def kin(self) -> list[int]:
        """Return this program's own processes."""
        return [pid for pid in everybody() if is_own(str(pid))]

    def start(self, *words: str) -> None:
        """Start this program once more, for itself: it outlives who asked for it."""
        subprocess.Popen(
            [sys.executable, "-I", PROGRAM, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={},
            cwd="/",
        )

    def kill(self, pid: int, name: str) -> None:
        """Send a signal; a process that is gone is no error."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.Signals[f"SIG{name}"])

    def cover(self, path: str) -> None:
        """Mount a directory over itself, read-only."""
        cover_read_only(path)

    def strain(self, path: str, operation: str, most: int) -> tuple[float, bool]:
        """Read, write or sync a byte of a file until that fails, so often at most.

        Returns the seconds that it took the last time, and whether it failed.
        """
        return strained(path, operation, most)

    def now(self) -> float:
        """Return seconds that nobody can step and that count suspend (clock_gettime(2))."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def boot(self) -> str:
        """Name this boot: by the kernel's, and by the start of pid 1, for hosts that share one."""
        kernel = self.text("/proc/sys/kernel/random/boot_id").strip()
        return f"{kernel}:{self.text('/proc/1/stat').rpartition(')')[2].split()[19]}"

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Look again until it holds; tell whether it did in time."""
        end = self.now() + seconds
        while not holds():
            if self.now() > end:
                return False
            time.sleep(0.02)
        return True

    def consent(self) -> bytes:
        """Return the marker, if it is root's own and its signature is good."""
        return signed_marker()

    def wall(self) -> float:
        """Return the wall clock, for a marker's expiry and for its own skew only."""
        return time.time()  # noqa: TID251  a date that people wrote can be compared with no other

    def set_wall(self, seconds: float) -> None:
        """Step the wall clock."""
        time.clock_settime(time.CLOCK_REALTIME, seconds)


OPERATIONS: dict[str, Callable[[int], object]] = {
    "read": lambda file: os.pread(file, 1, 0),
    "write": lambda file: os.pwrite(file, b"-", 0),
    "fsync": os.fsync,
}


def strained(path: str, operation: str, most: int) -> tuple[float, bool]:
    """Do one thing to a file until that fails; see :meth:`Machine.strain`."""
    file, began = os.open(path, os.O_RDWR), 0.0
    try:
        for _ in range(most):
            began = time.monotonic()
            OPERATIONS[operation](file)
        return time.monotonic() - began, False
    except OSError:
        return time.monotonic() - began, True
    finally:
        os.close(file)


def everybody() -> list[int]:
    """Return the processes there are (proc(5))."""
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]


def is_own(pid: str) -> bool:
    """Tell whether a process is this program."""
    with contextlib.suppress(OSError):
        return PROGRAM.encode() in Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    return False
