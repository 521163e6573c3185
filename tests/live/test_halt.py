"""Halting on real hosts, with the exercise alive, dead and stopped: nothing is left broken."""

import json
import os
import signal
import subprocess
import time

import pytest
from live.conftest import DRILL, SCENARIO

pytestmark = pytest.mark.lab

STOP_HAPROXY = f"""\
drill: 1
id: entry-is-gone
title: The entry stops
targets: {SCENARIO.parent}/lab/two-sites.yaml
roles: {{boss: {{}}}}
steps:
  stop-entry:
    inject: service.stop
    with: {{unit: haproxy.service}}
    on: lb1
    timeout: 20s
  wait:
    task: Wait for the halt.
    by: boss
    after: [stop-entry]
    timeout: 10m
"""


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """Give the test a lever of its own."""
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "entry.yaml"
    path.write_text(STOP_HAPROXY)
    return path


def drill(lab, *words):
    """Return the exit status of a command, what it answered in JSON, and how long it took.

    Only for this lab: nobody else's on this machine is to be halted by a test.
    """
    began, argv = time.monotonic(), [*DRILL, *words, "--lab", lab.name, "--json"]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    return ran.returncode, json.loads(ran.stdout), time.monotonic() - began


def haproxy(lab):
    argv = [*DRILL, "lab", "exec", "lb1", "--name", lab.name, "--", "systemctl", "is-active"]
    argv += ["haproxy"]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    return ran.stdout.strip()


def became(answer, host):
    return next(one["became"] for one in answer["hosts"] if one["host"] == host)


@pytest.mark.parametrize("engine", ["alive", "stopped", "dead"])
def test_everything_is_healed_in_ten_seconds_and_nothing_begins_before_it_is_released(
    lab, tmp_path, scenario, engine, record_property
):
    runs = tmp_path / "runs"
    with lab.drill(runs, scenario=scenario, answers=()) as conduct:
        conduct.wait_for("step-ended", "stop-entry")
        assert haproxy(lab) == "inactive"
        if engine != "alive":
            stop = signal.SIGKILL if engine == "dead" else signal.SIGSTOP
            os.kill(conduct.process.pid, stop)
        status, answer, took = drill(lab, "halt", "--why", "smoke")
        assert (status, answer["clean"]) == (0, True), answer
        assert took < 10
        record_property("P6", f"drill {engine}: healed in {took:.1f} s")
        assert haproxy(lab) == "active"
        os.kill(conduct.process.pid, signal.SIGCONT)
        conduct.end()
    if engine == "alive":
        (aborted,) = conduct.events("abort-ordered")
        assert (aborted.by, aborted.why[:5]) == ("the lever", "smoke")
        assert conduct.events("exercise-closed")
    else:
        assert became(answer, "lb1") == "healed"
    with lab.drill(tmp_path / "others", scenario=scenario, answers=()) as refused:
        status, said = refused.end()
    assert (status, "halted: smoke" in said) == (77, True), said
    assert drill(lab, "release")[0] == 0
    assert {one["became"] for one in drill(lab, "heal", "--from-hosts")[1]["hosts"]} == {
        "nothing there"
    }


def test_what_a_lost_journal_left_is_healed_from_the_hosts(lab, tmp_path, scenario):
    runs = tmp_path / "runs"
    with lab.drill(runs, scenario=scenario, answers=()) as conduct:
        conduct.wait_for("step-ended", "stop-entry")
        conduct.process.kill()
        conduct.end()
    (journal,) = runs.glob("*/journal.jsonl")
    journal.write_bytes(journal.read_bytes().partition(b"\n")[0] + b"\n")
    argv = [*DRILL, "show", str(journal)]
    shown = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert shown.returncode == 74
    assert "drill heal --from-hosts" in shown.stderr
    status, answer, _ = drill(lab, "heal", "--from-hosts")
    assert (status, became(answer, "lb1")) == (0, "healed")
    assert haproxy(lab) == "active"


def test_a_host_without_power_is_switched_on_and_a_hung_one_is_listed(lab):
    lab.fabric.power_off("db1")
    lab.fabric.freeze("lb1")
    status, answer, took = drill(lab, "halt")
    assert took < 12
    assert (status, became(answer, "lb1")) == (4, "unreachable")
    assert "905 s" in next(one["note"] for one in answer["hosts"] if one["host"] == "lb1")
    assert became(answer, "db1") in {"healed", "unreachable"}
    assert lab.fabric.state().hosts["db1"].power == "on"
    lab.fabric.thaw("lb1")
