"""One file played at a table, then conducted live, and answered from elsewhere both times."""

import subprocess
import time
from contextlib import contextmanager

import pytest
from lab.inside import until
from live.conftest import DRILL, SCENARIO, Conduct, traces, view_of

pytestmark = [pytest.mark.lab, pytest.mark.nightly]

ANSWERS = {
    "alert": ("acknowledge", "--as", "on-call", "--note", "seen on the phone"),
    "declare": ("failover", "--as", "incident-commander"),
    "accept": ("done", "--as", "head-of-sales"),
}
CLAIM = ("20s",)
PERSON = "the table"


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """Give the test desks and a lever of its own."""
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))


@contextmanager
def at_table(runs):
    """Play it at a table; it is ended if the test fails."""
    argv = [*DRILL, "run", str(SCENARIO), "--as", "tabletop", "--facilitated", "--runs", str(runs)]
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Conduct(process, runs)
    finally:
        if process.poll() is None:  # nothing is touched at a table: there is nothing to heal
            process.kill()
            process.communicate(timeout=60)


@contextmanager
def closed_whatever_happens(runs):
    """End a facilitated exercise that a failed test leaves: it would wait for the hot wash."""
    try:
        yield
    except BaseException:
        deadline = time.monotonic() + 60
        while not say(runs, "end")[0] and time.monotonic() < deadline:
            say(runs, "end", "--early", "the test failed")
        raise


def say(runs, *words):
    """Say something by a command; tell whether it counts."""
    argv = [*DRILL, words[0], "latest", *words[1:], "--runs", str(runs)]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    return ran.returncode == 0, ran.stdout + ran.stderr


def talk_through(conduct, runs, claims, seconds=240):
    """Answer whatever is asked until nothing is any more, then end the hot wash."""
    end, answered = time.monotonic() + seconds, set()
    while time.monotonic() < end:
        started = {event.step for event in conduct.events("step-started")}
        ended = {event.step for event in conduct.events("step-ended")}
        for step in started - ended - answered:
            words = ANSWERS.get(step, CLAIM if claims else None)
            if words and say(runs, "answer", step, *words)[0]:
                answered.add(step)
        if say(runs, "end")[0]:
            return
        time.sleep(0.2)
    raise AssertionError(f"it is still under way: {conduct.events('step-started')[-3:]}")


def headings(run):
    return [line for line in (run / "report.md").read_text().splitlines() if line[:3] == "## "]


def test_what_was_claimed_at_a_table_stands_beside_what_was_measured(lab, tmp_path):
    runs = tmp_path / "runs"
    with at_table(runs) as table:
        table.wait_for("step-started")
        assert say(runs, "join", "--as", "on-call", "--person", PERSON)[0]
        talk_through(table, runs, claims=True)
        table.end()
    (first,) = runs.iterdir()
    facilitated = lab.drill(runs, "--facilitated", answers=())
    with facilitated as live, closed_whatever_happens(runs):
        assert until(lambda: len(list(runs.glob("*/journal.jsonl"))) == 2, 60)
        live.wait_for("step-started", "alert")
        counts, why = say(runs, "answer", "declare", "failover", "--as", "on-call")
        assert (counts, "refused" in why) == (False, True)
        assert say(runs, "note", "The vendor does not answer", "--as", "on-call")[0]
        talk_through(live, runs, claims=False)
        status, said = live.end()
    (second,) = set(runs.iterdir()) - {first}
    assert status == 0, said
    assert headings(first) == headings(second)
    claimed, measured = view_of(first), view_of(second)
    assert {one["grade"] for one in claimed["objectives"]} == {"D"}
    assert {one["grade"] for one in measured["objectives"]} <= {"A", "B"}
    assert [one for one in measured["sayings"] if one["refused"]]
    report = (second / "report.md").read_text()
    (row,) = [line for line in report.splitlines() if "promote-db2" in line and "20.0 s" in line]
    assert first.name in report, row
    assert traces(lab) == {}
