"""A journal that tells others what it has made durable."""

from collections.abc import Callable, Iterator

from drill.model.events import Event, Record
from drill.model.time import Stamp
from drill.ports import Journal


class Told:
    """Wraps any journal; ``tell`` is called with each record once it is safe."""

    def __init__(self, journal: Journal, tell: Callable[[Record], None]) -> None:
        self._journal = journal
        self._tell = tell
        self._fresh: list[Record] = []

    @property
    def low(self) -> bool:
        """Ask the wrapped journal."""
        return self._journal.low

    def append(self, event: Event, at: Stamp) -> Record:
        """Add one record."""
        record = self._journal.append(event, at)
        self._fresh.append(record)
        return record

    def sync(self) -> None:
        """Make what was appended durable, then tell it."""
        self._journal.sync()
        fresh, self._fresh = self._fresh, []
        for record in fresh:
            self._tell(record)

    def __iter__(self) -> Iterator[Record]:
        """Read every record from the first."""
        return iter(self._journal)
