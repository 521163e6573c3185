"""Runs tests inside a lab's network: a process of their own goes there."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from drill import lab as laboratory

HERE = Path(__file__).parent
RECORDS = HERE.parents[1] / ".conformance"
"""Where `make conformance` finds what was proven."""
LONGEST = 3600
TWO_SITES = HERE.parents[1] / "scenarios" / "lab" / "two-sites.yaml"


@pytest.fixture(scope="module")
def lab():
    name = f"t-{uuid.uuid4().hex[:8]}"
    laboratory.up(TWO_SITES, name=name)
    yield name
    laboratory.purge(name)


@pytest.mark.lab
@pytest.mark.nightly
@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize(
    "tests",
    [
        "faults/inside_databases.py",
        "faults/inside_disks.py",
        "faults/inside_files.py",
        "faults/inside_hosts.py",
        "faults/inside_names.py",
        "faults/inside_network.py",
        "faults/inside_power.py",
        "faults/inside_services.py",
        "actions/inside_lab.py",
    ],
)
def test_on_real_hosts(lab, tests):
    record = RECORDS / f"{Path(tests).stem}.xml"
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", f"--junitxml={record}"]
    run = subprocess.run(
        [*argv, str(HERE.parent / tests)],
        check=False,
        env=os.environ | {"DRILL_TEST_LAB": lab},
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )

    assert run.returncode == 0, run.stdout + run.stderr
