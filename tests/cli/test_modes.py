"""One file, three kinds of exercise: each scenario that ships, without a lab, and untouched."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))

ALONE = """
import sys

TOUCHES = {"socket.connect", "socket.sendto", "socket.bind", "socket.getaddrinfo",
           "subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "os.system"}

def alone(event, args):
    if event in TOUCHES:
        print("touched", event, args, file=sys.stderr)
        raise SystemExit(99)

sys.addaudithook(alone)
from drill.cli.main import main
main()
"""
"""Runs drill where whoever would reach out of the process ends it."""


@pytest.mark.parametrize("mode", ["rehearsal", "tabletop"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_it_is_recovered_as_claimed_and_nothing_outside_is_touched(scenario, mode, tmp_path):
    """What it promises would be met, and it connects to nothing and starts no program."""
    argv = ["run", scenario, "--as", mode, "--runs", tmp_path]
    ran = subprocess.run(
        [sys.executable, "-c", ALONE, *argv],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    promises = re.search("^(services|duties):", scenario.read_text(), re.MULTILINE)
    predicted = "✓ predicted: met" if promises else "\N{EN DASH} predicted: not applicable"
    assert predicted in ran.stdout
    first = next(tmp_path.glob("*/journal.jsonl")).read_text().splitlines()[0]
    assert json.loads(first)["event"]["mode"] == mode
