"""Reading journals: at once, or as they grow; whoever reads holds nothing and changes nothing."""

import io
import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

from drill.errors import JournalCorruptError, JournalError
from drill.files import open_plain
from drill.journal.chain import GENESIS, assert_torn, decode, digest
from drill.journal.pin import held, pin_of
from drill.model.events import Record

LONGEST = 64 * 1024 * 1024
"""Bytes of one line: the longest records hold a whole scenario, which is far smaller."""


def whole_lines(path: Path) -> Generator[bytes, None, None]:
    """Yield the lines that were written to their end.

    Raises:
        JournalCorruptError: the last is cut short, and not by a crash; or one never ends.
        OSError: there is no such file, or it is none that was written.
    """
    with os.fdopen(open_plain(path), "rb") as file:
        while line := file.readline(LONGEST):
            if not line.endswith(b"\n"):
                if len(line) == LONGEST:
                    raise JournalCorruptError(f"{path}: a line is longer than {LONGEST} bytes")
                assert_torn(line)
                return
            yield line


def pinned_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines that were written to their end, held to the journal's pin, if it has one.

    Raises:
        JournalCorruptError: the last is cut short, and not by a crash; or they are not
            those that there were.
        OSError: there is no such file, or it is none that was written.
    """
    pin = pin_of(path)  # before the lines, which may be growing
    return held(whole_lines(path), pin, path)


class Reading:
    """The records of a journal one by one, however many: whoever folds them keeps what it needs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.head = GENESIS
        """Of the record that came last."""

    def __iter__(self) -> Iterator[Record]:
        """Yield every record, verifying the chain and the pin.

        Raises:
            JournalError: there is no such file.
            JournalCorruptError: the chain is broken, or shorter than it was.
        """
        try:
            for record, line in decode(pinned_lines(self._path)):
                self.head = digest(line)
                yield record
        except OSError as error:
            raise JournalError(f"{self._path}: cannot be read: {error.strerror}") from error


def read(path: Path) -> tuple[tuple[Record, ...], str]:
    """Return every record of a journal and its head, verifying the chain and the pin.

    Raises:
        JournalError: there is no such file.
        JournalCorruptError: the chain is broken, or shorter than it was.
    """
    reading = Reading(path)
    records = tuple(reading)
    return records, reading.head


def first(path: Path) -> Record | None:
    """Return the first record of a journal, and none if it has none yet; the rest is not read.

    Raises:
        JournalError: there is no such file.
        JournalCorruptError: its first line is no record.
    """
    try:
        with closing(whole_lines(path)) as lines:
            return next((record for record, _ in decode(lines)), None)
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error


def follow(path: Path, wait: Callable[[], bool], pause: float = 0.1) -> Iterator[Record]:
    """Yield the records of a journal as they come, until it is closed or ``wait`` says stop.

    Args:
        path: the journal.
        wait: called when there is nothing new; true ends the following.
        pause: seconds to sleep before ``wait`` is asked again.

    Raises:
        JournalError: there is no such file.
        JournalCorruptError: the chain is broken, or shorter than it was.
    """
    pin = pin_of(path)
    lines = _lines_to_come(path, wait, pause)
    for record, _ in decode(held(lines, pin, path)):
        yield record
        if record.event.type == "exercise-closed":
            return


def _lines_to_come(path: Path, wait: Callable[[], bool], pause: float) -> Iterator[bytes]:
    """Yield whole lines only: the begin of one may be cut away again after a crash."""
    offset = 0
    try:
        with os.fdopen(open_plain(path), "rb", buffering=0) as file:
            while True:
                file.seek(offset)
                text = file.read()
                whole = text.rfind(b"\n") + 1
                if whole:
                    offset += whole
                    yield from io.BytesIO(text[:whole])
                elif wait():
                    return
                else:
                    time.sleep(pause)
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error
