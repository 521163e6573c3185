"""The lab file: which sites and hosts there are, and what makes each host what it is."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from drill.errors import LabError
from drill.files import read_plain
from drill.graph.document import MAX_BYTES
from drill.graph.load import read
from drill.model.base import Model
from drill.model.problem import ScenarioProblemsError

NAME = r"^[a-z][a-z0-9-]{0,30}$"
Name = Annotated[str, Field(pattern=NAME)]
SiteName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,7}$")]
"""Short: it becomes part of network device names, which end at 15 characters."""

VolumePath = Annotated[str, Field(pattern=r"^(/[a-z0-9][a-z0-9._-]*)+$", max_length=200)]
PackageName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
"""As Debian's policy has it, section 5.6.7: it can be no option and no second word."""


class SiteSpec(Model):
    """A place that can be cut off: one data network behind one router leg."""

    network: IPv4Network

    @property
    def gateway(self) -> IPv4Interface:
        """The router's address in this site: the network's first."""
        return IPv4Interface(f"{self.network[1]}/{self.network.prefixlen}")


class HostSpec(Model):
    """A machine of the lab."""

    site: SiteName
    address: IPv4Address
    role: Name
    """Names the group that the playbook finds it in."""
    volumes: Mapping[VolumePath, Annotated[int, Field(ge=16, le=4096)]] = {}
    """Directories that are disks of their own, each with its MiB, so that one can be filled.

    Only provisioned hosts have them: in memory, over a power cycle, until the lab is down.
    """


class Management(Model):
    """The network that faults never touch: SSH stays up while the data network is cut."""

    network: IPv4Network = IPv4Network("10.99.0.0/16")

    @property
    def gateway(self) -> IPv4Interface:
        """The observer's own address in it: the network's first."""
        return IPv4Interface(f"{self.network[1]}/{self.network.prefixlen}")

    def of(self, index: int) -> IPv4Interface:
        """Address of the host with this place (from 0) in the lab file."""
        return IPv4Interface(f"{self.network[2 + index]}/{self.network.prefixlen}")


class Ready(Model):
    """A page that answers 200 when the services work."""

    address: IPv4Address
    port: int = Field(default=80, ge=1, le=65535)
    path: str = Field(default="/", pattern=r"^/[!-~]*$")


class LabSpec(Model):
    """A whole lab."""

    name: Name
    sites: Mapping[SiteName, SiteSpec] = Field(min_length=1)
    management: Management = Management()
    observer: IPv4Interface = IPv4Interface("10.200.0.2/24")
    """Where probes stand: outside of every site, a customer's view through the router."""
    hosts: Mapping[Name, HostSpec] = Field(min_length=1)
    packages: tuple[PackageName, ...] = ()
    """What the hosts' image has besides what every lab's has, of this machine's release."""
    provision: str | None = None
    """The playbook that makes the hosts what they are, relative to the lab file."""
    ready: Ready | None = None
    """What must answer before the lab counts as up; only with provisioned hosts."""

    @model_validator(mode="after")
    def _hosts_live_in_their_sites(self) -> Self:
        for name, host in self.hosts.items():
            site = self.sites.get(host.site)
            if site is None:
                raise ValueError(f"host {name}: there is no site {host.site}")
            if host.address not in site.network:
                raise ValueError(f"host {name}: {host.address} is not in site {host.site}")
        addresses = [host.address for host in self.hosts.values()]
        if len(set(addresses)) < len(addresses):
            raise ValueError("two hosts have the same address")
        return self

    @property
    def exit(self) -> IPv4Interface:
        """The router's address on the observer's side: its network's first."""
        network = self.observer.network
        return IPv4Interface(f"{network[1]}/{network.prefixlen}")

    def playbook(self, file: Path) -> Path | None:
        """Return where the playbook of a lab read from ``file`` lies, if it has one."""
        return None if self.provision is None else (file.parent / self.provision).resolve()


def load(path: Path) -> LabSpec:
    """Read a lab file.

    Raises:
        LabError: it cannot be read or does not describe a lab; names each spot.
    """
    try:
        return read(read_plain(path, MAX_BYTES), str(path), LabSpec)
    except OSError as error:
        raise LabError(f"{path}: cannot be read: {error.strerror}") from error
    except ScenarioProblemsError as error:
        raise LabError(f"{path}: does not describe a lab:\n{error}") from error
