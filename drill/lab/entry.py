"""Entering a lab's network: this process then stands where the observer stands."""

import os
import threading
from pathlib import Path

from drill.errors import LabError
from drill.lab.facts import LabFacts
from drill.lab.kernel import setns


def enter(lab: LabFacts) -> None:
    """Move this process into the lab's network for good; children follow it.

    Only the network (and, for an ordinary user, the user namespace that owns
    it) changes: files stay those of this machine. Namespaces belong to threads,
    so a process with several cannot move as one.

    Raises:
        LabError: the process has threads, the lab is gone, or the kernel refuses.
    """
    if threading.active_count() > 1:
        raise LabError(f"lab {lab.name}: enter it before starting threads")
    spaces = ("net",) if os.geteuid() == 0 else ("user", "net")
    try:
        descriptors = [
            os.open(Path(f"/proc/{lab.labd}/ns/{space}"), os.O_RDONLY) for space in spaces
        ]
        for descriptor in descriptors:
            setns(descriptor)
            os.close(descriptor)
    except OSError as error:
        raise LabError(f"lab {lab.name}: cannot be entered: {error}; is it up?") from error
