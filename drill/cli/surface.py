"""What ``drill run`` shows and hears: a live frame and a keyboard, or lines and nobody."""

import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Protocol, Self

from typing_extensions import override

from drill.cli.desk import TerminalDesk
from drill.cli.screen import Lines, Pace, Screen
from drill.desk import Say
from drill.engine.clock import SystemClock
from drill.measure.timeline import view
from drill.model.events import Record
from drill.model.view import View

_PAUSE = 0.2
"""Seconds between two frames."""


class Surface(AbstractContextManager["Surface"], Protocol):
    """Where an exercise is seen, and where people answer."""

    def attend(self, say: Say) -> None:
        """Have what people answer here said to the conductor."""
        ...

    def tell(self, record: Record) -> None:
        """Show a record; called from the thread that writes the journal."""
        ...


class LineSurface(Surface):
    """One line a record; nobody answers here."""

    def __init__(self, *, as_json: bool) -> None:
        self._lines = Lines(sys.stdout, as_json=as_json)

    @override
    def attend(self, say: Say) -> None:
        """Hear nobody."""

    @override
    def tell(self, record: Record) -> None:
        """Print the record."""
        self._lines.tell(record)

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Need nothing."""


class LiveSurface(Surface):
    """A frame that is drawn a few times a second, and the keyboard below it."""

    def __init__(self) -> None:
        self._desk = TerminalDesk()
        self._records: list[Record] = []
        self._seen: View | None = None
        self._pace = Pace()
        self._stop = threading.Event()
        self._screen = Screen(answering=True)
        self._thread = threading.Thread(target=self._draw_on, name="screen", daemon=True)
        self._open = ExitStack()

    @override
    def attend(self, say: Say) -> None:
        """Let the keyboard answer."""
        self._desk.attend(say)

    @override
    def tell(self, record: Record) -> None:
        """Keep the record for the next frame."""
        self._desk.tell(record)
        self._records.append(record)

    @override
    def __enter__(self) -> Self:
        """Take the terminal."""
        self._open.enter_context(self._desk)
        self._open.enter_context(self._screen)
        self._thread.start()
        return self

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Draw the last frame, and give the terminal back."""
        self._stop.set()
        self._thread.join()
        self._look()
        self._draw()
        self._open.close()

    def _draw_on(self) -> None:
        pause: Callable[[float], bool] = self._stop.wait
        while not pause(_PAUSE):
            if self._pace.due:
                with self._pace.spent():
                    self._look()
            self._draw()

    def _look(self) -> None:
        records = tuple(self._records)
        if records:
            self._seen = view(records, SystemClock().now(), "")

    def _draw(self) -> None:
        if self._seen is not None:
            self._screen.show(self._seen, self._desk.line)


def surface(*, as_json: bool) -> Surface:
    """Return the surface that fits where drill runs."""
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return LineSurface(as_json=as_json)
    return LiveSurface()
