"""Provisioning: a playbook makes the hosts what they are, over SSH.

A process enters a lab's network for good, so another one is sent there with an
errand: :mod:`drill.lab.provisioner`.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from drill.errors import LabError
from drill.lab.facts import LabFacts
from drill.model.base import Model

_TOLD = 12
"""Lines of a failure that are worth showing."""


class Errand(Model):
    """What the half in the lab is to do."""

    lab: LabFacts
    playbook: Path


def provision(lab: LabFacts, playbook: Path, say: Callable[[str], None]) -> None:
    """Run the playbook on all hosts of a lab.

    Raises:
        LabError: it failed; shows the task.
    """
    errand = Errand(lab=lab, playbook=playbook.resolve())
    failure: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "drill.lab.provisioner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as half:
        if half.stdin is None or half.stdout is None:  # what PIPE promises, mypy cannot know
            raise LabError("lab: no pipe to the provisioning process")
        half.stdin.write(errand.model_dump_json())
        half.stdin.close()
        for line in half.stdout:
            kind, _, text = line.rstrip().partition(" ")
            if kind == "task":
                say(f"  {text}")
            else:
                failure.append(f"  {line.rstrip()}")
    if half.returncode != 0:
        told = "\n".join(failure[-_TOLD:])
        raise LabError(f"lab {lab.name}: {playbook.name} failed:\n{told}")
