"""The real clock: the only place in drill that reads one."""

import time
from datetime import UTC, datetime
from pathlib import Path

from drill.model.time import Stamp

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boottime_ns() -> int:
    """Return nanoseconds since boot, suspend included (clock_gettime(2), CLOCK_BOOTTIME)."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class SystemClock:
    """Reads the wall and the boot clock together."""

    def __init__(self) -> None:
        self._boot = _BOOT_ID.read_text().strip()

    def now(self) -> Stamp:
        """Return the current stamp."""
        return Stamp(
            wall=datetime.now(UTC),  # noqa: TID251  this is the one clock
            boot_ns=boottime_ns(),
            boot=self._boot,
        )
