"""The stop signal that every piece of work is handed."""

import threading
from collections.abc import Callable

from drill.ports import Clock

_NS = 1_000_000_000


class Token:
    """A :class:`drill.ports.Cancel` with a deadline: set once, asked often, waited on."""

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self._clock = clock
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        start = clock.now().boot_ns
        self._until = None if seconds is None else start + round(seconds * _NS)

    def requested(self) -> bool:
        """Tell whether to stop."""
        return self._event.is_set() or self._left() <= 0

    def wait(self, seconds: float) -> bool:
        """Sleep, unless asked to stop or the deadline passes; tell whether to stop."""
        self._event.wait(min(seconds, self._left()))
        return self.requested()

    def remaining(self) -> float:
        """Return the seconds left before the deadline; 0 when asked to stop."""
        return 0.0 if self._event.is_set() else max(0.0, self._left())

    def on_request(self, stop: Callable[[], None]) -> None:
        """Have ``stop`` called when asked to stop; at once if already asked."""
        with self._lock:
            if not self._event.is_set():
                self._stops.append(stop)
                return
        stop()

    def request(self) -> None:
        """Ask to stop."""
        with self._lock:
            self._event.set()
            stops, self._stops = self._stops, []
        for stop in stops:
            stop()

    def _left(self) -> float:
        if self._until is None:
            return threading.TIMEOUT_MAX
        return (self._until - self._clock.now().boot_ns) / _NS
