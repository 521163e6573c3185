"""What each host of a lab has of its own: who it is, and that it agrees to be broken.

A lab's hosts are there to be broken: each has a consent to every class of fault,
signed with the lab's key, for as long as a lab is likely to stand.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from drill.engine.clock import SystemClock
from drill.hosts.consent import PLACE, Marker, make
from drill.lab.home import LabHome

ENVIRONMENT = "lab"
"""The environment that the consent of every lab host names; its group is the lab's name."""

_CLASSES = (
    *("account", "backup", "data", "dns", "file", "host", "network", "postgres", "process"),
    *("service", "sudo", "tls"),
)
_LASTING = timedelta(days=7)


def papers_of(lab: LabHome, name: str, key: Path) -> Mapping[str, str]:
    """Return a host's machine id, and its consent with its signature and who may sign.

    Raises:
        SafetyError: the consent cannot be signed.
    """
    machine = hashlib.sha256(f"{lab.path}/{name}".encode()).hexdigest()[:32]
    marker = Marker(
        environment=ENVIRONMENT,
        group=lab.name,
        classes=_CLASSES,
        expires=SystemClock().now().wall + _LASTING,
        host=machine,
        disposable=True,
    )
    place = str(PLACE.relative_to("/"))
    files = {f"{place}/{file}": content.decode() for file, content in make(marker, key).items()}
    return {"etc/machine-id": f"{machine}\n", **files}
