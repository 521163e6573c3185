"""What is printed while secrets are known: none of them, also not by what fails.

Records come scrubbed. But a bug's traceback, a library's warning and the words of an
error go to the terminal past the journal, and a crash may leave memory in a file.
"""

import resource
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from typing import TextIO, cast

from drill.errors import DrillError

Mask = Callable[[str], str]


class _Hushed:
    """A stream that masks each text on its way, and is the other one in all else."""

    def __init__(self, stream: TextIO, mask: Mask) -> None:
        self._stream = stream
        self._mask = mask

    def write(self, text: str) -> int:
        """Write what may be read."""
        self._stream.write(self._mask(text))
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextmanager
def hushed(mask: Mask) -> Iterator[None]:
    """Let no secret out by standard error, an exception or a core file (core(5)).

    Raises:
        DrillError: as it was raised, its words masked.
        SystemExit: a bug ended it; its traceback was printed, masked.
    """
    with _no_core(), redirect_stderr(cast("TextIO", _Hushed(sys.stderr, mask))), _threads(mask):
        try:
            yield
        except DrillError as error:
            raise type(error)(mask(str(error))) from None
        except Exception:  # noqa: BLE001  a bug: told as Python tells it, and ends the program
            _print(mask, traceback.format_exc())
            raise SystemExit(1) from None


@contextmanager
def _no_core() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


@contextmanager
def _threads(mask: Mask) -> Iterator[None]:
    """Have threads that fall tell of it as a whole, so that no secret comes in two texts."""

    def tell(fallen: threading.ExceptHookArgs) -> None:
        lines = traceback.format_exception(fallen.exc_type, fallen.exc_value, fallen.exc_traceback)
        _print(mask, "".join(lines))

    before, threading.excepthook = threading.excepthook, tell
    try:
        yield
    finally:
        threading.excepthook = before


def _print(mask: Mask, text: str) -> None:
    sys.stderr.write(mask(text))
