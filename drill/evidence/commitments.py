"""A promise for each record of a journal, by which any part of it can be told alone, and proven.

Each leaf of a record, a value at a path (RFC 6901), is hashed with a salt of its own, so
that nobody finds a value by trying; the record's commitment is one hash over its leaves'
in their order. To tell a leaf is to tell its salt; of one that is kept back its hash is
enough. The salts come from one master salt, which stays with whoever owns the journal:
for a whole record one salt opens all of it. Where a person, an instance or an address
stands, what is hashed is ``{"name": TAG}``, with a tag that is the same wherever that name
stands and is itself a salted hash: so a stand-in can be proven to be one and the same.

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
from drill.evidence.masks import NOBODY, STAND_INS, sort_of

COMMITMENTS = "commitments.jsonl"
SALT_BYTES = 32
LINK = "prev"

Leaf = tuple[str, Any]
"""A path, and what is there: no list and no object but an empty one."""


def commitments(lines: Iterable[bytes], master: bytes) -> bytes:
    """Return the commitments to the records of a journal."""
    records = enumerate(map(json.loads, lines))
    return jsonl(
        {"seq": seq, "commitment": commitment(_hashes(record, master, seq))}
        for seq, record in records
    )


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


def path_of(pointer: str) -> tuple[str, ...]:
    """Return the keys of a path."""
    parts = pointer.split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def told(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a record is committed to: all but the chain's link."""
    return {key: value for key, value in record.items() if key != LINK}


def record_salt(master: bytes, seq: int) -> bytes:
    """Return the salt that opens a whole record."""
    return hmac.digest(master, f"record {seq}".encode(), "sha256")


def leaf_salt(salt: bytes, path: str) -> bytes:
    """Return the salt that opens one leaf, from that of its record."""
    return hmac.digest(salt, path.encode(errors="backslashreplace"), "sha256")


def name_salt(master: bytes, name: str) -> bytes:
    """Return the salt that opens a name, wherever it stands."""
    return hmac.digest(master, f"name {name}".encode(errors="backslashreplace"), "sha256")


def name_tag(salt: bytes, name: str) -> str:
    """Return what stands for a name in what is hashed."""
    return hashlib.sha256(salt + name.encode(errors="backslashreplace")).hexdigest()


def named(path: str, tag: str) -> Leaf:
    """Return the leaf that is hashed where a name stands."""
    return path, {"name": tag}


def is_name(kind: str, path: str, value: Any) -> bool:
    """Tell whether a name stands at a path of a record whose event is of this type."""
    if not isinstance(value, str) or value in NOBODY or not path.startswith("/event/"):
        return False
    return sort_of(kind, path_of(path)[1:]) in STAND_INS


def leaf_hash(salt: bytes, leaf: Leaf) -> bytes:
    """Return the salted hash of a leaf."""
    return hashlib.sha256(salt + json.dumps(leaf, separators=(",", ":")).encode()).digest()


def commitment(hashes: Iterable[bytes]) -> str:
    """Return the commitment to a record, from the hashes of its leaves."""
    return hashlib.sha256(b"drill record v1\n" + b"".join(hashes)).hexdigest()


def _hashes(record: Mapping[str, Any], master: bytes, seq: int) -> Iterator[bytes]:
    salt, kind = record_salt(master, seq), record["event"]["type"]
    for path, value in leaves(told(record)):
        leaf: Leaf = (path, value)
        if is_name(kind, path, value):
            leaf = named(path, name_tag(name_salt(master, value), value))
        yield leaf_hash(leaf_salt(salt, path), leaf)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in it")
    return found
