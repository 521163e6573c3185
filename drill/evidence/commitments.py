"""A promise for each record of a journal, by which any part of it can be told alone, and proven.

Each leaf of a record, a value at a path (RFC 6901), is hashed with a salt of its own, so
that nobody finds a value by trying; the record's commitment is one hash over its leaves'
in their order. To tell a leaf is to tell its salt; of one that is kept back its hash is
enough. The salts come from one master salt, which stays with whoever owns the journal:
for a whole record one salt opens all of it.

Left out is ``prev``, the chain's link: a plain hash of the line before, by which what was
kept back in that line could be found by trying.

``commitments.jsonl``: ``{"seq": N, "commitment": HEX}``, a line a record, from 0.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from drill.errors import EvidenceError

COMMITMENTS = "commitments.jsonl"
SALT_BYTES = 32
LINK = "prev"

Leaf = tuple[str, Any]
"""A path, and what is there: no list and no object but an empty one."""


def commitments(lines: Iterable[bytes], master: bytes) -> bytes:
    """Return the commitments to the records of a journal."""
    told = (
        {"seq": seq, "commitment": commitment(_hashes(line, record_salt(master, seq)))}
        for seq, line in enumerate(lines)
    )
    return jsonl(told)


def jsonl(objects: Iterable[Mapping[str, Any]]) -> bytes:
    """Return objects as lines of JSON, in one encoding."""
    return "".join(
        json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in objects
    ).encode()


def read_jsonl(text: bytes, name: str) -> list[dict[str, Any]]:
    """Return the objects of such a file.

    Raises:
        EvidenceError: a line is none, or says a thing twice.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            one = json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise EvidenceError(f"{name}:{number}: no line of JSON: {error}") from error
        if not isinstance(one, dict):
            raise EvidenceError(f"{name}:{number}: no object of JSON")
        found.append(one)
    return found


def leaves(value: Any, path: str = "") -> Iterator[Leaf]:
    """Yield each leaf in the order in which it is written; an empty list or object is one too."""
    match value:
        case dict() if value:
            for key, inner in value.items():
                step = key.replace("~", "~0").replace("/", "~1")
                yield from leaves(inner, f"{path}/{step}")
        case list() if value:
            for index, inner in enumerate(value):
                yield from leaves(inner, f"{path}/{index}")
        case _:
            yield path, value


def told(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a record is committed to: all but the chain's link."""
    return {key: value for key, value in record.items() if key != LINK}


def record_salt(master: bytes, seq: int) -> bytes:
    """Return the salt that opens a whole record."""
    return hmac.digest(master, f"record {seq}".encode(), "sha256")


def leaf_salt(salt: bytes, path: str) -> bytes:
    """Return the salt that opens one leaf, from that of its record."""
    return hmac.digest(salt, path.encode(errors="backslashreplace"), "sha256")


def leaf_hash(salt: bytes, leaf: Leaf) -> bytes:
    """Return the salted hash of a leaf."""
    return hashlib.sha256(salt + json.dumps(leaf, separators=(",", ":")).encode()).digest()


def commitment(hashes: Iterable[bytes]) -> str:
    """Return the commitment to a record, from the hashes of its leaves."""
    return hashlib.sha256(b"drill record v1\n" + b"".join(hashes)).hexdigest()


def _hashes(line: bytes, salt: bytes) -> Iterator[bytes]:
    for leaf in leaves(told(json.loads(line))):
        yield leaf_hash(leaf_salt(salt, leaf[0]), leaf)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in it")
    return found
