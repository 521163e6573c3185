"""Halt, release and heal from the command line, where no lab is up; with one: ``tests/live``."""

import json
import queue
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from drill import wiring
from drill.cli.halt import halt, heal, release
from drill.cli.session import _assert_released
from drill.errors import SafetyError, UsageError
from drill.hosts.lever import heeding


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a lever and a home for labs of its own, where a lab's root could walk."""
    with TemporaryDirectory(prefix="drill-") as name:
        place = Path(name)
        place.chmod(0o755)
        monkeypatch.setenv("DRILL_STATE", str(place / "state"))
        monkeypatch.setenv("DRILL_LAB_HOME", str(place / "labs"))
        yield place


def say(command, *words):
    return CliRunner().invoke(command, words, standalone_mode=False, catch_exceptions=False)


def test_a_halt_engages_the_lever_until_it_is_released():
    said = say(halt, "--why", "smoke in the hall")
    assert said.return_value == 0
    assert "smoke in the hall" in said.output
    assert "drill release" in said.output
    assert "smoke in the hall (by " in wiring.lever().engaged()
    with pytest.raises(SafetyError, match="halted: smoke in the hall"):
        _assert_released()
    assert "released" in say(release).output
    _assert_released()
    assert "was not engaged" in say(release).output


def test_a_lever_that_cannot_be_engaged_is_told_and_no_success(place):
    (place / "state").mkdir()
    (place / "state" / "lever").touch()
    said = say(halt, "--json")
    assert said.return_value == 4
    assert "NOT engaged" in json.loads(said.output)["said"]


def test_what_is_told_to_machines_is_json():
    assert json.loads(say(halt, "--json").output)["clean"]
    assert json.loads(say(heal, "--from-hosts", "--json").output) == {
        "said": "",
        "clean": True,
        "hosts": [],
        "wrong": [],
    }


def test_labs_in_disorder_keep_nobody_from_halting_and_are_told(place):
    (place / "labs").touch()
    said = say(halt, "--why", "smoke")
    assert said.return_value == 4
    assert str(place / "labs") in said.output
    assert wiring.lever().engaged()


def test_healing_says_whom_it_asks():
    with pytest.raises(UsageError, match="--from-hosts"):
        say(heal)
    assert "no lab is running" in say(heal, "--from-hosts").output
    with pytest.raises(SafetyError, match="not up"):
        say(heal, "--from-hosts", "--lab", "gone")


def test_a_lever_that_is_touched_by_hand_aborts_a_running_exercise_within_a_second():
    lever, asked = wiring.lever(), queue.SimpleQueue()
    lever.mount()
    with heeding(lever, lambda by, why: asked.put((by, why))):
        assert asked.empty()
        lever.file.touch()
        assert asked.get(timeout=5) == ("the lever", f"{lever.file} is there")
    assert asked.empty(), "once is enough"
