"""How drill ends: statuses and messages, as a shell sees them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from drill.cli.main import COMMANDS, _Commands

HAPPY = Path(__file__).parents[1] / "journals" / "happy.jsonl"


def drill(*words, cwd=None):
    argv = [sys.executable, "-m", "drill", *words]
    return subprocess.run(argv, check=False, capture_output=True, text=True, cwd=cwd)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 64, "Usage: drill"),
        (("nonsense",), 64, "No such command"),
        (("run",), 64, "SCENARIO"),
        (("run", "nowhere.yaml"), 64, "does not exist"),
        (("run", "bad.yaml"), 65, "bad.yaml:1:1"),
        (("check", "bad.yaml"), 65, "bad.yaml:1:1"),
        (("show", "nothing"), 64, "no run 'nothing'"),
        (("check", "--set", "x", "bad.yaml"), 64, "NAME=VALUE"),
        (("lab", "status", "--name", "../x"), 69, "lab"),
        (("--version",), 0, "drill"),
    ],
)
def test_each_end_has_its_status_and_one_clear_message(tmp_path, words, status, said):
    (tmp_path / "bad.yaml").write_text("drill: 2\n")
    ended = drill(*words, cwd=tmp_path)
    told = ended.stdout + ended.stderr
    assert (ended.returncode, said in told) == (status, True), told
    assert "Traceback" not in told


def test_a_reader_that_leaves_early_is_told_nothing():
    line = f"{sys.executable} -m drill schema | head -n 1 >/dev/null"
    ended = subprocess.run(["bash", "-c", line], check=True, capture_output=True, text=True)
    assert ended.stderr == ""


SAYINGS = (("hold", "latest", "why"), ("answer", "latest", "declare", "wait"))
CONDUCTS = ("drill.wiring", "drill.engine", "drill.crews", "drill.hosts", "drill.measure")
"""What takes most of a second to import, and says nothing."""


def test_who_only_says_something_loads_nothing_that_conducts(tmp_path, monkeypatch):
    (tmp_path / "runs" / "one").mkdir(parents=True)
    shutil.copy(HAPPY, tmp_path / "runs" / "one" / "journal.jsonl")
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))
    script = (
        "import sys; from drill.cli.main import cli; from drill.errors import DeskError\n"
        f"for words in {SAYINGS}:\n"
        "    try: cli.main(words, standalone_mode=False)\n"
        "    except DeskError: print('nobody hears it')\n"
        "print(*sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    *heard, loaded = ended.stdout.splitlines()
    assert heard == ["nobody hears it"] * len(SAYINGS)
    assert "drill.model.steps" in loaded.split()
    assert [one for one in loaded.split() if one.startswith((*CONDUCTS, "networkx"))] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_as_it_describes_itself(name):
    group = _Commands(name="drill")
    with group.make_context("drill", [name, "--help"], resilient_parsing=True) as ctx:
        _, command, _ = group.resolve_command(ctx, [name])
        assert command.name == name
        assert COMMANDS[name][1].endswith(".")
