"""Signatures made and verified by ssh-keygen(1), ``-Y sign`` and ``-Y verify``."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from drill.errors import SignatureError
from drill.signatures import armour

_GOOD = re.compile(r'^Good ".*" signature for .* with \S+ key (SHA256:\S+)$', re.MULTILINE)


def sign(text: bytes, key: Path, namespace: str) -> str:
    """Return the armoured signature of a text.

    Args:
        text: what is signed, to the last byte.
        key: a private key, or the public one if an agent holds the other half.
        namespace: what it is signed for.

    Raises:
        SignatureError: the key cannot sign it.
    """
    if which("ssh-keygen") is None:
        from drill.signatures import bare  # noqa: PLC0415  heavy

        return bare.sign(text, key, namespace)
    ran = _ran(["-q", "-Y", "sign", "-n", namespace, "-f", str(key)], text)
    if ran.returncode:
        raise SignatureError(f"{key} cannot sign: {ran.stderr.decode(errors='replace').strip()}")
    return ran.stdout.decode()


def verified(text: bytes, signature: str, namespace: str, by: str, allowed: bytes) -> str:
    """Return the fingerprint of the key that signed, if it is one of ``by``, who is allowed to.

    Raises:
        SignatureError: there is no signature of theirs that counts.
    """
    argv = ["-Y", "verify", "-I", by, "-n", namespace]
    ran = _beside(argv, text, signature, allowed)
    good = _GOOD.search(ran.stdout.decode(errors="replace"))
    if ran.returncode or good is None:
        raise SignatureError(f"no signature of {by} that counts: {_why(ran)}")
    return good[1]


def signers_of(text: bytes, signature: str, namespace: str, allowed: bytes) -> tuple[str, ...]:
    """Return the names by which whoever signed a text is allowed to, each one verified.

    They are those of the first line that names the key, as ssh-keygen finds it.

    Raises:
        SignatureError: nobody who is allowed to did, or ssh-keygen is absent.
    """
    ran = _beside(["-Y", "find-principals"], b"", signature, allowed)
    names = tuple(ran.stdout.decode(errors="replace").strip().replace(",", "\n").splitlines())
    if ran.returncode or not names:
        raise SignatureError("it was made with the key of nobody who is allowed to sign")
    for name in names:
        verified(text, signature, namespace, name, allowed)
    return names


def assert_intact(text: bytes, signature: str, namespace: str) -> str:
    """Return the fingerprint of the key that signed these very bytes.

    It proves that neither text nor signature was changed since, and not whose key it is.

    Raises:
        SignatureError: no key did, or it is spelled in another way than ssh-keygen spells it.
    """
    from drill.signatures import bare  # noqa: PLC0415  heavy

    found = armour.read(signature)
    if found.namespace != namespace:
        raise SignatureError(f"it was made for {found.namespace!r}, not for {namespace!r}")
    if found.kind in bare.KINDS:
        bare.assert_made(found, text)
        return found.fingerprint
    ran = _beside(["-Y", "check-novalidate", "-n", namespace], text, signature, None)
    if ran.returncode:
        raise SignatureError(f"it is a signature of other bytes: {_why(ran)}")
    return found.fingerprint


def _beside(
    argv: Sequence[str], text: bytes, signature: str, allowed: bytes | None
) -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen with what it reads in files of their own: what was looked at is what is used.

    Raises:
        SignatureError: it is absent.
    """
    with TemporaryDirectory(prefix="drill-") as place:
        signed, signers = Path(place, "signature"), Path(place, "signers")
        signed.write_text(signature)
        more = ["-s", str(signed)]
        if allowed is not None:
            signers.write_bytes(allowed)
            more += ["-f", str(signers)]
        return _ran([*argv, *more], text)


def _ran(argv: Sequence[str], text: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["ssh-keygen", *argv], input=text, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise SignatureError("ssh-keygen is not there: apt-get install openssh-client") from error


def _why(ran: subprocess.CompletedProcess[bytes]) -> str:
    return (ran.stderr or ran.stdout).decode(errors="replace").strip().rpartition("\n")[2]
