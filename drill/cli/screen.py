"""The live terminal of ``drill run`` and ``drill watch``, and its stand-in where there is none."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from time import monotonic
from types import TracebackType
from typing import Any, Self, TextIO

from pydantic import BaseModel
from rich.console import Console, Group
from rich.live import Live

from drill.cli.frame import frame
from drill.cli.ink import printable
from drill.model.events import Event, Record, SamplesTaken, WritesMade
from drill.model.view import View
from drill.report.inert import inert_json

_CONSTANT = frozenset({"ticket", "service"})


_REST = 9
"""How many times as long as a look took nothing is looked at afterwards."""


class Screen:
    """A frame that is drawn again whenever it is told to; the last one stays."""

    def __init__(self, console: Console | None = None, *, answering: bool = False) -> None:
        self._console = console or Console()
        self._answering = answering
        self._live = Live(
            console=self._console, auto_refresh=False, vertical_overflow="crop", transient=False
        )

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last frame standing."""
        self._live.stop()

    def show(self, view: View, typed: str = "") -> None:
        """Draw the view; ``typed`` is what was typed so far in answer to a question."""
        width, height = self._console.size
        lines = frame(view, width, height - 1, answering=self._answering, typed=typed)
        self._live.update(Group(*lines), refresh=True)


class Pace:
    """Says when it is time for another look at the journal.

    Folding it takes longer the longer it grows, and probes share the processor:
    whoever shows an exercise may spend a tenth of the time on that, and no more.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._due = clock()

    @property
    def due(self) -> bool:
        """Tell whether the last look was paid for."""
        return self._clock() >= self._due

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Look, and pay for it."""
        begun = self._clock()
        yield
        ended = self._clock()
        self._due = ended + _REST * (ended - begun)


class Lines:
    """One line a record: words for a log, or JSON for a program."""

    def __init__(self, stream: TextIO, *, as_json: bool = False) -> None:
        self._stream = stream
        self._as_json = as_json
        self._seen: dict[tuple[str, str], frozenset[str]] = {}

    def tell(self, record: Record) -> None:
        """Write the record, and let it be read at once.

        Words leave out what is seen ten times a second, until it changes.
        """
        if not self._as_json and not self._is_news(record.event):
            return
        as_json = inert_json(record.model_dump_json()) if self._as_json else ""
        self._stream.write(as_json or line_of(record))
        self._stream.write("\n")
        self._stream.flush()

    def _is_news(self, event: Event) -> bool:
        if not isinstance(event, SamplesTaken | WritesMade):
            return True
        states = frozenset(fact for fact, _ in _facts(event) if fact not in _CONSTANT)
        known = self._seen.get((event.type, event.service))
        self._seen[event.type, event.service] = states
        return states != known


def line_of(record: Record) -> str:
    """Return ``time type k=v…`` in one line, whatever the values hold.

    Times are UTC, to the millisecond.
    """
    wall = record.at.wall.astimezone(UTC)
    said = [f"{wall:%Y-%m-%dT%H:%M:%S}.{wall.microsecond // 1000:03d}Z", record.event.type]
    return " ".join([*said, *(f"{key}={_quoted(value)}" for key, value in _facts(record.event))])


def _facts(event: Event) -> Iterator[tuple[str, str]]:
    """Yield what is short enough to be read in passing."""
    for name in type(event).model_fields:
        value = getattr(event, name)
        if name == "type":
            continue
        if isinstance(value, str | int | float) and value != "":
            yield name, str(value)
        elif name == "outcome":
            yield from _outcome(value)
        elif name == "saying":
            yield from _saying(value)
    if isinstance(event, SamplesTaken):
        yield from _counted(sample.state for sample in event.samples)
    if isinstance(event, WritesMade):
        yield from _counted(write.outcome for write in event.writes)


def _outcome(outcome: BaseModel) -> Iterator[tuple[str, str]]:
    fields: Mapping[str, Any] = outcome.model_dump()
    yield "outcome", fields["kind"]
    for name in ("choice", "error", "note"):
        if fields.get(name):
            yield name, str(fields[name])


def _saying(saying: BaseModel) -> Iterator[tuple[str, str]]:
    said = saying.model_dump(mode="json")
    return ((name, str(value)) for name, value in said.items() if value not in {None, ""})


def _counted(states: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Count neighbouring states one by one: batches are too long to be printed."""
    found = list(states)
    for state in dict.fromkeys(found):
        yield state, str(found.count(state))


def _quoted(value: str) -> str:
    """Return the value as it is, or quoted where it could be read as more than one word."""
    clean = printable(value)
    plain = value == clean and not any(letter in ' "=\\' for letter in value)
    return value if plain and value else json.dumps(value)
