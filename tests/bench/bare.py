"""The bound that drill is measured against: the same bytes, written and flushed by nothing else."""

import os
import time
from collections.abc import Iterable
from pathlib import Path


def write_and_flush(path: Path, blocks: Iterable[bytes]) -> float:
    """Return the seconds that one write(2) and one fdatasync(2) a block take."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        began = time.perf_counter()
        for block in blocks:
            os.write(fd, block)
            os.fdatasync(fd)
        return time.perf_counter() - began
    finally:
        os.close(fd)
