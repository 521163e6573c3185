"""A run for outsiders, and a run that is removed, by command."""

import json
import shutil
from pathlib import Path

import pytest
from cli.test_seal import Place
from click.testing import CliRunner
from evidence.tales import OUTPUTS, PEOPLE, at, lines, told

from drill.cli.main import cli
from drill.errors import EvidenceError, JournalError, SafetyError, SignatureError, UsageError
from drill.evidence.archive import pack, unpack
from drill.evidence.bundle import opened, sealed
from drill.evidence.handout import NAMESPACE
from drill.journal.memory import MemoryJournal
from drill.signatures import keygen


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def run(place):
    """A run in which persons and outputs stand wherever they can."""
    directory = place.runs / "20260101-000000-a-story"
    directory.mkdir(parents=True)
    (directory / "journal.jsonl").write_bytes(b"".join(lines()))
    return directory


@pytest.fixture
def bundle(place, run):
    return place.seal()


def redacted(place, subject, *words):
    answer = place.drill("redact", subject, "--runs", place.runs, *words)
    return Path(answer.output.splitlines()[-1])


def checked(place, path, *words):
    return place.drill("redact", "--check", path, *words)


def test_a_sealed_run_is_handed_out_and_checked_by_whoever_has_the_public_key(place, bundle):
    handout = redacted(place, bundle)

    answer = checked(place, handout, "--signers", place.path / "signers")

    assert answer.return_value == 0
    assert "41 records: all that is shown is as it was committed to" in answer.output
    assert "sealed by ann, with the key SHA256:" in answer.output
    members = unpack(handout.read_bytes()).members
    text = b"".join(members.values()).decode()
    assert [word for word in (*PEOPLE, *OUTPUTS) if word in text] == []
    assert "SHA256SUMS" not in members
    assert "person-1" in members["report/report.html"].decode()
    assert place.audit(bundle).return_value in {0, 1, 3}
    assert opened(bundle.read_bytes()).breaks == ()


def test_a_check_is_told_to_machines(place, bundle):
    told = ["--signers", place.path / "signers", "--json"]
    answer = checked(place, redacted(place, bundle), *told)
    found = json.loads(answer.stdout)
    assert (found["records"], found["signers"]) == (41, ["ann"])
    assert found["key"].startswith("SHA256:")


def test_what_is_asked_to_be_kept_is_told(place, bundle):
    handout = redacted(
        place, bundle, "--keep-persons", "--keep-outputs", "-o", place.path / "x.tar"
    )
    text = handout.read_bytes().decode()
    assert [word for word in (*PEOPLE, *OUTPUTS) if word not in text] == []
    assert "10.9.8.7" in text
    handout = redacted(place, bundle, "--mask-addresses")
    assert b"10.9.8.7" not in handout.read_bytes()


def test_whose_it_is_is_not_checked_without_signers_nor_of_what_was_not_sealed(place, run):
    handout = redacted(place, "latest")
    answer = checked(place, handout)
    assert (answer.return_value, "not signed" in answer.output) == (3, True)
    handout = redacted(place, place.seal())
    answer = checked(place, handout)
    assert (answer.return_value, "give --signers" in answer.output) == (3, True)


def test_a_signature_of_somebody_else_is_refused(place, bundle):
    (place.path / "signers").write_text(f"bob {(place.path / 'bob.pub').read_text()}")
    handout = redacted(place, bundle)
    with pytest.raises(SignatureError, match="nobody who is allowed"):
        checked(place, handout, "--signers", place.path / "signers")


@pytest.mark.parametrize(
    "name",
    [
        *("redacted.jsonl", "openings.jsonl", "commitments.jsonl", "commitments.jsonl.sig"),
        *("README.txt", "report/report.html", "report/report.json", "more.txt"),
    ],
)
def test_every_file_of_a_handout_is_held_against_something(place, bundle, name):
    handout = redacted(place, bundle)
    archive = unpack(handout.read_bytes())
    text = archive.members.get(name, b"")
    archive.members[name] = text.replace(b"good", b"bad!", 1) if b"good" in text else text + b"\n"
    if name.endswith(".sig"):
        archive.members[name] = keygen.sign(b"else", place.path / "ann", NAMESPACE).encode()
    handout.write_bytes(pack(archive))
    with pytest.raises(EvidenceError, match=f"{name}|record 5 is not"):
        checked(place, handout)


def test_the_same_bundle_is_sealed_again_to_the_byte_and_the_salt_is_its_owners(place, bundle):
    salt = place.runs / "20260101-000000-a-story.salt"
    assert salt.stat().st_mode & 0o777 == 0o600
    before = bundle.read_bytes()
    assert salt.read_text().strip().encode() not in before
    assert place.seal().read_bytes() == before


def test_whoever_has_the_bundle_too_sees_that_both_tell_one_story(place, bundle):
    handout = redacted(place, bundle)
    signers = ["--signers", place.path / "signers"]
    assert checked(place, handout, *signers, "--against", bundle).return_value == 0

    (place.runs / "20260101-000000-a-story.salt").unlink()
    with pytest.raises(EvidenceError, match="another sealing"):
        checked(place, handout, "--against", place.seal("-o", place.path / "x.drill.tar"))


def test_a_salt_that_is_gone_wrong_or_elsewhere_is_told(place, bundle):
    salt = place.runs / "20260101-000000-a-story.salt"
    elsewhere = place.path / "kept"
    shutil.move(salt, elsewhere)
    with pytest.raises(UsageError, match=r"--salt says where it is kept"):
        redacted(place, bundle)
    assert redacted(place, bundle, "--salt", elsewhere).is_file()
    for wrong in ("ab" * 32, "ab", "no hex"):
        salt.write_text(wrong)
        with pytest.raises(UsageError, match="salt"):
            redacted(place, bundle)


def test_a_bundle_that_is_broken_or_older_is_refused(place, bundle):
    whole = bundle.read_bytes()
    archive = unpack(whole)
    bundle.write_bytes(
        pack(archive.__class__(archive.top, {**archive.members, "more": b""}, archive.at))
    )
    with pytest.raises(EvidenceError, match="more was added"):
        redacted(place, bundle)
    del archive.members["commitments.jsonl"], archive.members["commitments.jsonl.sig"]
    bundle.write_bytes(
        sealed(archive, lambda told, space: keygen.sign(told, place.path / "ann", space))
    )
    with pytest.raises(EvidenceError, match="sealed without commitments"):
        redacted(place, bundle)


# Removing


def test_a_run_is_removed_and_a_line_is_kept(place, run):
    head = json.loads(place.drill("show", run, "--json").stdout)["head"]

    answer = place.drill("wipe", "latest", "--runs", place.runs, "--why", "over", "--yes", "--json")

    line = json.loads(answer.stdout)
    (kept,) = (place.runs / "wiped.jsonl").read_text().splitlines()
    assert json.loads(kept) == line
    assert (line["run"], line["head"], line["records"]) == (run.name, head, 41)
    assert line["closed"].startswith("2026-01-01T00:00:19")
    assert (line["retention"], line["why"], line["bundle"]) == ("5 years", "over", False)
    assert line["by"]
    assert line["at"]
    assert not run.exists()
    assert place.drill("runs", "--runs", place.runs).return_value is None


def test_what_is_beside_a_run_stays_unless_told(place, bundle, run):
    again = run.with_name("kept")
    shutil.copytree(run, again)
    answer = place.drill("wipe", run.name, "--runs", place.runs, "--why", "x", "--yes")
    assert "--bundle removes it too" in answer.output
    assert bundle.is_file()
    shutil.move(again, run)
    place.drill(
        "wipe", run.name, "--runs", place.runs, "--why", "x", "--yes", "--bundle", "--by", "Eve"
    )
    assert [path.name for path in place.runs.iterdir()] == ["wiped.jsonl"]
    lines = (place.runs / "wiped.jsonl").read_text().splitlines()
    assert [json.loads(line)["by"] == "Eve" for line in lines] == [False, True]


def test_what_is_open_or_stands_or_was_not_confirmed_stays(place, run):
    journal = run / "journal.jsonl"
    whole = journal.read_bytes().splitlines(keepends=True)
    wipe = ["wipe", run.name, "--runs", place.runs, "--why", "x"]

    with pytest.raises(UsageError, match="write --yes"):
        place.drill(*wipe)
    journal.write_bytes(b"".join(whole[:-1]))
    with pytest.raises(SafetyError, match="is open"):
        place.drill(*wipe, "--yes")
    journal.write_bytes(b"".join(_standing()))
    with pytest.raises(SafetyError, match="the fault of lose may stand"):
        place.drill(*wipe, "--yes")
    journal.write_bytes(b"".join(whole[1:]))
    with pytest.raises(JournalError):
        place.drill(*wipe, "--yes")
    assert journal.is_file()
    assert not (place.runs / "wiped.jsonl").exists()


def _standing():
    journal = MemoryJournal()
    for second, event in told():
        if not (event.type == "undo-ended" and event.outcome.kind == "done"):
            journal.append(event, at(second))
    return journal.lines


def test_nothing_is_removed_where_no_line_can_be_kept(place, run):
    (place.runs / "wiped.jsonl").mkdir()
    with pytest.raises(JournalError, match="nothing was removed"):
        place.drill("wipe", run.name, "--runs", place.runs, "--why", "x", "--yes")
    assert run.is_dir()


@pytest.mark.parametrize("answer", ["y", "n"])
def test_it_asks_first(place, run, answer):
    told = ["wipe", run.name, "--runs", str(place.runs), "--why", "x"]
    asked = CliRunner().invoke(cli, told, input=answer)
    assert f"Remove the run {run.name}, to be kept under '5 years', for good?" in asked.stderr
    assert run.is_dir() == (answer == "n")
