"""What the fabric does to hosts and wires is what an outage does."""

import os
import time
from pathlib import Path

import pytest
from lab.inside import python, ssh, told, until

from drill.errors import LabError
from drill.hosts.fabric import Fabric

pytestmark = pytest.mark.lab

REACHES = """
import socket
link = socket.socket(); link.settimeout(1)
try: link.connect((sys.argv[1], 22)); print(link.recv(4).decode())
except OSError as error: print('lost')
"""
LISTENS = """
import socket
link = socket.create_connection((sys.argv[1], 22)); link.recv(100)
print('connected', flush=True); sys.stdin.readline()
link.settimeout(1.5)
try: print('heard', link.recv(1))
except TimeoutError: print('silence')
"""
POWER_OFF_LIMIT = 0.030
"""Seconds from the order to the answer, both cut and kill sent (docs of the lab)."""


@pytest.fixture(scope="module")
def lab(raise_lab_for_all):
    return raise_lab_for_all(bare=True)


@pytest.fixture
def fabric(lab):
    fabric = Fabric(lab.fabric)
    yield fabric
    for name, host in fabric.state().hosts.items():
        fabric.power_on(name)
        fabric.link(name, True)
        if host.frozen:
            fabric.thaw(name)
    fabric.site_link("a", "b", True)
    fabric.observer_link(True)
    for host in lab.hosts:
        assert until(lambda host=host: told(lab, REACHES, str(host.management)) == "SSH-")


def _address(lab, name):
    return next(str(host.address) for host in lab.hosts if host.name == name)


def test_power_off_is_answered_at_once_and_says_when(lab, fabric):
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    span = fabric.power_off("app1")
    after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    assert before <= span.began <= span.ended <= after
    assert (span.ended - span.began) / 1e9 < POWER_OFF_LIMIT
    assert fabric.state().hosts["app1"].power == "off"


def test_a_peer_of_a_host_without_power_hears_nothing(lab, fabric):
    peer = python(lab, LISTENS, _address(lab, "db1"))
    assert peer.stdout.readline() == "connected\n"
    fabric.power_off("db1")
    out, _ = peer.communicate("\n", timeout=30)
    assert out == "silence\n"


def test_a_disk_outlives_a_power_cycle(lab, fabric):
    ssh(lab, "db1", "echo kept > /root/note")
    fabric.power_off("db1")
    fabric.power_on("db1")
    assert until(lambda: ssh(lab, "db1", "cat /root/note") == "kept")
    assert fabric.state().hosts["db1"].boots >= 2


def test_a_disk_that_is_replaced_keeps_nothing_but_who_the_host_is(lab, fabric):
    ssh(lab, "app1", "echo lost > /root/note")
    before = ssh(lab, "app1", "cat /etc/machine-id /etc/ssh/ssh_host_*.pub /etc/drill/*")
    fabric.replace_disk("app1")
    assert until(lambda: ssh(lab, "app1", "hostname") == "app1")
    assert "No such file" in ssh(lab, "app1", "cat /root/note")
    assert ssh(lab, "app1", "cat /etc/machine-id /etc/ssh/ssh_host_*.pub /etc/drill/*") == before


def test_a_host_can_open_fuse_also_where_this_machine_keeps_it_for_its_root(lab):
    can = os.geteuid() == 0 or os.access("/dev/fuse", os.R_OK | os.W_OK)
    before = Path("/dev/fuse").stat()
    told = ssh(lab, "app2", "dd if=/dev/fuse of=/dev/null count=0 2>/dev/null && echo opened")
    assert (told == "opened") == can
    assert Path("/dev/fuse").stat().st_mode == before.st_mode


def test_a_host_can_reboot_itself(lab, fabric):
    boots = fabric.state().hosts["app2"].boots
    ssh(lab, "app2", "systemctl reboot")
    assert until(lambda: fabric.state().hosts["app2"].boots == boots + 1)
    assert until(lambda: ssh(lab, "app2", "hostname") == "app2")


def test_the_power_button_shuts_a_host_down(lab, fabric):
    fabric.shutdown("app2")
    assert until(lambda: fabric.state().hosts["app2"].power == "off")


def test_a_cut_link_leaves_management_alone(lab, fabric):
    assert told(lab, REACHES, _address(lab, "db1")) == "SSH-"
    fabric.link("db1", False)
    assert told(lab, REACHES, _address(lab, "db1")) == "lost"
    assert ssh(lab, "db1", "hostname") == "db1"
    fabric.link("db1", True)
    assert until(lambda: told(lab, REACHES, _address(lab, "db1")) == "SSH-")


def test_a_link_that_was_cut_stays_cut_over_a_power_cycle(lab, fabric):
    fabric.link("db1", False)
    fabric.power_off("db1")
    fabric.power_on("db1")
    assert until(lambda: ssh(lab, "db1", "hostname") == "db1")
    assert told(lab, REACHES, _address(lab, "db1")) == "lost"


def test_a_cut_management_link_leaves_data_alone_and_stays_cut_over_a_power_cycle(lab, fabric):
    management = str(next(host.management for host in lab.hosts if host.name == "db1"))
    fabric.management_link("db1", False)
    assert told(lab, REACHES, management) == "lost"
    assert told(lab, REACHES, _address(lab, "db1")) == "SSH-"
    fabric.power_off("db1")
    fabric.power_on("db1")
    assert until(lambda: told(lab, REACHES, _address(lab, "db1")) == "SSH-")
    assert told(lab, REACHES, management) == "lost"
    assert not fabric.state().hosts["db1"].management
    fabric.management_link("db1", True)
    assert until(lambda: told(lab, REACHES, management) == "SSH-")


def test_an_observer_that_is_cut_off_reaches_nothing_and_the_sites_reach_each_other(lab, fabric):
    """A host writes down for itself whether it reaches another: nobody can ask it meanwhile."""
    knock = f"bash -c '</dev/tcp/{_address(lab, 'db2')}/22'"
    script = f"for n in 1 2 3 4 5 6 7 8 9; do timeout 1 {knock}"
    script += " && echo reached || echo lost; sleep 0.3; done > /run/seen 2>&1"
    ssh(lab, "db1", f'systemd-run --quiet --unit=seen bash -c "{script}"')
    fabric.observer_link(False)
    assert not fabric.state().observer
    for host in lab.hosts:
        assert told(lab, REACHES, str(host.management)) == "lost"
        assert told(lab, REACHES, str(host.address)) == "lost"
    fabric.observer_link(True)
    assert until(lambda: ssh(lab, "db1", "systemctl is-active seen") == "inactive")
    assert set(ssh(lab, "db1", "cat /run/seen").split()) == {"reached"}


@pytest.mark.parametrize("pair", [("a", "b"), ("b", "a")])
def test_parted_sites_lose_each_other_but_not_the_observer(lab, fabric, pair):
    reach = (
        f"timeout 1 bash -c 'exec 3<>/dev/tcp/{_address(lab, 'db1')}/22' 2>/dev/null || echo lost"
    )
    assert ssh(lab, "db2", reach) == ""
    fabric.site_link(*pair, False)
    assert fabric.state().cut == (("a", "b"),)
    assert ssh(lab, "db2", reach) == "lost"
    assert told(lab, REACHES, _address(lab, "db1")) == "SSH-"
    assert told(lab, REACHES, _address(lab, "db2")) == "SSH-"
    fabric.site_link(*pair, True)
    assert ssh(lab, "db2", reach) == ""


def test_a_frozen_host_accepts_but_does_not_answer_until_it_thaws(lab, fabric):
    fabric.freeze("db2")
    assert told(lab, REACHES, _address(lab, "db2")) == "lost"
    fabric.thaw("db2")
    assert told(lab, REACHES, _address(lab, "db2")) == "SSH-"


def test_a_frozen_host_can_lose_its_power(lab, fabric):
    fabric.freeze("db2")
    fabric.power_off("db2")
    fabric.power_on("db2")
    assert until(lambda: told(lab, REACHES, _address(lab, "db2")) == "SSH-")


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda fabric: fabric.power_off("db9"), "there is no such host"),
        (lambda fabric: fabric.site_link("a", "z", False), "name two of the sites"),
        (lambda fabric: fabric.site_link("a", "a", False), "name two of the sites"),
    ],
)
def test_what_is_not_there_is_refused(lab, fabric, ask, why):
    with pytest.raises(LabError, match=why):
        ask(fabric)


def test_a_host_is_no_danger_to_its_machine(lab, fabric):
    ssh(lab, "db1", "date -s '2001-01-01'; echo b > /proc/sysrq-trigger; mknod /tmp/disk b 8 0")
    assert ssh(lab, "db1", "date +%Y") != "2001"
    assert ssh(lab, "db1", "ls /tmp/disk 2>&1 | grep -c cannot") == "1"
