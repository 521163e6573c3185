"""Approvals of a plan: files that people sign with their SSH keys, and that a run verifies.

What is signed names the plan by its digest, which covers everything that will be
done: one other byte in the scenario, its targets or its files, and the approval
is of another plan. Signed and verified by ssh-keygen(1), ``-Y sign`` and ``-Y
verify``, under a namespace of its own, so that no signature made for anything
else passes for one.
"""

import json
import os
import stat
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationError

from drill.errors import SafetyError, SignatureError
from drill.files import open_plain, read_plain
from drill.model.base import Model
from drill.model.events import Approval
from drill.signatures import keygen

NAMESPACE = "drill-approval@v1"
LONGEST = timedelta(hours=24)
"""For how long anybody can approve anything."""
SIGNERS = Path("/etc/drill/approvers")
"""Who may approve, in the form of ssh-keygen(1), ALLOWED SIGNERS."""

_MOST = 1 << 16
_SKEW = timedelta(minutes=5)
"""How far an approver's clock may be ahead."""


class Said(Model):
    """What an approver signs."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    scenario: str
    by: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$")]
    """The principal, as the file of allowed signers calls this person."""
    expires: AwareDatetime


class Signed(Model):
    """An approval's file: the very text that was signed, and its signature."""

    said: str
    signature: str


def sign(said: Said, key: Path) -> str:
    """Return an approval's file.

    Raises:
        SafetyError: the key cannot sign it.
    """
    text = said.model_dump_json() + "\n"
    try:
        signature = keygen.sign(text.encode(), key, NAMESPACE)
    except SignatureError as error:
        raise SafetyError(f"no approval was made: {error}") from error
    return Signed(said=text, signature=signature).model_dump_json(indent=1) + "\n"


def approved(
    files: Sequence[Path], needed: int, digest: str, signers: Path, now: datetime
) -> tuple[Approval, ...]:
    """Return the approvals of a plan, if as many different people gave them as are needed.

    Raises:
        SafetyError: they did not, or one of the files is no approval of this plan.
    """
    found = [_verified(file, digest, signers, now) for file in files]
    people = min(len({one.by for one in found}), len({one.key for one in found}))
    if people < needed:
        raise SafetyError(
            f"the plan {digest[:12]} needs {needed} approvals of different people, "
            f"and has {people}; "
            "have each say: drill approve SCENARIO --key KEY --as NAME, "
            "and give the files with --approval"
        )
    return tuple(found)


def _verified(file: Path, digest: str, signers: Path, now: datetime) -> Approval:
    try:
        signed = Signed.model_validate_json(read_plain(file, _MOST))
        said = Said.model_validate(json.loads(signed.said))
    except OSError as error:
        raise SafetyError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValidationError, ValueError, RecursionError) as error:
        raise SafetyError(f"{file}: is no approval; make one with: drill approve") from error
    key = _key_of(signed, said, _allowed(signers), file)
    if said.digest != digest:
        raise SafetyError(
            f"{file}: approves the plan {said.digest[:12]}, and this one is {digest[:12]}: "
            "something was changed since; have it approved again"
        )
    if not now < said.expires <= now + LONGEST + _SKEW:
        when = "has expired" if said.expires <= now else f"lasts longer than {LONGEST}"
        raise SafetyError(f"{file}: the approval of {said.by} {when}; have it approved again")
    return Approval(by=said.by, key=key, expires=said.expires)


def _key_of(signed: Signed, said: Said, allowed: bytes, file: Path) -> str:
    """Return the fingerprint of the key that signed, if its owner may."""
    text = signed.said.encode(errors="surrogatepass")
    try:
        return keygen.verified(text, signed.signature, NAMESPACE, said.by, allowed)
    except SignatureError as error:
        raise SafetyError(f"{file}: {error}") from error


def _allowed(signers: Path) -> bytes:
    """Return who may approve, as long as nobody but root or this user can have written it.

    Raises:
        SafetyError: somebody else can have, or there is no such file.
    """
    try:
        file = open_plain(signers)
        with os.fdopen(file, "rb") as opened:
            found = os.fstat(opened.fileno())
            text = opened.read(_MOST)
    except OSError as error:
        raise SafetyError(
            f"{signers}: {error.strerror}; it names who may approve: one line a person, "
            "NAME and public key; --allowed-signers says where it is"
        ) from error
    if found.st_uid not in {0, os.geteuid()} or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise SafetyError(f"{signers}: others may change who approves; chown root, chmod go-w it")
    return text
