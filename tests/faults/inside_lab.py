"""The built-in faults on real hosts of a lab, run in the lab's network by test_in_lab.py."""

import os
import socket
from pathlib import Path

import pytest

from drill.faults.host import PowerOff, PowerOffParams
from drill.faults.network import Partition, PartitionParams
from drill.faults.process import Chosen, Kill, KillParams, Pause
from drill.faults.service import Stop, StopParams
from drill.hosts.connections import Connections
from drill.hosts.fabric import Fabric
from drill.hosts.patience import until
from drill.hosts.power import FabricPower
from drill.lab import enter, running
from drill.model.scenario import Target
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World

LAB = running(os.environ["DRILL_TEST_LAB"])
enter(LAB)
APP = next(host for host in LAB.hosts if host.name == "app2")


@pytest.fixture(scope="module")
def access():
    login = SshLogin(str(APP.management), APP.port, APP.user, APP.key, APP.known_hosts)
    target = Target(name=APP.name, site=APP.site, address=str(APP.address))
    power = FabricPower(Fabric(LAB.fabric), APP.name)
    with Connections() as connections:
        shell = connections.remote(login)
        yield Access(target, shell, power, login, Path(), environment="lab", group=LAB.name)


def answers():
    """Ask the app as a customer's request would."""
    try:
        with socket.create_connection((str(APP.address), 8000), timeout=1) as link:
            link.sendall(b"GET /alive HTTP/1.0\r\n\r\n")
            return b"200" in link.recv(100)
    except OSError:
        return False


def settles(holds):
    """Give a service that is just starting three seconds."""
    return until(holds, HandCancel(3))


def state(access):
    """Tell what of the host must be the same again."""

    def told(*argv):
        return access.remote.run(argv, HandCancel()).out

    answering = settles(answers)
    units = told("systemctl", "show", "-p", "ActiveState,UnitFileState", "orders", "victim")
    return units, told("nft", "list", "tables"), told("pgrep", "-c", "-x", "sleep"), answering


class OnTheApp(FaultConformance):
    params = None

    @pytest.fixture(autouse=True)
    def _lend(self, access):
        self._access = access

    def world(self):
        return World(
            self._access,
            self.params,
            lambda: state(self._access),
            lambda: not settles(answers),
        )


class TestStop(OnTheApp):
    fault, params = Stop(), StopParams(unit="orders.service")


class TestKillByUnit(FaultConformance):
    """Kills a unit that does not come back by itself, as most do."""

    fault, params = Kill(), KillParams(unit="victim.service")

    @pytest.fixture(autouse=True)
    def _lend(self, access):
        self._access = access
        unit = b"[Service]\nExecStart=/bin/sleep 86400\n"
        place = "/run/systemd/system/victim.service"
        access.remote.run(["tee", place], HandCancel(), stdin=unit)
        access.remote.run(["systemctl", "start", "victim"], HandCancel())

    def world(self):
        return World(
            self._access, self.params, lambda: state(self._access), lambda: not settles(self._alive)
        )

    def _alive(self):
        argv = ["systemctl", "is-active", "-q", "victim.service"]
        return self._access.remote.run(argv, HandCancel()).exit == 0


class TestKillByName(TestKillByUnit):
    params = KillParams(name="sleep", signal="TERM")


class TestPauseByUnit(OnTheApp):
    fault, params = Pause(), Chosen(unit="orders.service")


class TestPartition(OnTheApp):
    fault, params = Partition(), PartitionParams()


class TestPartitionOfAPort(OnTheApp):
    fault, params = Partition(), PartitionParams(direction="in", ports=(8000,))


class TestPowerOff(OnTheApp):
    fault, params = PowerOff(), PowerOffParams()
