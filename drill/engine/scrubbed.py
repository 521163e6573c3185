"""The journal's one write point: no event reaches the journal but through here."""

from collections.abc import Callable, Iterator

from drill.model.events import Event, Record
from drill.model.time import Stamp
from drill.ports import Journal


class Scrubbed:
    """Wraps any journal; ``scrub`` takes out of each event what must not be kept.

    The record that comes back holds what was kept, so whatever is folded, shown
    or told from it holds no more.
    """

    def __init__(self, journal: Journal, scrub: Callable[[Event], Event]) -> None:
        self._journal = journal
        self._scrub = scrub

    @property
    def low(self) -> bool:
        """Ask the wrapped journal."""
        return self._journal.low

    def append(self, event: Event, at: Stamp) -> Record:
        """Add one record of what may be kept."""
        return self._journal.append(self._scrub(event), at)

    def sync(self) -> None:
        """Make what was appended durable."""
        self._journal.sync()

    def __iter__(self) -> Iterator[Record]:
        """Read every record from the first."""
        return iter(self._journal)
