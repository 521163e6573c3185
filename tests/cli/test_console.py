"""``drill console`` as people begin and end it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from console.browser import Browser

from drill.cli.console import console, tell
from drill.console.app import Served
from drill.errors import UsageError

HAPPY = Path(__file__).parents[1] / "journals" / "happy.jsonl"


@pytest.fixture
def runs(tmp_path):
    """A directory of one run."""
    place = tmp_path / "runs" / "20261129-090000-met"
    place.mkdir(parents=True)
    shutil.copy(HAPPY, place / "journal.jsonl")
    return place.parent


def begun(runs, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "drill", "console", "latest", "--runs", runs, "--port=0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "DRILL_STATE": str(runs.parent / "state")},
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_a_link_for_each_seat_and_ends_when_told(runs, number):
    with begun(runs) as process:
        told = [process.stdout.readline().rstrip("\n").split("\t") for _ in range(9)]
        link = told[0][1]
        port, path = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/join/[\w-]{43})", link).groups()
        assert Browser(int(port)).get(path)[0] == 200
        assert Browser(int(port)).get("/healthz")[2] == "ok"
        process.send_signal(number)
        rest, errors = process.communicate(timeout=20)
    assert [seat for seat, _ in told] == [
        "facilitator",
        "evaluator",
        "observer",
        "incident-commander",
        "on-call",
        "dba",
        "head-of-sales",
        "incident-commander-deputy",
        "on-call-deputy",
    ]
    assert (process.returncode, rest, errors) == (0, "", "")


def test_what_a_desk_that_is_not_there_would_have_heard_is_told(runs):
    with begun(runs) as process:
        link = process.stdout.readline().rstrip("\n").split("\t")[1]
        port = int(re.search(r":(\d+)/", link)[1])
        eve = Browser(port).join(link, "Eve")
        text = eve.post("/say", {"says": "noted", "text": "remember this"})[2]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert "nobody conducts it now" in text
    assert "remember this" in text


def test_beyond_this_machine_it_says_what_travels_in_clear(runs):
    with begun(runs, "--listen=127.0.0.2", "--host=drill.example") as process:
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert "in clear" not in process.communicate(timeout=20)[1]
    with begun(runs, "--listen=0.0.0.0") as process:
        errors = process.communicate(timeout=20)[1]
    assert process.returncode == 64
    assert "--host NAME" in errors


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["none"], "no run 'none'"),
        (["latest", "--host=drill.example"], "give --listen ADDRESS"),
        (["latest", "--listen=everywhere"], "write an address of this machine"),
    ],
)
def test_it_says_what_is_wrong_and_the_cure(runs, options, told):
    caught = CliRunner().invoke(console, [*options, "--runs", str(runs), "--port=0"]).exception
    assert isinstance(caught, UsageError)
    assert told in str(caught)


def test_a_run_that_has_not_begun_is_told(runs):
    (runs / "20261130-090000-new").mkdir()
    (runs / "20261130-090000-new" / "journal.jsonl").touch()
    caught = CliRunner().invoke(console, ["latest", "--runs", str(runs)]).exception
    assert "holds no record yet" in str(caught)


def test_people_are_told_in_lines_and_pictures(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    links = {"observer": "http://10.0.0.1:8737/join/x", "dba": "http://10.0.0.1:8737/join/y"}
    tell(Served("http://10.0.0.1:8737", 8737, links), qr=True)
    told = capsys.readouterr().out
    assert "  observer  http://10.0.0.1:8737/join/x" in told
    assert "  dba       http://10.0.0.1:8737/join/y" in told
    assert told.count("█") > 50
    tell(Served("http://10.0.0.1:8737", 8737, links), qr=False)
    assert "█" not in capsys.readouterr().out
