"""The journal on disk, written: one conductor may hold it."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from drill.errors import JournalBusyError, JournalError
from drill.files import open_own, open_place
from drill.journal.chain import GENESIS, decode, digest, encode
from drill.journal.pin import Pin, pin_path
from drill.journal.reader import pinned_lines
from drill.model.events import Event, Record
from drill.model.time import Stamp

RESERVE = 256 * 1024
"""Bytes kept beside the journal, so that healing can be recorded on a full disk."""
_DYING = 0.5
_AGAIN = 0.02
"""Seconds that a killed holder may take to let go, and between two looks."""


class FileJournal:
    """Appends to one file, under a lock that dies with the process.

    Raises:
        JournalBusyError: another process holds it.
        JournalCorruptError: what is there is no chain, or less than there was; it is left as it is.
        JournalError: there is no room for a new one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reserve = path.with_name(path.name + ".reserve")
        self._pending: list[bytes] = []
        with ExitStack() as opened:
            place, self._fd = self._open()
            opened.callback(os.close, self._fd)
            with _closing(place):
                self._hold()
                self._length, self._seq, self._prev = self._verify()
                self._pin = self._open_pin(place)
                opened.callback(os.close, self._pin)
                self._settle(place)
                self._set_reserve_aside(place)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        """Hold the journal."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the journal."""
        if not self.low:
            self._reserve.unlink()
        self._opened.close()

    def __iter__(self) -> Iterator[Record]:
        """Read every record from the first, verifying the chain."""
        return (record for record, _ in decode(pinned_lines(self._path)))

    @property
    def low(self) -> bool:
        """Tell whether the disk is full and only the reserve is left."""
        return not self._reserve.is_file()

    @property
    def head(self) -> str:
        """Return the SHA-256 of the last line."""
        return self._prev

    def append(self, event: Event, at: Stamp) -> Record:
        """Add one record; it is durable after the next :meth:`sync`."""
        record, line = encode(self._seq, self._prev, at, event)
        self._seq, self._prev = self._seq + 1, digest(line)
        self._pending.append(line)
        return record

    def sync(self) -> None:
        """Write what was appended, and flush it to the disk.

        Raises:
            JournalError: it could not be; what was appended is kept, and the
                next call tries again.
        """
        if not self._pending:
            return
        block = b"".join(self._pending)
        try:
            self._write(block)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or self.low:
                raise self._failure(error) from error
            self._reserve.unlink(missing_ok=True)
            try:
                self._write(block)
            except OSError as again:
                raise self._failure(again) from again
        self._pending.clear()
        with suppress(OSError):  # it lags, which it may
            self._write_pin()

    def _write_pin(self) -> None:
        os.pwrite(self._pin, Pin(self._seq, self._length, self._prev).encode(), 0)

    def _write(self, block: bytes) -> None:
        """Write the whole block or none of it, always in the same place."""
        try:
            done = 0
            while done < len(block):
                done += os.pwrite(self._fd, memoryview(block)[done:], self._length + done)
            os.fdatasync(self._fd)
        except OSError:
            with suppress(OSError):  # a torn tail is cut by whoever opens the journal next
                os.ftruncate(self._fd, self._length)
            raise
        self._length += len(block)

    def _failure(self, error: OSError) -> JournalError:
        return JournalError(
            f"{self._path}: cannot be written: {error.strerror}; "
            "what was written before is safe; free some space, then run the same command again"
        )

    def _open(self) -> tuple[int, int]:
        """Return the open directory and the open file, which nobody put there in our stead."""
        try:
            place = open_place(self._path.parent)
            try:
                return place, open_own(self._path.name, place)
            except BaseException:
                os.close(place)
                raise
        except OSError as error:
            raise JournalError(
                f"{self._path}: cannot be made: {_where(error)}{error.strerror}; "
                "choose another directory with --runs"
            ) from error

    def _hold(self) -> None:
        """Take the lock; of a holder that was just killed, the kernel keeps it a moment longer."""
        until = time.monotonic() + _DYING
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if time.monotonic() >= until:
                    raise JournalBusyError(
                        f"{self._path} is held by another drill; `drill watch` follows it"
                    ) from error
                time.sleep(_AGAIN)
            else:
                return

    def _verify(self) -> tuple[int, int, str]:
        """Return the bytes and records that are there, and the head."""
        length, seq, prev = 0, 0, GENESIS
        for record, line in decode(pinned_lines(self._path)):
            length, seq, prev = length + len(line), record.seq + 1, digest(line)
        return length, seq, prev

    def _open_pin(self, place: int) -> int:
        try:
            return open_own(pin_path(self._path).name, place)
        except OSError as error:
            raise self._failure(error) from error

    def _settle(self, place: int) -> None:
        """Cut a torn last line, never synced and so never acted upon; keep the rest for good.

        What an earlier process wrote may have outlived it in memory only, and a
        new file's name is not safe before its directory is.
        """
        os.ftruncate(self._fd, self._length)
        os.fsync(self._fd)
        try:
            self._write_pin()
            os.fsync(self._pin)
        except OSError as error:
            raise self._failure(error) from error
        os.fsync(place)

    def _set_reserve_aside(self, place: int) -> None:
        """Keep room to heal; a journal that is under way goes on without it, being low."""
        try:
            with os.fdopen(open_own(self._reserve.name, place), "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE)
        except OSError as error:
            with suppress(OSError):  # a link goes, and not what it leads to
                self._reserve.unlink()
            if self._length:
                return
            raise JournalError(
                f"{self._path.parent}: no room for a journal: {_where(error)}{error.strerror}; "
                "free some space or choose another directory with --runs"
            ) from error


@contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _where(error: OSError) -> str:
    """Return which name an error is about, where there are several."""
    return f"{error.filename}: " if error.filename else ""
