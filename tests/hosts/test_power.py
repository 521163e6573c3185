"""The power of one host, over a fabric that switches many."""

from dataclasses import dataclass, field

import pytest

from drill.errors import LabError, RefusedError
from drill.hosts.power import FabricPower


@dataclass
class Port:
    power: str = "on"
    link: bool = True
    frozen: bool = False
    thaws: bool = False


@dataclass
class FakeFabric:
    """Keeps what a fabric knows, and answers with it."""

    hosts: dict = field(default_factory=lambda: {"db1": Port(), "db2": Port()})

    def power_off(self, host):
        self.hosts[host] = Port("off", link=False)

    def power_on(self, host):
        self.hosts[host] = Port()

    def freeze(self, host, seconds):
        self.hosts[host].frozen = self.hosts[host].thaws = True

    def keep_frozen(self, host, seconds):
        if not self.hosts[host].frozen:
            raise LabError("not frozen")

    def thaw(self, host):
        self.hosts[host].frozen = False

    def link(self, host, up):
        self.hosts[host].link = up

    def state(self):
        return self


def test_it_switches_its_own_host_and_no_other():
    fabric = FakeFabric()
    power = FabricPower(fabric, "db1")

    power.off()
    assert (power.is_on(), power.link_is_up()) == (False, False)
    power.on()
    power.link(up=False)
    assert (power.is_on(), power.link_is_up()) == (True, False)
    power.freeze(9)
    power.keep_frozen(9)
    assert power.is_frozen()
    power.thaw()
    assert not power.is_frozen()
    fabric.hosts["db1"].thaws = False
    fabric.hosts["db1"].frozen = True  # for good: by somebody else
    assert not power.is_frozen()
    power.thaw()
    with pytest.raises(RefusedError, match="not frozen"):
        power.keep_frozen(9)
    assert fabric.hosts["db2"] == Port()
