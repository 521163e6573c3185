"""Bytes to records and back. Each line names the SHA-256 of the line before it."""

import hashlib
from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from drill.errors import JournalCorruptError
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
    """
    prev = GENESIS
    for seq, line in enumerate(lines):
        try:
            record = RECORD.validate_json(line)
        except ValidationError as error:
            raise JournalCorruptError(
                f"line {seq + 1} is not a record of this version: {error.errors()[0]['msg']}"
            ) from error
        if (record.seq, record.prev) != (seq, prev):
            raise JournalCorruptError(
                f"line {seq + 1} does not follow from the line before it: "
                "a line was changed, removed or added"
            )
        prev = digest(line)
        yield record, line
