"""A sealed bundle: made, read back, and held against itself until something breaks."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from drill.errors import DrillError, EvidenceError, SignatureError
from drill.evidence import sums
from drill.evidence.archive import Archive, pack, unpack
from drill.evidence.checkpoints import Checkpoint
from drill.evidence.members import CHECKPOINTS, JOURNAL, PLAN, REPORT, Run, checkpoint_of, run_of
from drill.evidence.page import NAMESPACE, WITNESSED
from drill.signatures import keygen

Sign = Callable[[bytes, str], str]
"""Signs a text for a namespace."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """An archive of which every byte was held against its sums, signatures and chain."""

    archive: Archive
    run: Run | None
    """``None``: its journal is none, or the sums are broken, and nobody looked."""
    report: Mapping[str, Any]
    """``report/report.json``; empty if it is none."""
    plan: Mapping[str, Any]
    """``plan.json``; empty if it is none."""
    breaks: tuple[str, ...]
    """All that was found to be changed; nothing: it is whole."""
    keys: Mapping[str, str]
    """Who is said to have signed to the key's fingerprint; the sealer has no name here."""

    @property
    def members(self) -> Mapping[str, bytes]:
        """Return path to content."""
        return self.archive.members

    def checkpoint(self, at: str) -> Checkpoint:
        """Return what this bundle seals, as of a moment.

        Raises:
            EvidenceError: it is broken.
        """
        if self.run is None:
            raise EvidenceError(self.breaks[0])
        told = hashlib.sha256(self.members[sums.SUMS]).hexdigest()
        run = self.run
        return Checkpoint(at, run.opened.run, len(run.lines), run.length, run.head, told)


def sealed(archive: Archive, sign: Sign) -> bytes:
    """Sum an archive's files, have the sums signed, and return the bundle.

    Raises:
        EvidenceError: a file's name cannot be in a bundle.
        SignatureError: the key cannot sign.
    """
    told = sums.sums_of(archive.members)
    signature = sign(told, NAMESPACE).encode()
    more = {sums.SUMS: told, sums.SIGNATURE: signature}
    return pack(replace(archive, members={**archive.members, **more}))


def cosigned(bundle: Bundle, name: str, sign: Sign) -> bytes:
    """Return a bundle with a witness's signature added.

    Raises:
        EvidenceError: it is broken, or the witness has signed it before.
        SignatureError: the key cannot sign.
    """
    if bundle.breaks:
        raise EvidenceError(f"nothing is signed that is broken: {bundle.breaks[0]}")
    path = sums.cosignature(name)
    if path in bundle.members:
        raise EvidenceError(f"{name} has signed it before")
    signature = sign(bundle.members[sums.SUMS], WITNESSED).encode()
    return pack(replace(bundle.archive, members={**bundle.members, path: signature}))


def opened(text: bytes) -> Bundle:
    """Take a bundle apart and tell all that is broken in it.

    Raises:
        EvidenceError: it is no archive, or not one byte for byte as drill writes it.
    """
    archive = unpack(text)
    members = archive.members
    if breaks := tuple(sums.breaks(members)):
        return Bundle(archive, None, {}, {}, breaks, {})
    keys: dict[str, str] = {}
    run, broken = _run(members)
    report, plan = (_json(members.get(name, b"")) for name in (REPORT, PLAN))
    broken += _signatures(members, keys)
    if run is not None:
        broken += _frame(archive, run, plan)
    return Bundle(archive, run, report, plan, tuple(broken), keys)


def _run(members: Mapping[str, bytes]) -> tuple[Run | None, list[str]]:
    text = members.get(JOURNAL, b"")
    lines = io.BytesIO(text).readlines()
    try:
        run = run_of(lines)
    except DrillError as error:
        return None, [f"{JOURNAL}: {error}"]
    if members.get(CHECKPOINTS) != checkpoint_of(run):
        return run, [f"{CHECKPOINTS} names another end than that of {JOURNAL}"]
    return run, []


def _signatures(members: Mapping[str, bytes], keys: dict[str, str]) -> Iterator[str]:
    """Hold each signature against the sums and its own key; whose key that is, is not told here."""
    told = members.get(sums.SUMS, b"")
    signed = {"": members.get(sums.SIGNATURE), **sums.cosigned(members)}
    for name, text in signed.items():
        path = sums.cosignature(name) if name else sums.SIGNATURE
        if text is None:
            yield f"{path} is not there: nobody signed it"
            continue
        try:
            namespace = WITNESSED if name else NAMESPACE
            keys[name] = keygen.assert_intact(told, text.decode("latin-1"), namespace)
        except SignatureError as error:
            yield f"{path}: {error}"


def _frame(archive: Archive, run: Run, plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the archive says of its journal, and the journal does not."""
    if archive.top != run.opened.run:
        yield f"the archive is called {archive.top}, and the run {run.opened.run}"
    if archive.at != run.at:
        yield "the archive's time is not that of the journal's first record"
    if plan.get("digest") != run.opened.digest:
        yield f"{PLAN} is another plan than that of {JOURNAL}"


def _json(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
