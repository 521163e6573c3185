"""What others may know of a running lab."""

from ipaddress import IPv4Address
from pathlib import Path

from drill.lab.home import home
from drill.lab.keys import ensure_key
from drill.lab.launch import read_run
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
    """Directory of one file per secret, as its playbook made them: ``orders-dsn``, say."""
    labd: int
    """Pid that holds the lab's network namespace."""
    log: Path


def lab_names() -> tuple[str, ...]:
    """Return every lab that left a directory on this machine, running or not."""
    return home().names()


def running(name: str) -> LabFacts | None:
    """Tell how to reach the lab of this name, or ``None`` when it is not up."""
    lab = home().lab(name)
    run = read_run(lab)
    if run is None:
        return None
    spec, key = run.blueprint.spec, ensure_key(lab.home)
    hosts = tuple(
        HostFacts(
            name=each,
            site=host.site,
            role=host.role,
            address=host.address,
            management=spec.management.of(index).ip,
            key=key,
            known_hosts=lab.known_hosts,
        )
        for index, (each, host) in enumerate(spec.hosts.items())
    )
    return LabFacts(
        name=name,
        hosts=hosts,
        observer=spec.observer.ip,
        fabric=lab.fabric,
        secrets=lab.secrets,
        labd=run.labd,
        log=lab.log,
    )
