"""Stop signals for tests; the real one is the engine's."""

from collections.abc import Callable
from threading import Event
from time import monotonic


class HandCancel:
    """A :class:`~drill.ports.Cancel` in a test's hand, with a far deadline in real seconds.

    ``HandCancel()`` never asks to stop within a test's life unless
    :meth:`request` is called; ``HandCancel(0.5)`` asks after half a second.
    """

    def __init__(self, seconds: float = 30.0) -> None:
        self._until = monotonic() + seconds
        self._asked = Event()
        self._stops: list[Callable[[], None]] = []

    def request(self) -> None:
        """Ask to stop."""
        self._asked.set()
        for stop in self._stops:
            stop()

    def requested(self) -> bool:
        """Tell whether to stop."""
        return self._asked.is_set() or monotonic() >= self._until

    def wait(self, seconds: float) -> bool:
        """Sleep, unless asked to stop; tell whether to stop."""
        self._asked.wait(max(0.0, min(seconds, self._until - monotonic())))
        return self.requested()

    def remaining(self) -> float:
        """Return the seconds left before the deadline; 0 when asked to stop."""
        return 0.0 if self.requested() else self._until - monotonic()

    def on_request(self, stop: Callable[[], None]) -> None:
        """Have ``stop`` called when :meth:`request` is."""
        self._stops.append(stop)
