"""Bytes to records and back. Each line names the SHA-256 of the line before it.

The chain proves every line but the last; that one is proven by the head, which
whoever must trust the journal keeps elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from drill.errors import JournalCorruptError, JournalNewerError
from drill.model.events import RECORD, Event, Record
from drill.model.time import Stamp

GENESIS = hashlib.sha256(b"drill journal v1\n").hexdigest()
"""What the first line names: ``printf 'drill journal v1\\n' | sha256sum``."""


def digest(line: bytes) -> str:
    """Return the link that the next line must carry: SHA-256 of the line, newline included."""
    return hashlib.sha256(line).hexdigest()


def encode(seq: int, prev: str, at: Stamp, event: Event) -> tuple[Record, bytes]:
    """Return the record and the exact line to append, newline included."""
    record = Record(seq=seq, prev=prev, at=at, event=event)
    return record, record.model_dump_json().encode() + b"\n"


def decode(lines: Iterable[bytes]) -> Iterator[tuple[Record, bytes]]:
    """Yield the records of a chain with their lines; stop at the first line that breaks it.

    Raises:
        JournalCorruptError: a line is no record, or does not follow from the one before.
        JournalNewerError: a line follows, and is no record of this version.
    """
    prev = GENESIS
    for seq, line in enumerate(lines):
        try:
            record = RECORD.validate_json(line)
        except ValidationError as error:
            raise _unknown(line, seq, prev, error.errors()[0]["msg"]) from error
        if (record.seq, record.prev) != (seq, prev):
            raise JournalCorruptError(
                f"line {seq + 1} does not follow from the line before it: "
                "a line was changed, removed or added"
            )
        prev = digest(line)
        yield record, line


def _unknown(line: bytes, seq: int, prev: str, why: str) -> JournalCorruptError:
    """Return the error for a line that is no record; one in its place is of a newer drill."""
    said = f"line {seq + 1} is not a record of this version: {why}"
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or (told.get("seq"), told.get("prev")) != (seq, prev):
        return JournalCorruptError(said)
    return JournalNewerError(
        f"{said}; unless it was changed, a newer drill wrote it: use that one, "
        "or end what stands with `drill heal --from-hosts`"
    )


def assert_torn(tail: bytes) -> None:
    """Refuse what follows the last newline, unless a crash can have left it there.

    A write that was cut short leaves the beginning of a line and nothing after
    it. A whole record with anything behind it is a line whose newline was changed:
    to take it for a torn one would drop a record that was acted upon.

    Raises:
        JournalCorruptError: no crash leaves this.
    """
    text = tail.decode(errors="replace")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return
    if end < len(text):
        raise JournalCorruptError("the newline of the last whole line was changed")
