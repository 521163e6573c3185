"""Removing what a lab's many ids own."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

from drill.lab.identity import fork_mapped


def erase(directory: Path) -> None:
    """Remove a directory; an ordinary user needs the lab's own root for what is in it."""
    if os.geteuid() != 0 and directory.exists():
        os.waitpid(fork_mapped(lambda: _erase(directory)), 0)
    shutil.rmtree(directory, ignore_errors=True)


def _erase(directory: Path) -> NoReturn:
    shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)
