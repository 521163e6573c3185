"""All that the lab's own processes need to know, handed to them at their start."""

from collections.abc import Mapping
from pathlib import Path

from drill.lab.spec import LabSpec
from drill.model.base import Model


class Blueprint(Model):
    """A lab file, resolved for this machine."""

    spec: LabSpec
    directory: Path
    """Where the hosts' disks are; belongs to the lab's root."""
    alive: Path
    run: Path
    rootfs: Path
    """The image that every host shares, read-only."""
    layers: Path | None = None
    """One provisioned disk per host to start from, read-only; none: bare hosts."""
    cgroup: Path
    authorized_key: str
    """The public half of the key that opens every host's root."""
    papers: Mapping[str, Mapping[str, str]]
    """Each host's own files: path below its root to content."""

    @property
    def socket(self) -> Path:
        """The fabric's socket."""
        return self.directory / "fabric.sock"

    @property
    def devices(self) -> Path:
        """Device nodes of the lab's own, as far as it needs any."""
        return self.directory / "dev"

    @property
    def keeper(self) -> Path:
        """The cgroup of the lab's own processes, beside those of its hosts."""
        return self.cgroup / "_lab"


class Run(Model):
    """What runs, written by the outer process; true as long as the lab's lock is held."""

    outer: int
    mid: int
    labd: int
    blueprint: Blueprint
    userns: int
    """Inode of the lab's user namespace: who lives in it belongs to the lab."""


class Mark(Model):
    """A line that the lab says while it comes up."""

    step: str = ""
    seconds: float = 0.0
    """Since the lab's processes were started."""
    ready: bool = False
    failed: str | None = None
