"""A journal for rehearsals and tests: the very bytes that a file would hold."""

from collections.abc import Iterable, Iterator

from drill.journal.chain import GENESIS, decode, digest, encode
from drill.model.events import Event, Record
from drill.model.time import Stamp


class MemoryJournal:
    """Keeps its lines in a list; ``synced`` tells how many of them a crash would leave."""

    def __init__(self, lines: Iterable[bytes] = ()) -> None:
        self.lines = list(lines)
        self.synced = len(self.lines)

    @property
    def low(self) -> bool:
        """Memory has no reserve."""
        return False

    @property
    def head(self) -> str:
        """Return the SHA-256 of the last line."""
        return digest(self.lines[-1]) if self.lines else GENESIS

    def append(self, event: Event, at: Stamp) -> Record:
        """Add one record."""
        record, line = encode(len(self.lines), self.head, at, event)
        self.lines.append(line)
        return record

    def sync(self) -> None:
        """Make what was appended survive."""
        self.synced = len(self.lines)

    def __iter__(self) -> Iterator[Record]:
        """Read every record from the first, verifying the chain."""
        return (record for record, _ in decode(self.lines))
