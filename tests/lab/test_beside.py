"""Labs do not know of each other, and commands at the same time do not hurt."""

import subprocess
import sys

import pytest
from lab.inside import TWO_SITES, ssh

import drill.lab as laboratory
from drill.errors import LabError
from drill.hosts.fabric import Fabric

pytestmark = pytest.mark.lab


def test_two_labs_with_the_same_addresses_stand_side_by_side(raise_lab):
    one, other = raise_lab(bare=True), raise_lab(bare=True)
    ssh(one, "db1", "echo one > /root/whose")
    ssh(other, "db1", "echo other > /root/whose")
    assert ssh(one, "db1", "cat /root/whose") == "one"
    laboratory.down(one.name)
    assert ssh(other, "db1", "cat /root/whose") == "other"
    assert all(host.power == "on" for host in Fabric(other.fabric).state().hosts.values())


def test_two_ups_at_the_same_time_make_one_lab(raise_lab):
    name = raise_lab(bare=True).name
    laboratory.down(name)
    code = (
        "import sys, pathlib, drill.lab as l;"
        "print(l.up(pathlib.Path(sys.argv[1]), name=sys.argv[2], bare=True).labd)"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(TWO_SITES), name], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    first, second = (each.communicate(timeout=60)[0] for each in both)
    assert first == second != ""


def test_up_of_a_lab_that_is_up_changes_nothing_and_mends_an_interrupted_up(raise_lab):
    lab = raise_lab(bare=True)
    lab.hosts[0].known_hosts.unlink()
    assert laboratory.up(TWO_SITES, name=lab.name, bare=True) == lab
    assert ssh(lab, "db1", "hostname") == "db1"


def test_another_file_cannot_take_a_name_that_is_up(raise_lab, tmp_path):
    lab = raise_lab(bare=True)
    other = tmp_path / "other.yaml"
    other.write_text(TWO_SITES.read_text().replace("10.20.0.16", "10.20.0.99"))
    with pytest.raises(LabError, match="another file's lab is up"):
        laboratory.up(other, name=lab.name, bare=True)


def test_the_hosts_keys_are_pinned(raise_lab):
    lab = raise_lab(bare=True)
    db1, db2 = (next(h for h in lab.hosts if h.name == name) for name in ("db1", "db2"))
    pinned = db1.known_hosts.read_text()
    db1.known_hosts.write_text(pinned.replace(str(db1.management), "10.99.9.9"))
    assert "Host key verification failed" in ssh(lab, "db1", "hostname")
    assert ssh(lab, "db2", "hostname") == "db2"
    assert db2.known_hosts == db1.known_hosts


def test_each_host_knows_its_neighbours_by_their_keys(raise_lab):
    lab = raise_lab(bare=True)
    known = ssh(lab, "app1", "cat /etc/ssh/ssh_known_hosts").splitlines()
    mine = ssh(lab, "db2", "cat /etc/ssh/ssh_host_ed25519_key.pub").split()[1]
    assert [line.split()[2] for line in known if line.startswith("db2,10.20.0.16 ")] == [mine]
    assert len(known) == len(lab.hosts)


def test_a_disk_is_blank_at_each_up(raise_lab):
    lab = raise_lab(bare=True)
    ssh(lab, "db1", "echo old > /root/note")
    laboratory.down(lab.name)
    again = laboratory.up(TWO_SITES, name=lab.name, bare=True)
    assert ssh(again, "db1", "ls /root") == ""
