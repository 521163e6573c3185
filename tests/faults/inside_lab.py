"""The built-in faults on real hosts of a lab, run in the lab's network by test_in_lab.py."""

import contextlib
import os
import socket
from pathlib import Path

import pytest

from drill.errors import RefusedError
from drill.faults.files import OnePath, Remove
from drill.faults.freeze import Freeze, FreezeParams
from drill.faults.host import PowerOff, PowerOffParams
from drill.faults.identity import AccountParams, Lock, SudoLost, SudoParams
from drill.faults.network import (
    Firewall,
    FirewallParams,
    Loss,
    LossParams,
    Partition,
    PartitionParams,
    Reset,
)
from drill.faults.postgres import (
    LimitParams,
    NoConnections,
    ReplayPaused,
    RoleLocked,
    RoleParams,
    ServerParams,
)
from drill.faults.pressure import Cpu, CpuParams, Processes, ProcessesParams
from drill.faults.process import Chosen, Kill, KillParams, Pause
from drill.faults.reboot import Reboot, RebootParams
from drill.faults.service import Stop, StopParams
from drill.faults.shaping import Bandwidth, BandwidthParams
from drill.faults.storage import DiskFull, DiskFullParams, ReadOnly, ReadOnlyParams
from drill.hosts.connections import Connections
from drill.hosts.fabric import Fabric
from drill.hosts.patience import until
from drill.hosts.power import FabricPower
from drill.lab import enter, running
from drill.model.outcome import Done
from drill.model.targets import Target
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World

LAB = running(os.environ["DRILL_TEST_LAB"])
enter(LAB)
HOSTS = {host.name: host for host in LAB.hosts}
APP = HOSTS["app2"]


@contextlib.contextmanager
def way_to(host):
    login = SshLogin(str(host.management), host.port, host.user, host.key, host.known_hosts)
    target = Target(name=host.name, site=host.site, address=str(host.address))
    power = FabricPower(Fabric(LAB.fabric), host.name)
    with Connections() as connections:
        shell = connections.remote(login)
        yield Access(target, shell, power, login, Path(), environment="lab", group=LAB.name)


@pytest.fixture(scope="module")
def access():
    with way_to(APP) as access:
        yield access


@pytest.fixture(scope="module")
def database():
    with way_to(HOSTS["db1"]) as access:
        yield access


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


_READY = b"""
set -e
id alice 2>/dev/null || useradd alice
echo 'alice ALL=(ALL) NOPASSWD: /bin/true' > /etc/sudoers.d/operators
chmod 440 /etc/sudoers.d/operators
mkdir -p /srv/victim; echo here > /srv/victim/word
printf '[Service]\\nExecStartPre=/bin/cat /srv/victim/word\\nExecStart=/bin/sleep 86401\\n' \
  > /run/systemd/system/reader.service
systemctl daemon-reload; systemctl restart reader
"""


class Seen(FaultConformance):
    """Sees by one command whether it is broken, and by another how it stands."""

    params = None
    works = shown = ()

    @pytest.fixture(autouse=True)
    def _lend(self, access):
        self._access = access
        self._told("sh", "-s", stdin=_READY)

    def _told(self, *argv, stdin=b""):
        return self._access.remote.run(argv, HandCancel(20), stdin=stdin, root=True)

    def world(self):
        return World(
            self._access,
            self.params,
            lambda: self._told(*self.shown).out,
            lambda: self._told(*self.works).exit != 0,
        )


class TestAccountLock(Seen):
    fault, params = Lock(), AccountParams(login="alice")
    works, shown = ("su", "alice", "-c", "true"), ("grep", "^alice:", "/etc/shadow")


class TestSudoLost(Seen):
    fault, params = SudoLost(), SudoParams(file="operators")
    works = ("runuser", "-u", "alice", "--", "sudo", "-n", "/bin/true")
    shown = ("ls", "-lAi", "--time-style=full-iso", "/etc/sudoers.d/operators")


class TestRemoveUnderAService(Seen):
    fault = Remove()
    params = OnePath(path="/srv/victim/word", unit="reader.service", then="restart")
    works = ("systemctl", "is-active", "reader")
    shown = ("sh", "-c", "ls -lAi --time-style=full-iso /srv/victim; systemctl is-active reader")


def asked(sql):
    return ("runuser", "-u", "postgres", "--", "psql", "-XAtc", sql)


class OnTheDatabase(Seen):
    shown = asked("select rolcanlogin, rolconnlimit from pg_roles where rolname = 'orders'")

    @pytest.fixture(autouse=True)
    def _lend(self, database):
        self._access = database


class TestRoleLocked(OnTheDatabase):
    fault, params = RoleLocked(), RoleParams(role="orders")

    works = asked("select 1 / rolcanlogin::int from pg_roles where rolname = 'orders'")


class TestNoConnections(OnTheDatabase):
    fault, params = NoConnections(), LimitParams(role="orders")
    works = asked("select 1 / abs(rolconnlimit) from pg_roles where rolname = 'orders'")


class TestReplayPaused(OnTheDatabase):
    fault, params = ReplayPaused(), ServerParams()
    shown = asked("select pg_is_wal_replay_paused()")
    works = asked("select 1 / (not pg_is_wal_replay_paused())::int")

    @pytest.fixture(autouse=True)
    def _lend(self):
        with way_to(HOSTS["db2"]) as access:
            self._access = access
            yield


class TestPowerOff(OnTheApp):
    fault, params = PowerOff(), PowerOffParams()


class TestReset(OnTheApp):
    fault, params = Reset(), PartitionParams(ports=(8000,))


class TestFirewall(OnTheApp):
    fault, params = Firewall(), FirewallParams(ports=(8000,))


class TestLoss(OnTheApp):
    fault, params = Loss(), LossParams(percent=99, ports=(8000,))


class TestReboot(OnTheApp):
    fault, params = Reboot(), RebootParams()

    def world(self):
        return World(self._access, self.params, lambda: state(self._access), lambda: not answers())


class TestFreeze(OnTheApp):
    fault, params = Freeze(), FreezeParams()


def test_a_host_that_nobody_keeps_frozen_thaws_by_itself(access):
    fault, params = Freeze(), FreezeParams(lease="5s")
    receipt = fault.prepare(access, params, HandCancel())
    assert isinstance(fault.apply(access, params, receipt, HandCancel()), Done)
    assert not answers()
    assert until(answers, HandCancel(15))
    with pytest.raises(RefusedError, match="not frozen"):
        fault.renew(access, params, receipt, HandCancel())
    assert isinstance(fault.undo(access, params, receipt, HandCancel()), Done)


class OnTheHost(FaultConformance):
    """Breaks something of the host, which ``symptom`` shows by exiting with 0."""

    params, symptom = None, ""

    @pytest.fixture(autouse=True)
    def _lend(self, access):
        self._access = access
        self._told("mkdir -p /srv/shelf; umount -l /srv/shelf 2>/dev/null; true")
        self._told("mount -t tmpfs -o size=40m shelf /srv/shelf")

    def _told(self, script):
        return self._access.remote.run(["sh", "-c", script], HandCancel(), root=True)

    def world(self):
        return World(
            self._access,
            self.params,
            lambda: (state(self._access), self._told(self._seen).out),
            lambda: self._told(self.symptom).exit == 0,
        )

    _seen = (
        "grep shelf /proc/self/mountinfo; ls -lA /srv/shelf; tc qdisc show; pgrep -fc 'host ho[g]'"
    )


class TestCpu(OnTheHost):
    fault, params, symptom = Cpu(), CpuParams(workers=1, percent=50), "pgrep -f 'host ho[g]'"


class TestProcesses(OnTheHost):
    fault, params = Processes(), ProcessesParams(count=50)
    symptom = "test $(pgrep -fc 'host ho[g]') -gt 50"


class TestDiskFull(OnTheHost):
    fault, params = DiskFull(), DiskFullParams(directory="/srv/shelf")
    symptom = "! head -c 20M /dev/zero > /srv/shelf/x; broken=$?; rm /srv/shelf/x; exit $broken"


class TestReadOnly(OnTheHost):
    """Seen from within a unit that systemd confines, as it does with many services."""

    fault, params = ReadOnly(), ReadOnlyParams(directory="/srv/shelf")
    symptom = "! systemd-run -q --wait --pipe -p ProtectSystem=full touch -a /srv/shelf/x"

    def world(self):
        self._told("touch /srv/shelf/x")
        return super().world()


class TestBandwidth(OnTheHost):
    fault, params = Bandwidth(), BandwidthParams(kbit=1000)
    symptom = "tc qdisc show dev eth0 | grep -q tbf"
