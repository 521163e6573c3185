"""Signatures: ssh-keygen's and those without it are the same bytes, and no change of one counts."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from drill.errors import SignatureError
from drill.signatures import armour, bare, keygen

TEXT, SPACE = b"what happened\n", "a-thing@v1"


def made(place: Path, name: str, *kind: str) -> Path:
    argv = ["ssh-keygen", "-q", "-N", "", "-C", "", "-f", str(place / name), *kind]
    subprocess.run(argv, check=True)
    return place / name


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("keys")
    made(place, "ed25519", "-t", "ed25519")
    made(place, "rsa", "-t", "rsa", "-b", "2048")
    made(place, "ecdsa", "-t", "ecdsa")
    made(place, "other", "-t", "ed25519")
    return place


@pytest.fixture
def agent(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let an agent hold a key, and return the public half, alone in its directory."""
    socket = tmp_path / "agent"
    with subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL
    ) as process:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "never")
        while not socket.exists():
            assert process.poll() is None
        subprocess.run(["ssh-add", "-q", str(keys / "ed25519")], check=True)
        public = tmp_path / "alone.pub"
        public.write_bytes((keys / "ed25519.pub").read_bytes())
        yield public
        process.terminate()


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
@pytest.mark.parametrize("text", [b"", TEXT, bytes(range(256)) * 99])
def test_without_ssh_keygen_a_signature_is_the_same_to_the_byte(keys, kind, text):
    key = keys / kind
    assert bare.sign(text, key, SPACE) == keygen.sign(text, key, SPACE)


def test_where_ssh_keygen_is_absent_it_is_done_without(keys, monkeypatch, tmp_path):
    signature = keygen.sign(TEXT, keys / "ed25519", SPACE)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert keygen.sign(TEXT, keys / "ed25519", SPACE) == signature
    with pytest.raises(SignatureError, match="neither Ed25519 nor RSA"):
        keygen.sign(TEXT, keys / "ecdsa", SPACE)
    with pytest.raises(SignatureError, match="apt-get install openssh-client"):
        keygen.signers_of(TEXT, signature, SPACE, b"")


def test_an_agent_signs_for_whoever_has_the_public_half_only(keys, agent):
    assert keygen.sign(TEXT, agent, SPACE) == keygen.sign(TEXT, keys / "ed25519", SPACE)


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_signature_is_intact_over_its_own_text_in_its_own_namespace(keys, kind):
    signature = keygen.sign(TEXT, keys / kind, SPACE)
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(keys / kind)], capture_output=True, text=True, check=True
    )
    assert keygen.assert_intact(TEXT, signature, SPACE) == told.stdout.split()[1]
    with pytest.raises(SignatureError, match="other bytes"):
        keygen.assert_intact(TEXT + b" ", signature, SPACE)
    with pytest.raises(SignatureError, match="made for 'a-thing@v1', not for 'another@v1'"):
        keygen.assert_intact(TEXT, signature, "another@v1")


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_no_byte_of_a_signature_can_be_changed(keys, kind):
    signature = keygen.sign(TEXT, keys / kind, SPACE).encode()
    for at in range(len(signature)):
        other = bytearray(signature)
        other[at] ^= 1 << at % 8
        with pytest.raises(SignatureError):
            keygen.assert_intact(TEXT, other.decode("latin-1"), SPACE)


@pytest.mark.parametrize("text", ["", "\n", "no signature", "é", "AAAA", "-----BEGIN SSH"])
def test_what_is_no_signature_is_refused(text):
    with pytest.raises(SignatureError, match="no SSH signature"):
        armour.read(text)


def test_only_whoever_is_allowed_to_signs(keys):
    signature = keygen.sign(TEXT, keys / "ed25519", SPACE)
    public = (keys / "ed25519.pub").read_text()
    other = (keys / "other.pub").read_text()
    allowed = f"bob {other}ann {public}ann.alias {public}".encode()
    assert set(keygen.signers_of(TEXT, signature, SPACE, allowed)) == {"ann"}
    with pytest.raises(SignatureError, match="nobody who is allowed"):
        keygen.signers_of(TEXT, signature, SPACE, f"bob {other}".encode())
    elsewhere = f'ann namespaces="another@v1" {public}'.encode()
    with pytest.raises(SignatureError):
        keygen.signers_of(TEXT, signature, SPACE, elsewhere)
    with pytest.raises(SignatureError, match="no signature of ann that counts"):
        keygen.signers_of(TEXT + b" ", signature, SPACE, allowed)


def test_a_key_that_cannot_sign_says_why(tmp_path, keys):
    (tmp_path / "none").write_text("no key")
    for sign in (bare.sign, keygen.sign):
        with pytest.raises(SignatureError, match="none cannot sign"):
            sign(TEXT, tmp_path / "none", SPACE)
    locked = tmp_path / "locked"
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(locked)]
    subprocess.run(argv, check=True)
    with pytest.raises(SignatureError, match="cannot sign without ssh-keygen"):
        bare.sign(TEXT, locked, SPACE)
