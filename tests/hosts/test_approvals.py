"""Approvals count only for this plan, now, and once for each person and each key."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drill.errors import SafetyError
from drill.hosts.approvals import LONGEST, Said, approved, sign

DIGEST, OTHER = "ab" * 32, "cd" * 32
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a key for each of three people, and say who they are."""
    place = tmp_path_factory.mktemp("keys")
    lines = []
    for name in ("ann", "bob", "eve"):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(place / name)]
        subprocess.run(argv, check=True)
        lines.append(f"{name} {(place / name).with_suffix('.pub').read_text()}")
    alias = lines[0].replace("ann", "ann.alias", 1)
    (place / "signers").write_text("".join([*lines[:2], alias]))
    return place


class Desk:
    """Where people sign, and a run asks."""

    def __init__(self, keys: Path, place: Path) -> None:
        self.keys, self.place, self.signers = keys, place, keys / "signers"

    def signed(self, by, key=None, digest=DIGEST, lasting=HOUR):
        said = Said(digest=digest, scenario="x", by=by, expires=NOW + lasting)
        file = self.place / f"{by}-{len(list(self.place.iterdir()))}.approval"
        file.write_text(sign(said, self.keys / (key or by)))
        return file

    def ask(self, *files, needed=2, now=NOW):
        return approved(files, needed, DIGEST, self.signers, now)


@pytest.fixture
def desk(keys, tmp_path):
    return Desk(keys, tmp_path)


def test_two_people_with_two_keys_are_two(desk):
    found = desk.ask(desk.signed("ann"), desk.signed("bob"))
    assert [one.by for one in found] == ["ann", "bob"]
    assert len({one.key for one in found}) == 2
    assert all(one.key.startswith("SHA256:") for one in found)


def test_where_nobody_is_needed_nobody_is_asked_for(desk):
    desk.signers = desk.place / "nowhere"
    assert desk.ask(needed=0) == ()


@pytest.mark.parametrize(
    "signed",
    [
        pytest.param([], id="nobody"),
        pytest.param(["ann"], id="one"),
        pytest.param(["ann", "ann"], id="one twice"),
        pytest.param(["ann", ("ann.alias", "ann")], id="one under two names"),
    ],
)
def test_who_is_not_two_does_not_do_for_two(desk, signed):
    files = [desk.signed(*((one, one) if isinstance(one, str) else one)) for one in signed]
    with pytest.raises(SafetyError, match="needs 2 approvals of different people") as refusal:
        desk.ask(*files)
    assert "drill approve" in str(refusal.value)


@pytest.mark.parametrize(
    ("signs", "cure"),
    [
        (lambda desk: desk.signed("ann", digest=OTHER), "approves the plan cdcd.*approved again"),
        (lambda desk: desk.signed("ann", lasting=-HOUR), "has expired"),
        (lambda desk: desk.signed("ann", lasting=timedelta()), "has expired"),
        (lambda desk: desk.signed("ann", lasting=LONGEST + HOUR), "lasts longer"),
        (lambda desk: desk.signed("eve"), "no signature of eve that counts"),
        (lambda desk: desk.signed("ann", key="eve"), "no signature of ann that counts"),
        (lambda desk: desk.signed("nobody", key="ann"), "no signature of nobody that counts"),
    ],
)
def test_one_that_does_not_count_is_refused_though_another_does(desk, signs, cure):
    with pytest.raises(SafetyError, match=cure):
        desk.ask(signs(desk), desk.signed("bob"), needed=1)


def test_each_changed_byte_of_what_was_said_voids_it(desk):
    file = desk.signed("ann")
    signed = json.loads(file.read_text())
    for n in range(0, len(signed["said"]), 7):
        said = signed["said"]
        changed = said[:n] + chr(ord(said[n]) ^ 1) + said[n + 1 :]
        file.write_text(json.dumps({**signed, "said": changed}))
        with pytest.raises(SafetyError):
            desk.ask(file, needed=1)


def test_a_signature_for_another_purpose_is_no_approval(desk):
    file = desk.signed("ann")
    signed = json.loads(file.read_text())
    argv = ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", str(desk.keys / "ann")]
    other = subprocess.run(argv, input=signed["said"], capture_output=True, text=True, check=True)
    file.write_text(json.dumps({**signed, "signature": other.stdout}))
    with pytest.raises(SafetyError, match="no signature of ann"):
        desk.ask(file, needed=1)


@pytest.mark.parametrize("text", ["", "{}", "[" * 9000, '{"said": "x", "signature": "y"}', "\0"])
def test_what_is_no_approval_is_refused(desk, text):
    file = desk.place / "bad"
    file.write_text(text)
    with pytest.raises(SafetyError, match="is no approval"):
        desk.ask(file)


def test_whoever_others_may_name_does_not_count(desk, tmp_path):
    desk.signers = tmp_path / "signers"
    desk.signers.write_text((desk.keys / "signers").read_text())
    file = desk.signed("ann")
    assert desk.ask(file, needed=1)
    desk.signers.chmod(0o664)
    with pytest.raises(SafetyError, match="others may change who approves"):
        desk.ask(file, needed=1)
    desk.signers.unlink()
    with pytest.raises(SafetyError, match="--allowed-signers"):
        desk.ask(file, needed=1)


def test_a_key_that_cannot_sign_is_told(desk):
    said = Said(digest=DIGEST, scenario="x", by="ann", expires=NOW)
    with pytest.raises(SafetyError, match="cannot sign"):
        sign(said, desk.keys / "signers")
