"""What a piece of work takes: seconds of the processor, and memory."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def taking(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what it gives, and its seconds of the processor: who else is at work counts not."""
    began = time.process_time()
    outcome = work()
    return outcome, time.process_time() - began


def most_memory() -> float:
    """Return the most memory that this program had, in MB; rusage counts its parent's too."""
    (line,) = re.findall(
        r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE
    )
    return int(line) / 1024
