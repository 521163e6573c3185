"""The outsider's half: what was told of a journal is held against what was promised of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from drill.errors import EvidenceError
from drill.evidence.commitments import (
    COMMITMENTS,
    LINK,
    Leaf,
    commitment,
    leaf_hash,
    leaf_salt,
    leaves,
    name_tag,
    named,
    read_jsonl,
    told,
)
from drill.evidence.masks import MASKED
from drill.evidence.redaction import OPENINGS, REDACTED
from drill.model.events import RECORD, Record

_STAND_IN = re.compile(r"(?:person|instance|address)-[1-9][0-9]*")
HIDDEN = re.compile(rf"{re.escape(MASKED)}|{_STAND_IN.pattern}")
"""What is read in the place of what is kept back."""
_HEX = "[0-9a-f]{64}"
_PART = re.compile(rf"(salt|hash) ({_HEX})|(name|stand-in) ({_HEX}) ({_HEX})")
_SALT = re.compile(_HEX)


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
    names = _Names()
    for seq, (promise, record, opening) in enumerate(zip(promised, shown, openings, strict=True)):
        _assert_place(seq, promise, record, opening)
        if commitment(_hashes(seq, record, opening, names)) != promise.get("commitment"):
            raise EvidenceError(f"record {seq} is not the one that was committed to")
    return tuple(_record(seq, record) for seq, record in enumerate(shown))


@dataclass
class _Names:
    """Which stand-in stands for which tag: for one only, and throughout."""

    tags: dict[str, str] = field(default_factory=dict)
    stand_ins: dict[str, str] = field(default_factory=dict)

    def are(self, stand_in: str, tag: str) -> bool:
        first = self.tags.setdefault(stand_in, tag), self.stand_ins.setdefault(tag, stand_in)
        return first == (tag, stand_in)


def _read(members: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    if name not in members:
        raise EvidenceError(f"{name} is not there")
    return read_jsonl(members[name], name)


def _assert_place(seq: int, *lines: Mapping[str, Any]) -> None:
    if any(type(line.get("seq")) is not int or line["seq"] != seq for line in lines):
        raise EvidenceError(f"record {seq} is not in its place")


def _hashes(
    seq: int, record: Mapping[str, Any], opening: Mapping[str, Any], names: _Names
) -> Iterator[bytes]:
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
        found = _PART.fullmatch(part) if isinstance(part, str) else None
        if found is None:
            raise EvidenceError(f"record {seq}: {leaf[0]} is neither opened nor kept back")
        proof = tuple(group for group in found.groups() if group is not None)
        octets = _hash(leaf, proof, names)
        if octets is None:
            raise EvidenceError(f"record {seq}: {leaf[0]} is kept back, but says {leaf[1]!r}")
        yield octets


def _hash(leaf: Leaf, proof: tuple[str, ...], names: _Names) -> bytes | None:
    """Return the hash of a leaf by its proof; ``None``: what is seen is not what that proves."""
    path, seen = leaf
    first = bytes.fromhex(proof[1])
    match proof:
        case "salt", _:
            return leaf_hash(first, leaf)
        case "hash", _:
            return first if seen == MASKED else None
        case "name", _, own if isinstance(seen, str):
            return leaf_hash(first, named(path, name_tag(bytes.fromhex(own), seen)))
        case "stand-in", _, tag if isinstance(seen, str) and _STAND_IN.fullmatch(seen):
            return leaf_hash(first, named(path, tag)) if names.are(seen, tag) else None
        case _:
            return None


def _record(seq: int, record: Mapping[str, Any]) -> Record:
    try:
        return RECORD.validate_python(record)
    except ValidationError as error:
        raise EvidenceError(
            f"record {seq} is not a record of this version: {error.errors()[0]['msg']}"
        ) from error
