"""Approving from the command line, and the run that asks for it."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from drill import wiring
from drill.cli.approve import approve
from drill.cli.sources import open_plan
from drill.errors import SafetyError, UsageError
from drill.graph.unrecovered import unrecovered
from drill.plugins import Registry

LAB = "name: a-lab\nhosts: {db1: {site: a, address: 192.0.2.1}}\n"
SCENARIO = """\
drill: 1
id: two-must-agree
title: Two must agree
targets: lab.yaml
roles: {boss: {}}
approvals: {needed: 1}
steps:
  look: {task: Look., by: boss, timeout: 1m}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "lab.yaml").write_text(LAB)
    (tmp_path / "two.yaml").write_text(SCENARIO)
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")]
    subprocess.run(argv, check=True)
    (tmp_path / "signers").write_text(f"ann {(tmp_path / 'key.pub').read_text()}")
    return tmp_path


def approving(place, *words):
    argv = [str(place / "two.yaml"), "--key", str(place / "key"), *words]
    return CliRunner().invoke(approve, argv, standalone_mode=False, catch_exceptions=False)


def approvals(place, *files):
    plan = open_plan(place / "two.yaml", {}, Registry()).plan
    return wiring.approvals_of(plan, files, place / "signers")


def test_what_is_approved_may_run_until_a_byte_of_it_changes(place):
    said = approving(place, "--as", "ann")
    file = place / "two.ann.approval"
    assert str(file) in said.output
    (found,) = approvals(place, file)
    assert found.by == "ann"
    (place / "lab.yaml").write_text(LAB.replace("a-lab", "b-lab"))
    with pytest.raises(SafetyError, match="something was changed since"):
        approvals(place, file)


def test_without_an_approval_it_may_not(place):
    with pytest.raises(SafetyError, match="needs 1 approvals of different people, and has 0"):
        approvals(place)


def test_an_approval_can_be_piped(place):
    said = approving(place, "--as", "ann", "-o", "-")
    (place / "piped").write_text(said.output)
    assert approvals(place, place / "piped")


def test_the_proof_of_a_drill_is_approved_apart(place):
    approving(place, "--as", "ann", "--without-recovery")
    file = place / "two.ann.approval"
    plan = open_plan(place / "two.yaml", {}, Registry()).plan
    assert wiring.approvals_of(unrecovered(plan), [file], place / "signers")
    with pytest.raises(SafetyError, match="something was changed since"):
        approvals(place, file)


@pytest.mark.parametrize(
    "words",
    [
        ["--as", "ann", "--for", "25h"],
        ["--as", "ann", "--for", "0s"],
        ["--as", "ann", "--for", "soon"],
        ["--as", "-oProxyCommand=x"],
        ["--as", "ann", "-o", "/nowhere/at/all"],
    ],
)
def test_what_cannot_be_meant_is_refused(place, words):
    with pytest.raises(UsageError):
        approving(place, *words)
