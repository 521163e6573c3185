"""The pin: how far a journal has come, kept in a small file beside it.

A chain that is cut off at the end of a line is a chain all the same, only
shorter: nothing in it can tell. So the number of records, the bytes and the head
are written down once more, after each sync. That write is not flushed on its
own. After a power cut the pin may lag, which costs no more than what it then no
longer proves; it can never be ahead, for it is written only when the records it
counts are durable. It fills less than one sector, always the same one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from drill.errors import JournalCorruptError
from drill.files import read_plain
from drill.journal.chain import GENESIS, digest

HEAL = "faults may stand that it does not name; end them with: drill heal --from-hosts"

_SIZE = 20 + 1 + 20 + 1 + 64 + 1 + 64 + 1
_TRIES = 3
"""Looks at a pin that is being written at this very moment."""


@dataclass(frozen=True, slots=True)
class Pin:
    """The records of a journal, their bytes, and the SHA-256 of the last."""

    records: int = 0
    length: int = 0
    head: str = GENESIS

    def encode(self) -> bytes:
        """Return the file's content: the three, and their own SHA-256."""
        said = f"{self.records:020} {self.length:020} {self.head}"
        return f"{said} {sha256(said.encode()).hexdigest()}\n".encode()


def pin_path(journal: Path) -> Path:
    """Return where a journal's pin is."""
    return journal.with_suffix(".pin")


def pin_of(journal: Path) -> Pin | None:
    """Return the pin of a journal; ``None`` if it has none.

    To be read before the journal, which may be growing.

    Raises:
        JournalCorruptError: the pin was changed, or is damaged.
    """
    for _ in range(_TRIES):
        try:
            text = read_plain(pin_path(journal), _SIZE)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise JournalCorruptError(f"{pin_path(journal)}: {error.strerror}; {HEAL}") from error
        pin = _decoded(text)
        if pin is not None:
            return pin
        if not text:
            return None
    raise JournalCorruptError(f"{pin_path(journal)} is damaged; {HEAL}")


def _decoded(text: bytes) -> Pin | None:
    words = text.decode("ascii", errors="replace").split()
    if [len(word) for word in words] != [20, 20, 64, 64] or not (words[0] + words[1]).isdigit():
        return None
    pin = Pin(int(words[0]), int(words[1]), words[2])
    return pin if pin.encode() == text else None


def held(lines: Iterable[bytes], pin: Pin | None, journal: Path) -> Iterator[bytes]:
    """Yield the lines of a journal, and hold them to its pin.

    Raises:
        JournalCorruptError: there are fewer of them than there were, or others.
    """
    records = length = 0
    for line in lines:
        records, length = records + 1, length + len(line)
        if pin is not None and records == pin.records:
            _assert_same(pin, Pin(records, length, digest(line)), journal)
        yield line
    if pin is not None:
        assert_whole(pin, records, journal)


def assert_whole(pin: Pin, records: int, journal: Path) -> None:
    """Refuse a journal that has fewer records than it had.

    Raises:
        JournalCorruptError: it has.
    """
    if records < pin.records:
        raise JournalCorruptError(
            f"{journal}: rolled back: its pin counts {pin.records} records, "
            f"and {records} are there; {HEAL}"
        )


def _assert_same(pin: Pin, found: Pin, journal: Path) -> None:
    if found != pin:
        raise JournalCorruptError(
            f"{journal}: rolled back: its first {pin.records} records "
            f"are not those that its pin names; {HEAL}"
        )
