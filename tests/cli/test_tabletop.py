"""``drill run --as tabletop``: the story is told, people are asked, and their word is measured."""

import os
import pty
import re
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from select import select

import pytest
from exercise.stories import (
    DECIDE,
    INJECT,
    NOTIFY,
    PROBE,
    RECOVER,
    STATE_BAD,
    TASK,
    plan_with,
    service,
)

from drill import wiring
from drill.cli.shelf import new_journal, view_of
from drill.crews.fates import Fate
from drill.model.outcome import Done, Failed

WATCHED = {**service(rto={"target": "1m"}), "probe": PROBE | {"every": "100ms"}, "stable": "1s"}
STEPS = {
    "break": INJECT | {"expect": "1s", "story": "Smoke in the server room."},
    "seen": STATE_BAD | {"after": ["break"], "story": "The phones ring."},
    "tell": NOTIFY | {"after": ["seen"]},
    "choose": DECIDE | {"after": ["tell"]},
    "mend": RECOVER | {"after": ["choose.yes"], "timeout": "10s"},
    "do": TASK | {"after": ["mend"]},
}
SCENARIO = """
drill: 1
id: table
title: The [bold]table[/]
targets: targets.yaml
roles: {boss: {}}
steps:
  break: {inject: host.power-off, on: a, timeout: 10s, expect: 1s, story: Smoke.}
  mend: {recover: ssh.command, on: a, with: {argv: ["true"]}, timeout: 10s, after: [break]}
  choose: {decide: Open?, by: boss, options: {shut: stay, open: go}, after: [mend],
           default: {option: shut, after: 1h}}
"""


def played(tmp_path, plan, said):
    """Play a plan where ``said`` answers by step; what it does not name goes as claimed."""
    asked = []

    def table(order, claimed):
        asked.append(order.id)
        return said.get(order.id, claimed)

    journal = new_journal(tmp_path, plan, wiring.now().wall)
    wiring.sit(plan, journal, {}, table, lambda record: None)
    return view_of(journal), asked


def took(minutes, **more):
    return Fate(timedelta(minutes=minutes), Done(**more), by="dba")


def test_people_are_asked_in_the_order_of_the_story_and_their_times_are_measured(tmp_path):
    plan = plan_with({"shop": WATCHED}, **STEPS)
    said = {"tell": Fate(timedelta(seconds=5), Done()), "choose": took(0.1, choice="yes")}
    mending = Fate(timedelta(minutes=20), Done(note="by hand"), mends=True, by="dba")
    view, asked = played(tmp_path, plan, {**said, "mend": mending})
    assert asked == ["break", "tell", "choose", "mend", "do"]
    (rto,) = view.objectives
    assert 20 * 60 + 11 < rto.actual.lo < rto.actual.hi < 20 * 60 + 16
    assert (rto.verdict, rto.grade, view.mode, view.phase) == ("missed", "D", "tabletop", "closed")
    mend = next(step for step in view.steps if step.id == "mend")
    assert (mend.phase, mend.answered_by, mend.note) == ("done", "dba", "by hand")


def test_what_nobody_can_do_fails_the_step(tmp_path):
    plan = plan_with(mend=RECOVER, after=TASK | {"after": ["mend"]})
    view, _ = played(tmp_path, plan, {"mend": Fate(timedelta(), Failed(error="nobody could"))})
    assert [step.phase for step in view.steps] == ["failed", "skipped"]


def at_terminal(tmp_path, *keys):
    """Play at a terminal of its own; answer each question; return the status and what was said."""
    (tmp_path / "targets.yaml").write_text("name: t\nhosts: {a: {site: s, address: 192.0.2.1}}\n")
    (tmp_path / "table.yaml").write_text(SCENARIO)
    argv = [sys.executable, "-m", "drill", "run", str(tmp_path / "table.yaml")]
    argv += ["--as", "tabletop", "--runs", str(tmp_path / "runs")]
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job of a shell ignores it
        os.execve(argv[0], argv, {**os.environ, "TERM": "dumb", "COLUMNS": "100"})
    said, heard, pressed, answers = "", 0, b"", list(keys)
    with suppress(OSError), os.fdopen(terminal, "r+b", buffering=0) as ends:
        while True:
            if not select([ends], [], [], 1)[0]:  # a control key may have come too early
                ends.write(pressed if pressed < b" " else b"")
                continue
            said += ends.read(4096).decode(errors="replace")
            if re.search(r"\]: $", said[heard:]):
                heard, pressed = len(said), answers.pop(0).encode()
                ends.write(pressed)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def test_at_a_terminal_each_question_takes_an_answer_and_a_wrong_one_is_asked_again(tmp_path):
    status, said = at_terminal(
        tmp_path, "boss, by hand\n", "soon\n", "2m\n", "fly\n", "2\n", "1m30s\n"
    )
    assert "Smoke." in said
    assert "a duration is written like" in said
    assert "answer one of shut, open" in said
    assert re.search(r"02:01 .*90.0 s .*said.* boss: decide Open", said), said
    assert "[bold]table[/]" in said
    assert status == 0
    view = view_of(next(tmp_path.glob("runs/*/journal.jsonl")))
    assert [step.note for step in view.steps][1:] == ["boss, by hand", "open"]


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_who_leaves_the_table_loses_nothing_of_what_was_said(tmp_path, key):
    status, said = at_terminal(tmp_path, "boss\n", "2m\n", key)
    view = view_of(next(tmp_path.glob("runs/*/journal.jsonl")))
    assert status == 3, said
    assert [step.phase for step in view.steps] == ["done", "done", "failed"]
    assert view.steps[2].note == "they rose from the table"
    assert (view.phase, list(tmp_path.glob("runs/*/report.html")) != []) == ("closed", True)
