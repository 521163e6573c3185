"""drill itself, killed on real hosts at moments of its own journal, and taken up again, or not."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import drill.lab as laboratory
from drill.journal.reader import read

pytestmark = pytest.mark.lab

HERE = Path(__file__).parent
DRILL = (sys.executable, "-m", "drill")
VICTIM = b"[Service]\nExecStart=/usr/bin/python3 -m http.server 8000\n"
UNIT = "/run/systemd/system/victim.service"


@pytest.fixture(scope="module")
def lab():
    """Bring up two small hosts, of which one serves something."""
    name = f"kills-{os.getpid()}"
    laboratory.up(HERE / "lab.yaml", name=name)
    try:
        on(name, "web", "tee", UNIT, given=VICTIM)
        on(name, "web", "systemctl", "start", "victim")
        yield name
    finally:
        laboratory.purge(name)
    assert laboratory.leftovers(name) == ()


def on(lab, host, *argv, given=b""):
    """Run a command on a host, over SSH, and return what it printed."""
    enter = [*DRILL, "lab", "exec", "--name", lab, host, "--", *argv]
    return subprocess.run(enter, input=given, stdout=subprocess.PIPE, check=False).stdout.decode()


def standing(lab):
    """Return what is broken on the hosts, seen by other means than drill's."""
    stopped = on(lab, "web", "systemctl", "is-active", "victim").strip() != "active"
    cut = "drill" in on(lab, "far", "nft", "list", "tables")
    return {name for name, broken in (("stop-it", stopped), ("cut-off", cut)) if broken}


def started(lab, runs, lease="60s"):
    argv = [*DRILL, "run", str(HERE / "scenario.yaml"), "--lab", lab, "--runs", str(runs)]
    return subprocess.Popen(
        [*argv, "--set", f"lease={lease}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def killed_at(process, runs, moment):
    """Kill it as soon as its journal tells of an event: a name, or a name and a step."""
    name, _, step = moment.partition(" ")
    mark = f'"type":"{name}"' + (f',"step":"{step}"' if step else "")
    until = time.monotonic() + 60
    while not any(mark in path.read_text() for path in runs.glob("*/journal.jsonl")):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until, f"no {moment}"
        time.sleep(0.001)
    process.kill()
    process.communicate()


def taken_up(lab, runs, lease="60s"):
    """Let the same command come to its end; return its exit status and the run's records."""
    process = started(lab, runs, lease)
    said, _ = process.communicate(timeout=120)
    (run,) = runs.iterdir()
    records, _ = read(run / "journal.jsonl")
    assert records[-1].event.type == "exercise-closed", said
    return process.returncode, [record.event for record in records]


OFTEN = (
    ["fault-prepared stop-it"],
    ["undo-started cut-off"],
    ["step-ended cut-off", "undo-started stop-it"],
)
"""On every commit; `tests/kills/test_kills.py` kills at each moment, on a host in memory."""
NIGHTLY = (
    ["exercise-opened"],
    ["step-started stop-it"],
    ["step-ended stop-it"],
    ["step-started cut-off"],
    ["fault-prepared cut-off"],
    ["step-started mend"],
    ["undo-started stop-it"],
    ["undo-ended stop-it"],
    ["fault-prepared stop-it", "conductor-resumed"],
    ["step-ended cut-off", "undo-started cut-off"],
)


@pytest.mark.parametrize(
    "moments",
    [*OFTEN, *(pytest.param(moments, marks=pytest.mark.nightly) for moments in NIGHTLY)],
    ids=" then ".join,
)
def test_killed_and_taken_up_by_the_same_command_it_leaves_nothing_broken(lab, tmp_path, moments):
    for moment in moments:
        killed_at(started(lab, tmp_path), tmp_path, moment)
    status, events = taken_up(lab, tmp_path)
    assert standing(lab) == set()
    assert status in {0, 3}, "a fault is left standing, or nobody knows"
    types = [event.type for event in events]
    assert types.count("conductor-resumed") == len(moments)
    if "fault-prepared" in types:
        prepared = [event.step for event in events if event.type == "fault-prepared"]
        assert len(prepared) == len(set(prepared))
        undone = {
            event.step
            for event in events
            if event.type == "undo-ended" and event.outcome.kind == "done"
        }
        assert undone == set(prepared)


def test_killed_and_never_taken_up_the_hosts_end_the_faults_themselves(lab, tmp_path):
    process = started(lab, tmp_path, lease="5s")
    killed_at(process, tmp_path, "step-ended cut-off")
    died = time.monotonic()
    assert standing(lab) == {"stop-it", "cut-off"}
    while standing(lab):
        assert time.monotonic() - died < 5 + 5, "a fault outlived its lease"
        time.sleep(0.1)
    status, _ = taken_up(lab, tmp_path, lease="5s")
    assert status in {0, 3}
    assert standing(lab) == set()
