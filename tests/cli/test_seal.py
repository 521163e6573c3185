"""Sealing, witnessing and auditing by command, and what an auditor does without drill."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from drill.cli.main import cli
from drill.errors import EvidenceError, JournalError, UsageError
from drill.evidence.archive import unpack

SCENARIO = """\
drill: 1
id: two-look
title: Two look
plan: up.md
roles: {boss: {}}
steps:
  tell: {notify: boss, message: Hear., acknowledge: 1m}
  look: {task: Look., by: boss, timeout: 1m, runbook: "#look", after: [tell]}
"""


class Place:
    """A directory with a run, keys, and a file of who may sign."""

    def __init__(self, path: Path) -> None:
        self.path, self.runs = path, path / "runs"
        self.scenario = path / "scenarios" / "two.yaml"
        self.scenario.parent.mkdir()
        self.scenario.write_text(SCENARIO)
        (self.scenario.parent / "up.md").write_text("# Look\n")
        for name in ("ann", "bob"):
            argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path / name)]
            subprocess.run(argv, check=True)
        (path / "signers").write_text(f"ann {(path / 'ann.pub').read_text()}")

    def drill(self, *words: object) -> Result:
        return CliRunner().invoke(
            cli, list(map(str, words)), standalone_mode=False, catch_exceptions=False
        )

    def run(self) -> Path:
        """Rehearse, and return the run's directory."""
        self.drill("run", self.scenario, "--as", "rehearsal", "--runs", self.runs)
        return max(one for one in self.runs.iterdir() if one.is_dir())

    def seal(self, *words: object) -> Path:
        """Seal the latest run, and return the bundle."""
        told = ["--key", self.path / "ann", "--as", "ann", "--runs", self.runs, *words]
        answer = self.drill("seal", "latest", *told)
        return Path(answer.output.splitlines()[-1])

    def audit(self, bundle: Path, *words: object) -> Result:
        return self.drill("audit", bundle, "--signers", self.path / "signers", *words)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def states(answer: Result) -> dict[str, str]:
    return {one["id"]: one["state"] for one in json.loads(answer.output)["tests"]}


def test_a_run_keeps_the_files_of_its_plan_as_they_were(place):
    run = place.run()
    place.scenario.write_text("changed since")
    (place.scenario.parent / "up.md").unlink()
    assert (run / "files" / "two.yaml").read_text() == SCENARIO
    members = unpack(place.seal().read_bytes()).members
    assert members["files/two.yaml"].decode() == SCENARIO
    assert members["files/up.md"] == b"# Look\n"
    assert "missing.txt" not in members


def test_where_they_cannot_be_kept_nothing_begins(place):
    place.runs.mkdir()
    place.runs.chmod(0o777)
    with pytest.raises(JournalError, match="the plan's files cannot be kept there"):
        place.run()


def test_an_older_runs_files_are_sought_beside_its_scenario_or_told_to_be_missing(place):
    run = place.run()
    shutil.rmtree(run / "files")
    (place.scenario.parent / "up.md").write_text("# Changed\n")
    told = ["--key", place.path / "ann", "--as", "ann", "--runs", place.runs]
    answer = place.drill("seal", "latest", *told, "--files", place.scenario.parent)
    assert "not in it, because gone or changed: up.md" in answer.output
    bundle = Path(answer.output.splitlines()[-1])
    assert states(place.audit(bundle, "--json"))["CT-05"] == "not checked"
    assert unpack(bundle.read_bytes()).members["files/two.yaml"].decode() == SCENARIO


def test_a_bundle_is_audited(place, record_property):
    place.run()
    checkpoints = place.path / "kept"
    bundle = place.seal("--checkpoints", checkpoints)
    answer = place.audit(bundle, "--checkpoints", checkpoints, "--json")
    assert answer.return_value == json.loads(answer.output)["exit_status"] == 0, answer.output
    assert set(states(answer).values()) == {"pass", "not applicable"}
    recomputed = next(one for one in json.loads(answer.output)["tests"] if one["id"] == "CT-02")
    record_property("P18", recomputed["text"])
    shown = place.audit(bundle).output
    assert "✓ CT-01 integrity: pass" in shown
    assert "signed by ann" in shown


def test_without_signers_an_audit_is_inconclusive(place):
    place.run()
    answer = place.drill("audit", place.seal())
    assert answer.return_value == 3
    assert "NOT CHECKED is whose the signature is" in answer.output


def test_a_changed_bundle_is_broken_and_says_where(place):
    place.run()
    bundle = place.seal()
    bundle.write_bytes(bundle.read_bytes().replace(b"# Look", b"# Book"))
    answer = place.audit(bundle)
    assert answer.return_value == 74
    assert "files/up.md was changed" in answer.output
    bundle.write_bytes(b"no bundle")
    with pytest.raises(EvidenceError, match=str(bundle)):
        place.audit(bundle)


def test_one_run_sealed_twice_is_one_bundle_and_another_is_not_overwritten(place):
    place.run()
    bundle = place.seal()
    text = bundle.read_bytes()
    assert place.seal() == bundle
    assert bundle.read_bytes() == text
    bundle.write_bytes(text + b"\0")
    with pytest.raises(UsageError, match="is another bundle"):
        place.seal()
    assert place.seal("-o", place.path / "again.tar").read_bytes() == text


def put_back(run: Path, records: int) -> None:
    """Put a whole run back to an earlier day: a sound journal, and no pin that tells."""
    journal = run / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:records]))
    (run / "journal.pin").unlink()


def test_a_run_put_back_to_an_earlier_day_is_seen_by_what_was_kept_elsewhere(place):
    run = place.run()
    kept = place.path / "kept"
    place.seal("--checkpoints", kept)
    put_back(run, 3)
    with pytest.raises(EvidenceError, match="rolled back"):
        place.seal("--checkpoints", kept, "-o", place.path / "x.tar")
    bundle = place.seal("-o", place.path / "x.tar")
    assert states(place.audit(bundle, "--json"))["CT-01"] == "pass", "nothing in it can tell"
    answer = place.audit(bundle, "--checkpoints", kept)
    assert answer.return_value == 74
    assert "rolled back: " in answer.output


def test_checkpoints_of_other_runs_prove_nothing_of_this_one(place):
    place.run()
    kept = place.path / "kept"
    kept.write_text("")
    answer = place.audit(place.seal(), "--checkpoints", kept)
    assert answer.return_value == 74
    assert "names no seal of" in answer.output


def test_a_witness_signs_what_is_whole_and_never_two_stories_of_one_run(place):
    run = place.run()
    kept = place.path / "witness"
    bundle = place.seal()
    words = ["--key", place.path / "bob", "--as", "bob", "--checkpoints", kept]
    assert "bob witnesses" in place.drill("cosign", bundle, *words).output
    assert "SHA256SUMS.bob.sig" in unpack(bundle.read_bytes()).members
    assert states(place.audit(bundle, "--json"))["CT-01"] == "fail", "bob is not known"
    with (place.path / "signers").open("a") as file:
        file.write(f"bob {(place.path / 'bob.pub').read_text()}")
    assert "signed by ann, bob as witness" in place.audit(bundle).output
    with pytest.raises(EvidenceError, match="bob has signed it before"):
        place.drill("cosign", bundle, *words)
    put_back(run, 3)
    other = place.seal("-o", place.path / "x.tar")
    with pytest.raises(EvidenceError, match="rolled back"):
        place.drill("cosign", other, *words)
    other.write_bytes(other.read_bytes().replace(b"# Look", b"# Book"))
    with pytest.raises(EvidenceError, match="nothing is signed that is broken"):
        place.drill("cosign", other, *words)
    assert len(kept.read_text().splitlines()) == 1


def test_what_people_filled_in_is_sealed_too_and_so_is_what_it_counts_for(place):
    claims = "about: {controls: [NIST SP 800-53 CP-4]}\n"
    place.scenario.write_text(SCENARIO.replace("plan: up.md\n", f"plan: up.md\n{claims}"))
    form = "fields: {AAR-002: ann}\n"
    (place.run() / "after-action.yaml").write_text(form)
    bundle = place.seal()
    members = unpack(bundle.read_bytes()).members
    assert members["after-action.yaml"].decode() == form
    report = json.loads(members["report/report.json"])
    assert report["form"]["fields"] == {"AAR-002": "ann"}
    assert [one["id"] for one in report["controls"]] == ["CP-4"]
    assert place.audit(bundle).return_value == 0


def test_a_run_that_was_not_closed_is_sealed_and_said_to_be_open(place):
    put_back(place.run(), 3)
    told = ["--key", place.path / "ann", "--as", "ann", "--runs", place.runs]
    answer = place.drill("seal", "latest", *told)
    assert "was not closed: an audit will say so" in answer.output
    found = states(place.audit(Path(answer.output.splitlines()[-1]), "--json"))
    assert (found["CT-01"], found["CT-03"]) == ("pass", "fail")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--as", "-oProxyCommand=x"], UsageError),
        (["--as", "a b"], UsageError),
        (["-o", "/nowhere/at/all"], UsageError),
        (["--checkpoints", "/nowhere/at/all"], EvidenceError),
    ],
)
def test_what_cannot_be_meant_is_refused(place, words, error):
    place.run()
    with pytest.raises(error):
        place.seal(*words)


def test_a_file_that_holds_no_checkpoints_is_not_added_to(place):
    place.run()
    kept = place.path / "kept"
    kept.write_text("my diary\n")
    with pytest.raises(EvidenceError, match="kept: line 1 is no checkpoint"):
        place.seal("--checkpoints", kept)
    assert kept.read_text() == "my diary\n"


# As an auditor, with what every Debian has


def page_commands(page: str) -> list[str]:
    """Return the commands that the page in the bundle tells an auditor to run."""
    lines = page.splitlines()
    return [line.partition(". ")[2] for line in lines if line[:3] in {"1. ", "2. ", "3. "}]


def said(commands: list[str], at: Path, signers: Path) -> list[int]:
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    shell = [f"cd '{at}'; {command.replace('SIGNERS ', f'{signers} ')}" for command in commands]
    return [
        subprocess.run(["sh", "-c", line], env=env, capture_output=True, check=False).returncode
        for line in shell
    ]


def test_an_auditor_without_drill_checks_it_with_three_commands(place):
    place.run()
    bundle, empty = place.seal(), place.path / "empty"
    empty.mkdir()
    subprocess.run(["tar", "-xf", str(bundle), "-C", str(empty)], check=True)
    (at,) = empty.iterdir()
    commands = page_commands((at / "README.txt").read_text())
    assert [one.split()[0] for one in commands] == ["sha256sum", "ssh-keygen", "python3"]
    signers = place.path / "signers"
    assert said(commands, at, signers) == [0, 0, 0]
    report = at / "report" / "report.json"
    report.write_text(report.read_text().replace('"verdict": "not', '"verdict": "NOT'))
    told = said(commands, at, signers)
    assert told[0] != 0
    assert told[1] == 0, "the sums are still those that were signed"
