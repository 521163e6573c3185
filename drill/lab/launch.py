"""Starting a lab's processes from a blueprint, and ending them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from drill.errors import LabError
from drill.lab import cgroups
from drill.lab.blueprint import Blueprint, Mark, Run
from drill.lab.home import LabHome

_ENDING = 15.0
"""Seconds that a killed lab may take to be gone."""


def start(blueprint: Blueprint, say: Callable[[Mark], None]) -> None:
    """Start the lab; returns when every host answers SSH.

    Raises:
        LabError: it did not come up; nothing of it is left running.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "drill.lab.outer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
    ) as outer:
        if outer.stdin is None or outer.stdout is None:  # what PIPE promises, mypy cannot know
            raise LabError("lab: no pipe to its first process")
        outer.stdin.write(blueprint.model_dump_json().encode())
        outer.stdin.close()
        last = Mark(failed="its processes died without a word")
        for line in outer.stdout:
            last = Mark.model_validate_json(line)
            say(last)
    if not last.ready:
        told = last.failed or f"its processes died after {last.step}"
        raise LabError(f"lab {blueprint.spec.name}: {told}; see {blueprint.directory}")


def stop(lab: LabHome) -> bool:
    """Kill the lab and wait until nothing of it is left; tell whether there was anything.

    Raises:
        LabError: something of it will not die.
    """
    run = read_run(lab)
    if run is None:
        return False
    os.kill(run.labd or run.mid, signal.SIGKILL)
    deadline = time.monotonic() + _ENDING
    while lab.is_alive():
        if time.monotonic() > deadline:
            raise LabError(f"lab {lab.name}: still dying after {_ENDING:.0f} s; see {lab.run}")
        time.sleep(0.005)
    reap(lab)
    return True


def read_run(lab: LabHome) -> Run | None:
    """Say what runs; ``None`` when nothing does, whatever an old file says."""
    if not lab.is_alive() or not lab.run.exists():
        return None
    return Run.model_validate_json(lab.run.read_text())


def reap(lab: LabHome) -> None:
    """Remove what a killed lab could not: its cgroups and its record."""
    if lab.is_alive():
        return
    parent = cgroups.parent()
    if parent is not None and (parent / lab.cgroup).exists():
        cgroups.remove(parent / lab.cgroup)
    lab.run.unlink(missing_ok=True)
