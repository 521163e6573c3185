"""The outsider's half: what was told of a journal is held against what was promised of it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from drill.errors import EvidenceError
from drill.evidence.commitments import (
    COMMITMENTS,
    LINK,
    SALT_BYTES,
    Leaf,
    commitment,
    leaf_hash,
    leaf_salt,
    leaves,
    read_jsonl,
    told,
)
from drill.evidence.redaction import OPENINGS, REDACTED
from drill.model.events import RECORD, Record

_STAND_IN = re.compile(r"\[masked\]|(?:person|instance|address)-[1-9][0-9]*")
_PART = re.compile(r"(salt|hash) ([0-9a-f]{64})")
_SALT = re.compile(rf"[0-9a-f]{{{2 * SALT_BYTES}}}")


def records_of(members: Mapping[str, bytes]) -> tuple[Record, ...]:
    """Return the records that outsiders may read, every leaf of them proven or masked.

    Args:
        members: ``commitments.jsonl``, ``redacted.jsonl`` and ``openings.jsonl`` by name;
            whose commitments these are is for a signature over that file to say.

    Raises:
        EvidenceError: something was changed, left out or added; the first of it is named.
    """
    promised, shown, openings = (_read(members, name) for name in (COMMITMENTS, REDACTED, OPENINGS))
    if not len(promised) == len(shown) == len(openings):
        raise EvidenceError(
            f"{len(promised)} records were committed to, {len(shown)} are shown "
            f"and {len(openings)} opened: some were left out or added"
        )
    for seq, (promise, record, opening) in enumerate(zip(promised, shown, openings, strict=True)):
        _assert_place(seq, promise, record, opening)
        if commitment(_hashes(seq, record, opening)) != promise.get("commitment"):
            raise EvidenceError(f"record {seq} is not the one that was committed to")
    return tuple(_record(seq, record) for seq, record in enumerate(shown))


def _read(members: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    if name not in members:
        raise EvidenceError(f"{name} is not there")
    return read_jsonl(members[name], name)


def _assert_place(seq: int, *lines: Mapping[str, Any]) -> None:
    if any(type(line.get("seq")) is not int or line["seq"] != seq for line in lines):
        raise EvidenceError(f"record {seq} is not in its place")


def _hashes(seq: int, record: Mapping[str, Any], opening: Mapping[str, Any]) -> Iterator[bytes]:
    if record.get(LINK) != "":
        raise EvidenceError(f"record {seq} shows the chain's link, which nothing here proves")
    shown = list(leaves(told(record)))
    salt = opening.get("salt")
    if isinstance(salt, str) and _SALT.fullmatch(salt):
        yield from (leaf_hash(leaf_salt(bytes.fromhex(salt), leaf[0]), leaf) for leaf in shown)
        return
    parts = opening.get("leaves")
    if not isinstance(parts, list) or len(parts) != len(shown):
        raise EvidenceError(f"record {seq} has another number of values than were opened")
    for leaf, part in zip(shown, parts, strict=True):
        yield _hash(seq, leaf, part)


def _hash(seq: int, leaf: Leaf, part: object) -> bytes:
    found = _PART.fullmatch(part) if isinstance(part, str) else None
    if found is None:
        raise EvidenceError(f"record {seq}: {leaf[0]} is neither opened nor kept back")
    octets = bytes.fromhex(found[2])
    if found[1] == "salt":
        return leaf_hash(octets, leaf)
    if not isinstance(leaf[1], str) or not _STAND_IN.fullmatch(leaf[1]):
        raise EvidenceError(f"record {seq}: {leaf[0]} is kept back, but says {leaf[1]!r}")
    return octets


def _record(seq: int, record: Mapping[str, Any]) -> Record:
    try:
        return RECORD.validate_python(record)
    except ValidationError as error:
        raise EvidenceError(
            f"record {seq} is not a record of this version: {error.errors()[0]['msg']}"
        ) from error
