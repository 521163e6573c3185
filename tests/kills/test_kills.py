"""SIGKILL at every moment of an exercise, and again in its recovery: nothing is left broken."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
_MEMORY = Path("/dev/shm")
_MUST_DIE_AT = {
    "append fault-prepared: after",
    "sync: in the midst of it",
    "sync: written, not flushed",
    "sync: flushed",
    "proceed: before",
    "proceed: after",
    "heard fault-prepared",
    "capture: during",
    "inject: during",
    "inject: after",
    "recover: during",
    "undo: during",
    "undo: after",
    "append conductor-resumed: before",
    "append exercise-closed: after",
}
"""Some of the places; a campaign that misses one has stopped exploring."""


@pytest.fixture
def campaign():
    """Run campaigns in memory: what a kill leaves does not depend on the disk."""

    def run(kills, mutant="", seconds=600):
        with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as home:
            argv = [sys.executable, "-m", "kills.campaign", home]
            said = subprocess.run(
                [*argv, "--kills", str(kills), "--mutant", mutant],
                check=True,
                env=os.environ | {"PYTHONPATH": str(TESTS)},
                stdout=subprocess.PIPE,
                timeout=seconds,
            )
        return json.loads(said.stdout)

    return run


def assert_nothing_is_left_broken(found, kills, record_property):
    problems = found["problems"]
    record_property(
        "P11",
        f"{found['kills']} kills at {len(found['places'])} kinds of moment: "
        f"{problems.get('left standing', 0)} faults left standing, "
        f"{problems.get('doubled', 0)} doubled, "
        f"{problems.get('unverifiable', 0)} journals that do not verify",
    )
    record_property("P3", f"{found['refusals']} late injects refused in {found['cases']} exercises")
    assert found["examples"] == []
    assert problems == {}
    assert found["kills"] >= kills
    assert _MUST_DIE_AT - set(found["places"]) == set()


def test_killed_at_every_moment_and_again_in_the_recovery_nothing_is_left_broken(
    campaign, record_property
):
    assert_nothing_is_left_broken(campaign(600), 600, record_property)


@pytest.mark.nightly
def test_killed_at_every_pair_of_moments_nothing_is_left_broken(campaign, record_property):
    found = campaign(1_000_000, seconds=3 * 3600)  # as many as there are
    assert_nothing_is_left_broken(found, 15_000, record_property)
    assert found["refusals"] > 0, "no inject ever came after its undo"
    assert found["resumed_injects"] > 0, "nobody ever approved that it goes on"


@pytest.mark.parametrize(
    ("mutant", "symptoms"),
    [
        ("hasty", {"hasty", "left standing"}),  # a crew that does not wait for the receipt
        ("forgetful", {"late", "left standing"}),  # a host without tombstones
    ],
)
def test_what_breaks_the_law_is_found_out(campaign, mutant, symptoms):
    assert symptoms - set(campaign(200, mutant)["problems"]) == set()
