"""What others may know of a running lab."""

from ipaddress import IPv4Address
from pathlib import Path

from drill.model.base import Model


class HostFacts(Model):
    """How to reach one host; its data network may be cut, its management never is."""

    name: str
    site: str
    role: str
    address: IPv4Address
    """In the data network: where its services answer."""
    management: IPv4Address
    """Where SSH answers."""
    user: str = "root"
    port: int = 22
    key: Path
    known_hosts: Path


class LabFacts(Model):
    """A lab that runs on this machine now."""

    name: str
    hosts: tuple[HostFacts, ...]
    observer: IPv4Address
    """Where this process stands after :func:`drill.lab.enter`."""
    fabric: Path
    """Socket for :class:`drill.hosts.fabric.Fabric`."""
    secrets: Path
    """Directory of one file per secret: ``orders-dsn``, ``db1-dsn``, ``db2-dsn``."""
    labd: int
    """Pid that holds the lab's network namespace."""
    log: Path
