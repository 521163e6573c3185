"""Open-loop pacing: one beat per tick of a fixed schedule, whatever became of the beat before.

A closed loop measures its own waiting: while one sample hangs it takes no
other, so the outage it should see is the one time it does not look
("coordinated omission", Gil Tene, *How NOT to Measure Latency*, 2013). Here
each tick runs in a thread of its own, so

* a hung beat delays no other,
* tick *n* is planned at ``origin + n * every``: lateness never adds up,
* a tick that was slept through (suspend, an overloaded machine) is left out:
  it shows as a gap, and is never caught up in a burst,
* times are nanoseconds of the clock that ``now_ns`` reads, ``CLOCK_BOOTTIME``.
"""

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from drill.ports import Cancel

T = TypeVar("T")

Fate = Literal["answered", "unsent", "late", "stopped", "broken"]

_NS = 1_000_000_000
_DELIVER = 0.25
"""Seconds between two deliveries at most."""
_SLACK = 0.1
"""Seconds a beat may take to say that its time is over, before that is said for it."""
_DRAIN = 0.25
"""Seconds that beats under way get when the pacing is stopped."""
_SPARE = 4
"""Threads beyond those that ``within`` and ``every`` account for."""
_MOST = 256
"""Threads of one watch: with a long ``within`` and a short ``every``, a beat beyond is unsent."""


@dataclass(frozen=True, slots=True)
class Beat(Generic[T]):
    """What became of one tick; ``start`` is when it was sent, ``end`` when that was known.

    ``fate`` says whether there is an answer (``got``): ``unsent``, no thread was
    free, so nothing left this machine; ``late``, no answer within the time, and
    an answer after it is dropped; ``stopped``, the watch ended before the answer;
    ``broken``, the work raised. ``note`` says it in words.
    """

    n: int
    planned: int
    start: int
    end: int
    fate: Fate
    got: T | None = None
    note: str = ""


Work = Callable[[int, Cancel], T]
"""Does beat ``n`` within its cancel's time; what it raises becomes the beat's note."""


class _Attempt(Generic[T]):
    """One beat under way; its own thread writes ``start`` and ``beat``, each once."""

    def __init__(self, n: int, planned: int) -> None:
        self.n = n
        self.planned = planned
        self.start: int | None = None
        self.beat: Beat[T] | None = None
        self.thread: threading.Thread | None = None

    def fell_short(self, now: int, fate: Fate, note: str) -> Beat[T]:
        return Beat(self.n, self.planned, self.start or now, now, fate, None, note)


class _Pacer(Generic[T]):
    def __init__(
        self,
        every: float,
        within: float,
        work: Work[T],
        now_ns: Callable[[], int],
        new_cancel: Callable[[float], Cancel],
    ) -> None:
        self._every = round(every * _NS)
        self._within = within
        self._work = work
        self._now = now_ns
        self._new_cancel = new_cancel
        self._free = threading.Semaphore(min(math.ceil(within / every) + _SPARE, _MOST))
        self._held: deque[_Attempt[T]] = deque()
        self._origin = now_ns()
        self._next = 0

    def tick(self) -> None:
        """Send the beat that is due, if one is; leave out those that were slept through."""
        late = self._now() - (self._origin + self._next * self._every)
        if late < 0:
            return
        self._next += late // self._every
        attempt: _Attempt[T] = _Attempt(self._next, self._origin + self._next * self._every)
        self._next += 1
        self._held.append(attempt)
        if self._free.acquire(blocking=False):
            self._send(attempt)
        else:
            attempt.beat = attempt.fell_short(
                self._now(), "unsent", "not sent: every thread is still waiting"
            )

    def _send(self, attempt: _Attempt[T]) -> None:
        # a daemon: a beat that hangs in the kernel must not keep the process from ending
        attempt.thread = threading.Thread(target=self._run, args=(attempt,), daemon=True)
        try:
            attempt.thread.start()
        except RuntimeError as error:
            attempt.thread = None
            self._free.release()
            attempt.beat = attempt.fell_short(self._now(), "unsent", f"not sent: {error}")

    def _run(self, attempt: _Attempt[T]) -> None:
        try:
            cancel = self._new_cancel(self._within)
            attempt.start = start = self._now()
            got = self._work(attempt.n, cancel)
            attempt.beat = Beat(attempt.n, attempt.planned, start, self._now(), "answered", got)
        except Exception as error:  # noqa: BLE001 - a bug in one beat must not end the watch
            note = f"{type(error).__name__}: {error}"
            attempt.beat = attempt.fell_short(self._now(), "broken", note)
        finally:
            self._free.release()

    def ripe(self) -> tuple[Beat[T], ...]:
        """Take the beats that are settled, in planned order, up to the first that is not."""
        now = self._now()
        overdue = now - round((self._within + _SLACK) * _NS)
        beats: list[Beat[T]] = []
        while self._held:
            first = self._held[0]
            beat = first.beat
            if beat is None and (first.start or first.planned) < overdue:
                beat = first.fell_short(now, "late", f"no answer in {self._within:g} s")
            if beat is None:
                break
            beats.append(beat)
            self._held.popleft()
        return tuple(beats)

    def drain(self) -> tuple[Beat[T], ...]:
        """Take all that is held; what is under way gets a moment to end."""
        until = self._now() + round(_DRAIN * _NS)
        for attempt in self._held:
            if attempt.thread is not None:
                attempt.thread.join(max(0.0, (until - self._now()) / _NS))
        now, note = self._now(), "no answer yet when the watch was stopped"
        return tuple(held.beat or held.fell_short(now, "stopped", note) for held in self._held)

    def pause(self) -> float:
        """Return the seconds until there is something to do."""
        due = self._origin + self._next * self._every - self._now()
        return min(max(0.0, due / _NS), _DELIVER)


def pace(
    every: float,
    within: float,
    work: Work[T],
    sink: Callable[[tuple[Beat[T], ...]], None],
    cancel: Cancel,
    *,
    now_ns: Callable[[], int],
    new_cancel: Callable[[float], Cancel],
) -> None:
    """Do ``work`` once per tick until ``cancel``; block meanwhile.

    ``every`` and ``within`` are seconds. ``sink`` is called on the caller's
    thread with the settled beats in planned order, at least four times a second
    if there are any; no beat is withheld longer than ``within`` and a tenth of a
    second. When stopped, everything that is held is delivered before it returns,
    within a quarter of a second. ``new_cancel`` makes the cancel of one beat from
    its seconds. It must know nothing of ``cancel``: a probe that is cut short would
    call the service bad.
    """
    pacer = _Pacer(every, within, work, now_ns, new_cancel)
    while not cancel.requested():
        pacer.tick()
        if beats := pacer.ripe():
            sink(beats)
        cancel.wait(pacer.pause())
    if beats := pacer.drain():
        sink(beats)
