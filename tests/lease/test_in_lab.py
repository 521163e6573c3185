"""Leases on real hosts with systemd: in a lab, by the program and by ``drill run`` as a whole."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lab.inside import ssh, until
from live.conftest import Lab, traces

from drill import lab as laboratory

HERE = Path(__file__).parent
TWO_SITES = HERE.parents[1] / "scenarios" / "lab" / "two-sites.yaml"
LATE = 5.0

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def lab():
    name = f"lease-{os.getpid()}"
    facts = laboratory.up(TWO_SITES, name=name)
    yield Lab(name, facts)
    laboratory.purge(name)


def test_on_a_real_host(lab):
    tests = str(HERE / "inside_lab.py")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", tests],
        check=False,
        env=os.environ | {"DRILL_TEST_LAB": lab.name},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def stands(lab):
    rules = ssh(lab.facts, "db2", "nft list ruleset")
    active = ssh(lab.facts, "app2", "systemctl is-active orders")
    return "drop" in rules, active != "active"


@pytest.fixture
def broken(lab, tmp_path):
    """Two faults stand, and the controller that made them is killed for good."""
    with lab.drill(tmp_path / "runs", scenario=HERE / "cut-off.yaml", answers=()) as conduct:
        conduct.wait_for("step-started", "hold")
        time.sleep(7)
        assert stands(lab) == (True, True), "renewed, they stand beyond their first lease"
        conduct.process.kill()
        conduct.process.communicate()
    return conduct


def test_after_a_kill_without_return_both_faults_end_by_themselves(lab, broken):
    assert until(lambda: stands(lab) == (False, False), 5 + LATE)
    tiers = {event.receipt["tier"] for event in broken.events("fault-prepared")}
    assert tiers == {"A"}


def test_taken_up_again_it_heals_and_leaves_nothing_on_its_hosts(lab, broken):
    for name in ("db2", "app2"):
        used = ssh(lab.facts, name, "du -ck /usr/local/sbin/drill-host /var/lib/drill | tail -1")
        assert 0 < int(used.split()[0]) <= 5 * 1024
    with lab.drill(broken.runs, scenario=HERE / "cut-off.yaml", answers=()) as conduct:
        status, said = conduct.end()
    assert status == 3, said
    assert "stays" not in said
    assert stands(lab) == (False, False)
    assert traces(lab) == {}


@pytest.mark.nightly
def test_also_across_a_power_cycle_of_a_host(lab, broken):
    lab.fabric.power_off("app2")
    time.sleep(6)
    lab.fabric.power_on("app2")
    assert until(lambda: stands(lab) == (False, False), 60)
