"""What people say from elsewhere: real commands, to a real conductor, of a facilitated table."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from select import select

import pytest

from drill import wiring
from drill.cli.main import COMMANDS, main
from drill.cli.sources import open_plan
from drill.desk import desk_of, say_at
from drill.errors import JournalBusyError
from drill.journal.reader import read
from drill.model.sayings import Joined, Noted
from drill.plugins import Registry

SCENARIO = """
drill: 1
id: table
title: The table
targets: targets.yaml
roles: {boss: {}, oncall: {}}
objectives: {call-out: {text: The right people are reached}}
steps:
  call: {notify: oncall, message: It smokes, acknowledge: 30m}
  break: {inject: host.power-off, on: a, timeout: 10s, expect: 1s, after: [call]}
  mend: {recover: ssh.command, on: a, with: {argv: ["true"]}, timeout: 30m, after: [break]}
  press: {inject: story, story: A journalist calls., after: [mend]}
  twist: {inject: story, story: It burns., after: [mend]}
  choose: {decide: Open?, by: boss, options: {shut: stay, open: go}, after: [mend],
           default: {option: shut, after: 1h}}
  tell: {task: Tell everybody, by: boss, timeout: 1h, after: [choose.open]}
  review: {inject: story, story: The morning after., at: T+2h, after: [tell]}
"""
PEOPLE = [name for name, (module, _) in COMMANDS.items() if module == "drill.cli.people"]
SAY = [sys.executable, "-m", "drill"]


class Table:
    """A facilitated exercise in a process of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.env = {**os.environ, "DRILL_STATE": str(place / "state"), "NO_COLOR": "1"}
        self.begin()

    def begin(self):
        self.out = (self.place / "out").open("w")
        self.process = subprocess.Popen(
            [*SAY, "run", "table.yaml", "--as", "tabletop", "--facilitated"],
            cwd=self.place,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=subprocess.STDOUT,
        )
        self.until(lambda events: any(event.get("step") == "call" for event in events))

    @property
    def journal(self):
        return next(self.place.glob("runs/*/journal.jsonl"), self.place / "nowhere")

    @property
    def events(self):
        lines = self.journal.read_text().splitlines() if self.journal.is_file() else []
        return [json.loads(line)["event"] for line in lines]

    def until(self, holds):
        end = time.monotonic() + 30
        while not holds(self.events):
            assert time.monotonic() < end, (self.place / "out").read_text()
            assert self.process.poll() is None, (self.place / "out").read_text()
            time.sleep(0.05)

    def started(self, step):
        self.until(lambda events: {"step-started", step} <= _words(events))

    def say(self, *words):
        """Say it in this very process, which is quick: to the conductor it makes no difference."""
        out, err = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            patch.chdir(self.place)
            patch.setattr(sys, "argv", ["drill", *words])
            patch.setenv("DRILL_STATE", self.env["DRILL_STATE"])
            with pytest.raises(SystemExit) as ended:
                main()
        return subprocess.CompletedProcess(words, ended.value.code, out.getvalue(), err.getvalue())

    def say_elsewhere(self, *words):
        """Say it in a process of its own."""
        argv = [*SAY, *words]
        return subprocess.run(
            argv, cwd=self.place, env=self.env, check=False, capture_output=True, text=True
        )

    def counts(self, *words, say=None):
        said = (say or self.say)(*words)
        assert (said.returncode, said.stderr) == (0, ""), said
        assert said.stdout.count("\n") == 1
        return said.stdout

    def over(self):
        status = self.process.wait(30)
        self.out.close()
        return status, (self.place / "out").read_text()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.out.close()


def _words(events):
    return {word for event in events for word in (event["type"], event.get("step"))}


@pytest.fixture
def table(tmp_path):
    (tmp_path / "targets.yaml").write_text("name: t\nhosts: {a: {site: s, address: 192.0.2.1}}\n")
    (tmp_path / "table.yaml").write_text(SCENARIO)
    found = Table(tmp_path)
    yield found
    found.close()


def test_a_table_is_played_to_its_report_by_what_people_say_from_elsewhere(table):
    assert table.counts(
        "join", "latest", "--as", "oncall", "--person", "Ann Lee", say=table.say_elsewhere
    ).startswith("joined: Ann Lee as oncall, in 2")
    table.counts("inject", "latest", "twist", "--keep")
    table.counts("inject", "latest", "press", "--skip", "no time")
    table.counts("hold", "latest", "the bridge broke down")
    table.counts("resume", "latest")
    acknowledged = table.counts("answer", "latest", "call", "acknowledge", say=table.say_elsewhere)
    assert "acknowledged call" in acknowledged
    table.until(lambda events: {"mend"} <= _words(events))
    table.counts("answer", "latest", "mend", "20m", "--note", "by hand")
    table.until(lambda events: {"choose"} <= _words(events))
    table.counts("inject", "latest", "twist")
    table.counts("answer", "latest", "choose", "open")
    table.until(lambda events: {"tell"} <= _words(events))
    table.counts("answer", "latest", "tell", "accept")
    table.counts("answer", "latest", "tell", "done", "--as", "facilitator")
    table.counts("jump", "latest")
    table.counts("note", "latest", "slow", "--objective", "call-out", "--rating", "S")
    table.counts("note", "latest", "They were calm", "--on", "choose")
    table.until(lambda events: "undo-ended" in _words(events))
    table.counts("note", "latest", "Quick", "--strength")
    table.counts("note", "latest", "Numbers", "--improvement", "--objective", "call-out")
    table.counts("end", "latest")
    status, out = table.over()
    assert status == 0, out
    assert (table.journal.parent / "report.html").is_file()
    said = [event for event in table.events if event["type"] == "person-said"]
    assert [event["refused"] for event in said] == [""] * 17
    assert {event["means"] for event in said} == {"command line"}
    ended = {e["step"]: e for e in table.events if e["type"] == "step-ended"}
    assert ended["mend"]["outcome"]["note"] == "by hand"
    assert ended["choose"]["outcome"]["choice"] == "open"
    assert {e["step"] for e in table.events if e["type"] == "step-skipped"} == {"press"}
    assert not list((table.place / "state" / "desks").iterdir())
    late = table.say_elsewhere("answer", "latest", "choose", "shut")
    assert (late.returncode, late.stdout) == (69, "")
    assert "nobody conducts it" in late.stderr


def test_what_counts_for_nothing_is_told_why_is_kept_and_ends_with_1(table):
    table.counts("answer", "latest", "call", "acknowledge", "--as", "oncall")
    table.started("mend")
    refused = [
        (("answer", "latest", "call", "acknowledge"), "call is over"),
        (("answer", "latest", "choose", "open"), "choose is not asked yet"),
        (("answer", "latest", "nowhere", "done"), "there is no step nowhere"),
        (("answer", "latest", "mend", "5m", "--as", "observer"), "an observer only watches"),
        (("join", "latest", "--as", "king"), "there is no role king here"),
        (("resume", "latest"), "the clock is not held"),
        (("inject", "latest", "call", "--keep"), "call has begun, or is over"),
        (("note", "latest", "x", "--objective", "fame"), "there is no objective fame"),
        (("note", "latest", "x", "--strength"), "the hot wash begins when every step is over"),
        (("end", "latest"), "it is still under way"),
    ]
    for words, why in refused:
        said = table.say(*words)
        assert (said.returncode, said.stdout) == (1, ""), said
        assert said.stderr.startswith(f"refused: {why}"), said
    table.counts("answer", "latest", "mend", "5m")
    table.started("choose")
    table.counts("hold", "latest", "wait")
    for words, why in [
        (("answer", "latest", "choose", "fly"), "'fly' is none of shut, open"),
        (("answer", "latest", "choose", "open", "--as", "oncall"), "choose is not for oncall"),
    ]:
        said = table.say(*words, "--json")
        assert (said.returncode, said.stderr) == (1, "")
        assert json.loads(said.stdout)["refused"].startswith(why)
    kept = [event["refused"] for event in table.events if event["type"] == "person-said"]
    assert sum(map(bool, kept)) == len(refused) + 2


def test_fifty_people_at_once_are_all_kept_once(table, monkeypatch):
    monkeypatch.setenv("DRILL_STATE", table.env["DRILL_STATE"])
    desk = desk_of(table.journal)

    def say(n):
        first = say_at(desk, f"p{n}", "oncall", "test", Joined())
        return first, say_at(desk, f"p{n}", "oncall", "test", Noted(text=f"note {n}"))

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(say, range(50))) == {("", "")}
    table.counts("end", "latest", "--early", "enough")
    table.until(lambda events: "step-ended" in _words(events))
    table.counts("end", "latest")
    table.over()
    records, _ = read(table.journal)
    notes = [
        r.event.saying.text
        for r in records
        if r.event.type == "person-said" and r.event.saying.says == "noted"
    ]
    assert sorted(notes) == sorted(f"note {n}" for n in range(50))


def test_ctrl_c_ends_it_early_and_the_report_is_written(table):
    table.process.send_signal(signal.SIGINT)
    table.until(lambda events: "abort-ordered" in _words(events))
    table.until(lambda events: "step-ended" in _words(events))
    table.process.send_signal(signal.SIGINT)  # and the hot wash too
    status, out = table.over()
    assert status == 3, out
    assert table.events[-1]["type"] == "exercise-closed"
    assert (table.journal.parent / "report.html").is_file()


def test_a_second_conductor_is_turned_away_and_the_first_goes_on(table, monkeypatch):
    monkeypatch.setenv("DRILL_STATE", table.env["DRILL_STATE"])
    plan = open_plan(table.place / "table.yaml", {}, Registry()).plan
    opened = wiring.opening("x", plan, {}, "tabletop", facilitated=True)
    with (
        pytest.raises(JournalBusyError),
        wiring.seated(plan, table.journal, opened, lambda record: None, "x"),
    ):
        pass
    table.counts("answer", "latest", "call", "acknowledge")


def test_where_the_conductor_was_killed_nobody_hears_until_it_is_taken_up(table):
    table.counts("join", "latest", "--as", "oncall")
    table.process.kill()
    table.process.wait()
    table.out.close()
    assert list((table.place / "state" / "desks").iterdir())
    said = table.say("answer", "latest", "call", "acknowledge")
    assert (said.returncode, said.stdout) == (69, "")
    assert "nobody conducts it now" in said.stderr
    table.begin()
    table.until(lambda events: "conductor-resumed" in _words(events))
    assert len(list(table.place.glob("runs/*"))) == 1
    again = table.say("join", "latest", "--as", "oncall")
    assert "you are here already" in again.stderr
    table.counts("answer", "latest", "call", "acknowledge")
    table.started("mend")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("hold", "nothing", "x"), "no run 'nothing'"),
        (("answer", "nothing", "x", "y"), "no run 'nothing'"),
        (("join", "nothing"), "add --as ROLE"),
        (("inject", "nothing", "x", "--keep", "--skip", "y"), "not both"),
        (("note", "nothing", "x", "--rating", "S"), "add --objective"),
        (("note", "nothing", "x", "--on", "s", "--strength"), "about a step"),
        (("note", "nothing", "x", "--objective", "o", "--rating", "S", "--strength"), "leave one"),
        (("run", "table.yaml", "--as", "rehearsal", "--facilitated"), "--facilitated"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_cure(tmp_path, words, why):
    (tmp_path / "table.yaml").touch()
    said = subprocess.run([*SAY, *words], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (64, "")
    assert why in said.stderr


def test_words_that_are_none_are_refused_where_they_are_typed(table):
    for words, why in [
        (("join", "latest", "--as", "No Role"), "a role is written like"),
        (("hold", "latest", ""), "why: "),
        (("answer", "latest", "No Step", "done"), "step: "),
        (("answer", "latest", "mend", "soon"), "how long it takes, like 20m"),
        (("answer", "latest", "mend", "40d"), "takes: "),
        (("note", "latest", "x" * 4001), "text: "),
    ]:
        said = table.say(*words)
        assert (said.returncode, said.stdout) == (64, ""), said
        assert why in said.stderr
    assert "person-said" not in _words(table.events)


@pytest.mark.parametrize("name", PEOPLE)
def test_each_has_an_example_and_speaks_to_machines_too(name):
    command = getattr(import_module("drill.cli.people"), name)
    assert f"Example: `drill {name} latest" in command.help
    assert "as_json" in {param.name for param in command.params}


def test_whoever_sits_at_the_terminal_of_a_table_answers_by_the_keyboard(tmp_path):
    (tmp_path / "targets.yaml").write_text("name: t\nhosts: {a: {site: s, address: 192.0.2.1}}\n")
    (tmp_path / "table.yaml").write_text(SCENARIO)
    ours, theirs = pty.openpty()
    env = {**os.environ, "DRILL_STATE": str(tmp_path / "state"), "TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(
        [*SAY, "run", "table.yaml", "--as", "tabletop", "--facilitated"],
        cwd=tmp_path,
        env={**env, "LINES": "40"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = ""

    def shows(text):
        nonlocal seen
        end = time.monotonic() + 30
        while text not in seen:
            assert time.monotonic() < end, seen
            if select([ours], [], [], 0.1)[0]:
                seen += os.read(ours, 65536).decode(errors="replace")
        seen = ""

    try:
        shows("oncall is told")
        os.write(ours, b"\n")
        shows("how would that be done?")
        os.write(ours, b"soon\n")
        shows("like 20m")
        os.write(ours, b"25m\n")
        shows("boss decides")
        os.write(ours, b"2\n")
        shows("boss is to do")
        os.write(ours, b"refuse\n")
        shows("undo of break is done")
        process.send_signal(signal.SIGINT)
        shows("report")
        assert process.wait(30) == 3
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    records, _ = read(next(tmp_path.glob("runs/*/journal.jsonl")))
    said = [r.event.saying.says for r in records if r.event.type == "person-said"]
    assert said[:4] == ["acknowledged", "claimed", "decided", "refused"]
