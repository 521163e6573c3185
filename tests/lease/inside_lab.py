"""Leases on a real host with systemd, run in a lab's network by test_in_lab.py."""

import os
import time

import pytest

from drill.errors import RemoteError
from drill.hosts import warden
from drill.hosts.connections import Connections
from drill.hosts.fabric import Fabric
from drill.hosts.patience import AtMost
from drill.lab import enter, running
from drill.model.outcome import Done, Failed
from drill.model.targets import Target
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel

LAB = running(os.environ["DRILL_TEST_LAB"])
enter(LAB)
DB = next(host for host in LAB.hosts if host.name == "db2")
FABRIC = Fabric(LAB.fabric)
LATE = 5.0
CUT = {
    "interface": "eth0",
    "direction": "both",
    "peers": [],
    "ports": [],
    "spare": str(DB.management),
}
UNIT = "/etc/systemd/system/drill-deadman.service"


class Host:
    def __init__(self, connections):
        login = SshLogin(str(DB.management), DB.port, DB.user, DB.key, DB.known_hosts)
        target = Target(name=DB.name, site=DB.site, address=str(DB.address))
        self.remote = connections.remote(login)
        self.access = Access(
            target,
            self.remote,
            login=login,
            environment="lab",
            group=LAB.name,
            secret=b"run",
        )

    def sh(self, script, seconds=10):
        return self.remote.run(["sh", "-c", script], HandCancel(seconds)).out

    def inject(self, fault, params, ttl):
        receipt = warden.arm(self.access, fault, params, ttl, HandCancel())
        assert receipt["tier"] == "A"
        assert isinstance(warden.inject(self.access, receipt, HandCancel()), Done)
        return receipt

    def cut(self):
        return "drop" in self.sh("nft list ruleset")

    def cycle(self, dark=0.0):
        FABRIC.power_off(DB.name)
        time.sleep(dark)
        FABRIC.power_on(DB.name)
        assert within(self.answers, 60) < 60

    def answers(self):
        try:
            return self.remote.run(["true"], AtMost(HandCancel(), 2)).exit == 0
        except RemoteError:
            return False


def within(holds, seconds):
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            return float("inf")
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.fixture
def host():
    with Connections() as connections:
        host = Host(connections)
        unit = "[Service]\\nExecStart=/bin/sleep 86400\\n"
        host.sh(f"printf '{unit}' > /etc/systemd/system/it.service")
        host.sh("systemctl daemon-reload; systemctl start it")
        yield host
        if not host.answers():
            FABRIC.power_on(DB.name)
        host.sh("drill-host heal; drill-host release --clear-dirty")


def test_what_nobody_renews_ends_and_the_host_keeps_no_trace(host):
    receipt = host.inject("network.partition", CUT, 5)
    assert host.cut()
    assert "enabled" in host.sh("systemctl is-enabled drill-deadman")
    assert within(lambda: not host.cut(), 5 + LATE) <= 5 + LATE
    assert isinstance(warden.undo(host.access, receipt, HandCancel()), Done)
    assert within(lambda: host.sh(f"ls {UNIT}") == "", 5) < 5
    warden.remove(host.remote, HandCancel())
    traces = "ls -d /var/lib/drill /usr/local/sbin/drill-host /etc/systemd/system/*/drill-* "
    assert host.sh(f"{traces} {UNIT} 2>/dev/null") == ""
    assert "drill" not in host.sh("systemctl list-units --all --plain --no-legend 'drill*'")


@pytest.mark.parametrize("blow", ["KILL", "STOP"])
def test_systemd_brings_a_dead_man_back_that_dies_or_hangs_in_time(host, blow):
    host.inject("network.partition", CUT, 5)
    host.sh(f"systemctl kill -s {blow} drill-deadman")
    assert within(lambda: not host.cut(), 5 + LATE) <= 5 + LATE


def test_a_power_cycle_within_the_lease_ends_it_at_boot(host):
    receipt = host.inject("service.stop", {"unit": "it.service"}, 900)
    host.cycle()
    active = lambda: host.sh("systemctl is-active it").strip() == "active"  # noqa: E731  short
    assert within(active, 60) < 60
    assert isinstance(warden.inject(host.access, receipt, HandCancel()), Failed)
    assert isinstance(warden.undo(host.access, receipt, HandCancel()), Done)


def test_a_lease_that_ends_while_there_is_no_power_is_ended_at_boot(host):
    host.inject("service.stop", {"unit": "it.service"}, 5)
    host.cycle(dark=6)
    active = lambda: host.sh("systemctl is-active it").strip() == "active"  # noqa: E731  short
    assert within(active, 60) < 60


@pytest.mark.parametrize(
    ("fault", "params"),
    [
        ("service.stop", {"unit": "it.service"}),
        ("process.kill", {"unit": "it.service", "signal": "KILL"}),
    ],
)
def test_what_somebody_masked_meanwhile_is_dirty_and_stays_down(host, fault, params):
    receipt = host.inject(fault, params, 60)
    host.sh("mv /etc/systemd/system/it.service /root; systemctl daemon-reload")
    host.sh("systemctl mask it")
    outcome = warden.undo(host.access, receipt, HandCancel())
    host.sh("systemctl unmask it; mv /root/it.service /etc/systemd/system; systemctl daemon-reload")
    assert outcome.error.startswith(warden.DIRTY)
    assert host.sh("systemctl is-active it").strip() in {"inactive", "failed"}


def test_a_person_at_the_host_halts_with_one_command(host):
    host.inject("service.stop", {"unit": "it.service"}, 900)
    host.inject("network.partition", CUT, 900)
    began = time.monotonic()
    host.sh("drill-host halt")
    assert time.monotonic() - began < 10
    assert not host.cut()
    assert host.sh("systemctl is-active it").strip() == "active"
