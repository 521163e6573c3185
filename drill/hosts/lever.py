"""The lever: a file on the controller that ends every exercise and lets none begin.

Anything at all with its name engages it, so that ``touch`` does, by hand and with
drill broken. Where nobody can tell whether it is there, it is: it fails closed.
Only removing the file releases it, and whoever engages it never does that.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from drill.errors import SafetyError
from drill.files import open_own, open_place, read_plain

_MOST = 4096
"""Bytes that are read of why."""
_LOOK = 0.5
"""Seconds between two looks at it."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One lever for all that a user conducts from this machine."""

    place: Path
    """A directory of its own, which only its owner can write to."""

    @property
    def file(self) -> Path:
        """The file that engages it."""
        return self.place / "halt"

    def mount(self) -> None:
        """Make its place, so that a person finds where to put the file.

        Raises:
            SafetyError: it cannot be made, or others may write there.
        """
        try:
            os.close(open_place(self.place))
        except OSError as error:
            raise self._refusal(error) from error

    def engaged(self) -> str:
        """Return why nothing may be broken; empty while it may."""
        try:
            os.lstat(self.file)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{self.file} cannot be looked at: {error.strerror}"
        said = b""
        with suppress(OSError):
            said = read_plain(self.file, _MOST)
        return " ".join(said.decode(errors="replace").split()) or f"{self.file} is there"

    def engage(self, why: str) -> None:
        """Put the file there; if it is already, leave what it says.

        Raises:
            SafetyError: it cannot be put there.
        """
        try:
            place = open_place(self.place)
            try:
                file = open_own(self.file.name, place)
            finally:
                os.close(place)
        except OSError as error:
            raise self._refusal(error) from error
        try:
            if not os.fstat(file).st_size:
                with suppress(OSError):  # the file alone engages it, also on a full disk
                    os.write(file, why.encode()[:_MOST])
                    os.fsync(file)
        finally:
            os.close(file)

    def release(self) -> bool:
        """Remove the file; tell whether it was there.

        Raises:
            SafetyError: it cannot be removed.
        """
        try:
            self.file.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._refusal(error) from error
        return True

    def _refusal(self, error: OSError) -> SafetyError:
        return SafetyError(f"the lever {self.file}: {error.strerror}; set DRILL_STATE elsewhere")


@contextmanager
def heeding(lever: Lever, abort: Callable[[str, str], None]) -> Iterator[None]:
    """Abort within a second once the lever is engaged, by whomever and however."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK):
            if why := lever.engaged():
                abort("the lever", why)
                return

    thread = threading.Thread(target=look, name="lever", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
