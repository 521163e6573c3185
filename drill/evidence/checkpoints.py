"""Checkpoints: how far a journal had come when it was sealed, kept where it cannot be reached.

A journal that was put back to an earlier day with all that is beside it is a sound journal.
Only what was written down elsewhere tells: one line a seal, in a file that only grows. It
also tells two journals apart that both claim to be one run (C2SP, tlog-checkpoint).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from drill.errors import EvidenceError
from drill.journal.chain import GENESIS, digest

_LINE = re.compile(r"(\S+) (\S+) (\d+) (\d+) ([0-9a-f]{64}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was sealed."""

    at: str
    """When, in UTC."""
    run: str
    records: int
    length: int
    """Bytes."""
    head: str
    """SHA-256 of the last line."""
    sums: str
    """SHA-256 of the bundle's ``SHA256SUMS``."""

    def line(self) -> str:
        """Return it as a line of the file."""
        return f"{self.at} {self.run} {self.records} {self.length} {self.head} {self.sums}\n"


def moment(wall: datetime) -> str:
    """Return a moment as a checkpoint says it, in UTC, to the second."""
    return wall.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of a file.

    Raises:
        EvidenceError: a line is none.
    """
    return tuple(_checkpoint(n, line) for n, line in enumerate(text.splitlines(), 1))


def _checkpoint(n: int, line: str) -> Checkpoint:
    found = _LINE.fullmatch(line)
    if found is None:
        raise EvidenceError(f"line {n} is no checkpoint: the file was changed, or is another one")
    at, run, records, length, head, sums = found.groups()
    return Checkpoint(at, run, int(records), int(length), head, sums)


def contradictions(known: Iterable[Checkpoint], run: str, lines: Sequence[bytes]) -> Iterator[str]:
    """Yield each checkpoint of a run that its journal contradicts.

    A journal that grew since then, and still begins with what was sealed, contradicts nothing.
    """
    for one in known:
        if one.run != run:
            continue
        if one.records > len(lines):
            yield (
                f"rolled back: {one.records} records were sealed at {one.at}, "
                f"and {len(lines)} are there"
            )
        elif (one.length, one.head) != _reached(lines[: one.records]):
            yield (
                f"another journal: its first {one.records} records "
                f"are not those that were sealed at {one.at}"
            )


def _reached(lines: Sequence[bytes]) -> tuple[int, str]:
    return sum(map(len, lines)), digest(lines[-1]) if lines else GENESIS
