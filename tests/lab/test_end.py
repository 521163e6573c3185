"""Whatever of a lab is killed, nothing of it stays."""

import os
import signal
import subprocess

import pytest
from lab.inside import TWO_SITES, ssh, until

import drill.lab as laboratory
from drill.hosts.fabric import Fabric
from drill.lab import LabFacts, cgroups
from drill.lab.home import home
from drill.lab.launch import read_run

pytestmark = pytest.mark.lab

INIT_OF_DB1 = "pid 1 of db1"


def _devices() -> str:
    return subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout


def _processes(lab: LabFacts) -> dict[str, int]:
    run = read_run(home().lab(lab.name))
    keepers = set(cgroups.members(run.blueprint.keeper)) - {run.mid, run.labd}
    return {
        "outer": run.outer,
        "mid": run.mid,
        "labd": run.labd,
        "router": keepers.pop(),
        INIT_OF_DB1: laboratory.host_pids(lab.name)["db1"],
    }


def test_down_leaves_nothing(raise_lab):
    before = _devices()
    lab = raise_lab(bare=True)
    assert laboratory.leftovers(lab.name)
    assert laboratory.down(lab.name)
    assert laboratory.leftovers(lab.name) == ()
    assert laboratory.running(lab.name) is None
    assert _devices() == before


@pytest.mark.parametrize("victim", ["outer", "mid", "labd", "router"])
def test_the_kernel_takes_the_rest_of_a_lab_when_any_of_its_processes_is_killed(raise_lab, victim):
    before = _devices()
    lab = raise_lab(bare=True)
    os.kill(_processes(lab)[victim], signal.SIGKILL)
    assert until(lambda: laboratory.running(lab.name) is None)
    laboratory.reap_all()
    assert until(lambda: laboratory.leftovers(lab.name) == ()), laboratory.leftovers(lab.name)
    assert _devices() == before


@pytest.mark.parametrize("victim", ["mid", "labd", "router"])
def test_a_lab_that_dies_cleans_its_cgroups_up_without_being_asked(raise_lab, victim):
    lab = raise_lab(bare=True)
    os.kill(_processes(lab)[victim], signal.SIGKILL)
    assert until(lambda: laboratory.leftovers(lab.name) == ()), laboratory.leftovers(lab.name)


def test_a_host_whose_init_is_killed_is_off_and_the_lab_lives_on(raise_lab):
    lab = raise_lab(bare=True)
    fabric = Fabric(lab.fabric)
    os.kill(_processes(lab)[INIT_OF_DB1], signal.SIGKILL)
    assert until(lambda: fabric.state().hosts["db1"].power == "off")
    leaf = read_run(home().lab(lab.name)).blueprint.cgroup / "db1"
    assert cgroups.members(leaf) == ()
    assert ssh(lab, "db2", "hostname") == "db2"
    laboratory.down(lab.name)
    assert laboratory.leftovers(lab.name) == ()


def test_the_next_up_starts_over_what_a_killed_lab_left(raise_lab):
    lab = raise_lab(bare=True)
    os.kill(_processes(lab)["outer"], signal.SIGKILL)
    assert until(lambda: laboratory.running(lab.name) is None)
    again = laboratory.up(TWO_SITES, name=lab.name, bare=True)
    assert ssh(again, "db1", "hostname") == "db1"
