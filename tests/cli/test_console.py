"""``drill console`` as people begin and end it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from click.testing import CliRunner
from console.browser import Browser

from drill.cli.conduct import run
from drill.cli.console import console, tell
from drill.console.app import Served
from drill.errors import JournalError, UsageError

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
    assert isinstance(caught, JournalError)
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


TABLE = """\
# yaml-language-server: $schema=../drill.schema.json
drill: 1
id: two-questions
title: Two questions
purpose: To see that people are heard.
roles:
  lead: {}
steps:
  tell:
    notify: lead
    message: The database is down.
    acknowledge: 10m
"""


def test_a_table_is_held_from_a_link_to_its_end(tmp_path):
    """One process conducts and shows; people sit in browsers; what they say is in the journal."""
    scenario = tmp_path / "table.yaml"
    scenario.write_text(TABLE)
    options = ["--as=tabletop", "--facilitated", "--console=0", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "drill", "run", scenario, "--runs", tmp_path / "runs", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "DRILL_STATE": str(tmp_path / "state")},
    ) as process:
        links = {}
        while "lead" not in links:
            line = process.stderr.readline()
            assert line
            if found := re.match(r"console: (\S+) (\S+)", line):
                links[found[1]] = found[2]
        port = int(re.search(r":(\d+)/", links["lead"])[1])
        eve = Browser(port).join(links["facilitator"], "Eve")
        ann = Browser(port).join(links["lead"], "Ann")
        assert _until(lambda: "The database is down" in ann.get("/")[2])
        assert ann.post("/say", {"says": "held", "why": "lunch"})[0] == 409
        assert ann.post("/say", {"says": "acknowledged", "step": "tell"})[0] == 303
        assert _until(lambda: eve.post("/say", {"says": "ended"})[0] == 303)
        out, errors = process.communicate(timeout=60)
    events = [json.loads(line)["event"] for line in out.splitlines()]
    said = [
        (one["person"], one["role"], one["means"], one["saying"]["says"], bool(one.get("refused")))
        for one in events
        if one["type"] == "person-said" and one["saying"]["says"] != "ended"
    ]
    assert ("Ann", "lead", "console", "joined", False) in said
    assert ("Ann", "lead", "console", "held", True) in said
    assert ("Ann", "lead", "console", "acknowledged", False) in said
    assert events[-1]["type"] == "exercise-closed", errors
    assert process.returncode in {0, 3}


def _until(holds, seconds=20):
    end = monotonic() + seconds
    while not (held := holds()) and monotonic() < end:
        sleep(0.2)
    return held


@pytest.mark.parametrize("mode", ["rehearsal", "tabletop"])
def test_no_console_where_nobody_could_take_part(tmp_path, mode):
    scenario = tmp_path / "table.yaml"
    scenario.write_text(TABLE)
    options = [str(scenario), "--as", mode, "--console=0", "--runs", str(tmp_path / "runs")]
    caught = CliRunner().invoke(run, options).exception
    assert isinstance(caught, UsageError)
    assert "give --facilitated" in str(caught)


def test_what_it_needs_and_how_to_get_it_is_told(runs):
    program = (
        "import sys; sys.modules['uvicorn'] = None\n"
        f"sys.argv = ['drill', 'console', 'latest', '--runs', {str(runs)!r}]\n"
        "from drill.cli.main import main; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 69
    assert "the console needs uvicorn; install: pip install 'drill[console]'" in ran.stderr
