"""Losing the controller's own site: the hosts end the fault by themselves, and nothing is claimed.

drill reaches nothing while its own site is cut off, and neither does its probe, which
cannot tell its own way from the service: what it saw from then on decides nothing, and the
report says that a host lost sight of drill.
"""

import subprocess
import time

import pytest
from lab.inside import until
from live.conftest import SCENARIO, traces, view_of

from drill.lab import host_pids

pytestmark = [pytest.mark.lab, pytest.mark.nightly]

LEASE = 10
"""Seconds."""
ENTRY_STOPS = f"""\
drill: 1
id: entry-stops-and-so-does-the-way-to-it
title: The entry stops, and the controller's own site is lost
targets: {SCENARIO.parent}/lab/two-sites.yaml
services:
  orders:
    owner: boss
    rto: {{target: 20s}}
    probe:
      uses: http.get
      with: {{url: "http://10.20.0.10/health", expect: {{token: fresh}}}}
      every: 200ms
      within: 1s
    stable: 3s
roles: {{boss: {{}}}}
steps:
  steady:
    check: service.state
    with: {{service: orders, is: good, for: 2s}}
    timeout: 30s
  stop-entry:
    inject: service.stop
    with: {{unit: haproxy.service, lease: {LEASE}s}}
    on: lb1
    after: [steady]
    timeout: 20s
  wait:
    task: Wait until the service is back.
    by: boss
    after: [stop-entry]
    timeout: 40s
"""
CUT = 30.0
"""Seconds; longer than any lease of this drill, shorter than its tries to undo."""


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """Give the test a lever of its own."""
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))


def test_the_host_ends_the_fault_and_no_promise_counts_as_kept(lab, tmp_path):
    scenario, runs = tmp_path / "own-site.yaml", tmp_path / "runs"
    scenario.write_text(ENTRY_STOPS)
    with lab.drill(runs, scenario=scenario, answers=()) as conduct:
        conduct.wait_for("step-ended", "stop-entry")
        assert not _serves(lab)
        lab.fabric.observer_link(up=False)
        began = time.monotonic()
        assert not lab.fabric.state().observer
        assert until(lambda: _serves(lab), CUT - 5), "the host did not end the fault by itself"
        time.sleep(max(0.0, began + CUT - time.monotonic()))
        lab.fabric.observer_link(up=True)
        status, said = conduct.end()
    (journal,) = runs.glob("*/journal.jsonl")
    seen = view_of(journal.parent)
    (fault,) = seen["faults"]
    assert (fault["standing"], fault["lease"]["lost"]) == ("undone", True)
    (objective,) = seen["objectives"]
    assert (status, objective["verdict"]) == (3, "inconclusive"), said
    assert objective["actual"]["hi"] is None
    assert objective["actual"]["lo"] < LEASE
    assert "lost sight of drill" in objective["reason"]
    report = (journal.parent / "report.md").read_text()
    assert "the lease was lost, and the host ended the fault by itself" in report
    assert traces(lab) == {}


def _serves(lab):
    """Look inside the host, by no network: only the observer is cut off, not this test."""
    enter = ["nsenter", "-t", str(host_pids(lab.name)["lb1"]), "-a"]
    argv = [*enter, "systemctl", "is-active", "haproxy"]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    return ran.stdout.strip() == "active"
