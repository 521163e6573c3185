"""The journal as it grows, seen by everybody: read once, rendered once a kind of seat, sent to all.

One thread follows the journal. What it makes of it is an :class:`Edition`; each is whole, so that
whoever reads slowly misses some of them and nothing else, and nobody's backlog grows.
"""

import asyncio
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from html import escape
from pathlib import Path
from time import monotonic, sleep

from sse_starlette.event import ServerSentEvent

from drill.console.look import Pages
from drill.console.seats import Seat
from drill.console.sight import seen_by
from drill.errors import DrillError
from drill.journal.reader import follow
from drill.measure.timeline import view
from drill.model.events import Record
from drill.model.time import Stamp
from drill.model.view import View

APART = 0.25
"""Seconds between two editions, at the least."""
_TICK = 1.0
"""Seconds after which the clocks go on, if nothing else does."""
_REST = 4
"""Making an edition may take a fifth of the time: what conducts shares the processor."""
_PAUSE = 0.1
"""Seconds between two looks at the journal."""


_MARK = secrets.token_hex(32)
"""Stands for a session's own token until that is put there: nobody can have written it."""
_NAME = secrets.token_hex(32)
"""Stands for who sits there."""


class Edition:
    """An exercise at one moment, for every seat; what is made of it is made once."""

    def __init__(self, seq: int, seen: View, pages: Pages) -> None:
        """Keep what everything is made of.

        Args:
            seq: the number of the last record.
            seen: all of it.
            pages: make what people see.
        """
        self.seq = seq
        self._view, self._look = seen, pages
        self._pages: dict[Seat, str] = {}
        self._events: dict[Seat, bytes] = {}

    def page(self, seat: Seat, csrf: str) -> str:
        """Return the page of a seat, for who sits there."""
        key = anybody(seat)
        if key not in self._pages:
            named = replace(key, person=_NAME)
            self._pages[key] = self._look.page(named, seen_by(key, self._view), _MARK)
        return self._pages[key].replace(_MARK, csrf).replace(_NAME, escape(seat.person))

    def event(self, seat: Seat, csrf: str = _MARK) -> bytes:
        """Return the event of a seat's stream, with a session's own token in its forms."""
        key = anybody(seat)
        if key not in self._events:
            parts = self._look.parts(key, seen_by(key, self._view), _MARK)
            self._events[key] = ServerSentEvent(parts, id=str(self.seq)).encode()
        return self._events[key].replace(_MARK.encode(), csrf.encode())


def anybody(seat: Seat) -> Seat:
    """Return a seat without who sits there."""
    return Seat(seat.kind, seat.role)


class Feed:
    """Follows a journal, and wakes whoever waits for an edition.

    All but what the thread does belongs to the event loop that it was begun in.
    """

    def __init__(self, journal: Path, now: Callable[[], Stamp], pages: Pages) -> None:
        self.edition: Edition | None = None
        self.problem = ""
        """Why the journal cannot be followed any more."""
        self.closing = False
        self._journal, self._now, self._pages = journal, now, pages
        self._records: list[Record] = []
        self._counted, self._due = 0, 0.0
        self._readers: Counter[Seat] = Counter()
        self._turn = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._work, name="feed", daemon=True)

    def begin(self) -> None:
        """Begin to follow, for the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def end(self) -> None:
        """End every stream, and the following; from any thread."""
        self.closing = True
        self._call(self.wake)

    def wake(self) -> None:
        """Let everybody who waits look again."""
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()

    async def turn(self, most: float) -> None:
        """Wait until there is something to look at, ``most`` seconds long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._turn.wait(), most)

    @contextmanager
    def reading(self, seat: Seat) -> Iterator[None]:
        """Have the editions of this kind of seat made before anybody waits for them."""
        key = anybody(seat)
        self._readers[key] += 1
        try:
            yield
        finally:
            self._readers[key] -= 1

    def _work(self) -> None:
        try:
            self._follow()
        except DrillError as error:
            self.problem = f"{self._journal}: {error}"
        except Exception:
            self.problem = "the console itself is broken; what it printed says where"
            raise
        finally:
            self._call(self.wake)

    def _follow(self) -> None:
        while not self._journal.exists():
            if self.closing:
                return
            sleep(_PAUSE)
        for record in follow(self._journal, self._idle, _PAUSE):
            self._records.append(record)
        if self._records and not self.closing:
            self._publish()

    def _idle(self) -> bool:
        """Publish, when all that is there is read and it is time; tell whether to stop."""
        since = monotonic() - self._due
        if self._records and (since >= _TICK or (since >= 0 and self._is_news())):
            self._publish()
        return self.closing

    def _is_news(self) -> bool:
        return len(self._records) > self._counted

    def _publish(self) -> None:
        began = monotonic()
        seen = view(self._records, self._now(), "")
        self._counted = len(self._records)
        edition = Edition(self._records[-1].seq, seen, self._pages)
        for seat in [seat for seat, count in list(self._readers.items()) if count]:
            edition.event(seat)
        took = monotonic() - began
        self._due = began + max(APART, took + _REST * took)
        self._call(lambda: self._show(edition))

    def _show(self, edition: Edition) -> None:
        self.edition = edition
        self.wake()

    def _call(self, work: Callable[[], None]) -> None:
        """Have the event loop do it, if there still is one."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it ended
                self._loop.call_soon_threadsafe(work)
