"""Three people in three browsers hold an exercise at a table, from taking a seat to its report."""

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from drill.journal.reader import read
from drill.measure.timeline import view

_ROOT = Path(__file__).parents[2]
_PATIENCE = 60
SCENARIO = f"""
drill: 1
id: three-at-a-table
title: The order database is lost
purpose: Find out who decides, and how long the way back would take.
targets: {_ROOT}/scenarios/lab/two-sites.yaml
story-time: 2027-02-03T06:30:00Z

roles:
  commander: {{count: 1}}
  dba: {{count: 1}}

objectives:
  decide:
    text: The fail-over is decided by whom the plan names.
    capability: Operational coordination
    steps: [declare]

steps:
  scene:
    inject: story
    story: The night shift calls, because no order has come in since six.
    to: dba
    expected: They look before they call.
  alert:
    notify: dba
    message: "orders: every request fails; db1 does not answer"
    acknowledge: 20m
    after: [scene]
  declare:
    decide: Invoke the database fail-over plan?
    by: commander
    options: {{failover: go on with db2, wait: keep investigating}}
    default: {{option: wait, after: 20m}}
    after: [alert]
    expected: They ask what would be lost.
  press:
    inject: story
    story: A journalist asks on the phone whether orders are lost.
    at: T+2h
    to: commander
  promote:
    recover: ssh.command
    with: {{argv: ["true"]}}
    on: db2
    after: [declare.failover]
    expect: 5m
    timeout: 1h
  accept:
    task: Place an order and accept the service.
    by: commander
    after: [promote]
    expect: 5m
    timeout: 30m
"""


@contextmanager
def process(*arguments, **wishes):
    """Run drill as people do; end it, if it has not ended itself."""
    command = [sys.executable, "-m", "drill", *arguments]
    with subprocess.Popen(command, text=True, **wishes) as running:
        try:
            yield running
        finally:
            if running.poll() is None:  # a facilitated exercise waits for its hot wash
                running.kill()


@pytest.fixture
def room(tmp_path):
    """Yield the run's process, its journal and a link for each seat."""
    scenario, runs = tmp_path / "three.yaml", tmp_path / "runs"
    scenario.write_text(SCENARIO)
    own = {"cwd": tmp_path, "env": {**os.environ, "DRILL_STATE": str(tmp_path / "state")}}
    table = ("run", str(scenario), "--as", "tabletop", "--facilitated", "--runs", str(runs))
    with (tmp_path / "out").open("w") as out, process(*table, "--json", **own, stdout=out) as run:
        journal = _journal(runs)
        watching = ("console", journal.parent.name, "--runs", str(runs), "--port", "0")
        with process(*watching, **own, stdout=subprocess.PIPE) as console:
            links = dict(console.stdout.readline().strip().split("\t") for _ in range(5))
            yield run, journal, links


def _journal(runs):
    until = monotonic() + _PATIENCE
    while monotonic() < until:
        found = list(runs.glob("*/journal.jsonl"))
        if found and found[0].stat().st_size:
            return found[0]
        sleep(0.05)
    raise AssertionError("the run began no journal")


def _seated(visit, link, person):
    page = visit()
    page.goto(link)
    page.get_by_label("Your name").fill(person)
    page.get_by_role("button", name="Join the exercise").click()
    page.get_by_text("The order database is lost").first.wait_for()
    return page


def _said(page):
    page.get_by_text("Taken down.").wait_for()


def test_three_people_hold_an_exercise_from_their_seats_to_its_report(room, visit):
    run, journal, links = room
    assert set(links) == {"facilitator", "evaluator", "observer", "commander", "dba"}
    with ExitStack() as windows:

        def opened():
            return windows.enter_context(visit())

        facilitator = _seated(opened, links["facilitator"], "Fay Silitator")
        commander = _seated(opened, links["commander"], "Com Ander")
        dba = _seated(opened, links["dba"], "Dee Bea")
        _told(facilitator, commander, dba)
        _held(facilitator, commander)
        _released(facilitator, commander, dba)
        _claimed(commander, dba)
        _washed(facilitator, commander)
        run.wait(_PATIENCE)
        dba.locator("#banner").get_by_text("The exercise is over").wait_for()
        assert not dba.locator("#yours form").count()
    _kept(journal)


def _told(facilitator, commander, dba):
    """Each hears what is for them, the staff what it is for."""
    facilitator.get_by_text("1 of 1 here").nth(1).wait_for()
    facilitator.get_by_text("They look before they call.").wait_for()
    dba.get_by_text("The night shift calls").first.wait_for()
    assert not dba.get_by_text("They look before they call.").count()
    assert not commander.get_by_text("The night shift calls").count()
    dba.locator("#acknowledged-alert-note").fill("I have it")
    dba.get_by_role("button", name="Acknowledge").click()
    _said(dba)


def _held(facilitator, commander):
    """Everybody sees the hold; who types goes on typing."""
    note = commander.locator("#decided-declare-note")
    note.fill("half typed")
    facilitator.get_by_text("Hold the clock…").click()
    facilitator.locator("#hold-why").fill("a real alarm")
    facilitator.get_by_role("button", name="Hold the clock").click()
    commander.get_by_text("The exercise clock is held").wait_for()
    commander.get_by_text("a real alarm").first.wait_for()
    assert note.input_value() == "half typed"
    facilitator.get_by_role("button", name="Resume the clock").click()
    commander.get_by_text("The exercise clock is held").wait_for(state="detached")
    commander.get_by_role("radio", name="failover").check()
    commander.get_by_role("button", name="Decide").click()
    _said(commander)


def _released(facilitator, commander, dba):
    """What comes in two hours comes now, to whom it is for."""
    facilitator.get_by_role("button", name="Release now").click()
    commander.get_by_text("A journalist asks on the phone").first.wait_for()
    assert not dba.get_by_text("A journalist asks").count()


def _claimed(commander, dba):
    """Twenty minutes are said, and have passed."""
    dba.get_by_label("How long would it take?").fill("20m")
    dba.get_by_role("button", name="So we would do it").click()
    _said(dba)
    commander.get_by_role("button", name="I take it on").click()
    commander.get_by_text("Taken on by").wait_for()
    commander.get_by_role("button", name="It is done").click()


def _washed(facilitator, commander):
    commander.get_by_label("In your own words").fill("We knew whom to call.")
    commander.get_by_role("button", name="Save", exact=True).click()
    commander.wait_for_function("() => document.getElementById('wash-text').value === ''")
    facilitator.get_by_text("End the hot wash…").click()
    facilitator.get_by_role("button", name="End the hot wash and close").click()


def _kept(journal):
    """All of it is in the journal, and in the report."""
    records, head = read(journal)
    seen = view(records, None, head)
    steps = {step.id: step for step in seen.steps}
    assert seen.phase == "closed"
    assert {step.phase for step in seen.steps} == {"done"}
    assert steps["alert"].answered_by == "Dee Bea"
    assert steps["declare"].note.startswith("failover")
    assert steps["promote"].claimed == 1200.0
    assert steps["accept"].answered_by == "Com Ander"
    assert [hold.why for hold in seen.holds] == ["a real alarm"]
    assert [one.text for one in seen.findings if one.by] == ["We knew whom to call."]
    assert seen.clock > 1200.0
    report = (journal.parent / "report.html").read_text()
    assert "We knew whom to call." in report
