"""Waiting a shorter while than a step's deadline allows, or a short while after it."""

from collections.abc import Callable
from time import monotonic, sleep

from drill.ports import Cancel


class AtMost:
    """A :class:`~drill.ports.Cancel` that also stops after ``seconds``."""

    def __init__(self, cancel: Cancel, seconds: float) -> None:
        self._cancel = cancel
        self._until = monotonic() + seconds

    def requested(self) -> bool:
        """Tell whether to stop."""
        return self._cancel.requested() or monotonic() >= self._until

    def wait(self, seconds: float) -> bool:
        """Sleep, unless asked to stop; tell whether to stop."""
        self._cancel.wait(max(0.0, min(seconds, self._until - monotonic())))
        return self.requested()

    def remaining(self) -> float:
        """Return the seconds left before the nearer of the two deadlines."""
        return max(0.0, min(self._cancel.remaining(), self._until - monotonic()))

    def on_request(self, stop: Callable[[], None]) -> None:
        """Have ``stop`` called when the one who lent the cancel asks to stop."""
        self._cancel.on_request(stop)


class Grace:
    """A :class:`~drill.ports.Cancel` for tidying up after a stop: time alone ends it."""

    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds

    def requested(self) -> bool:
        """Tell whether the time is over."""
        return self.remaining() <= 0

    def wait(self, seconds: float) -> bool:
        """Sleep, at most to the end; tell whether the time is over."""
        sleep(min(seconds, self.remaining()))
        return self.requested()

    def remaining(self) -> float:
        """Return the seconds left."""
        return max(0.0, self._until - monotonic())

    def on_request(self, stop: Callable[[], None]) -> None:
        """Take note of nothing: nobody will ask."""


def until(holds: Callable[[], bool], cancel: Cancel, every: float = 0.1) -> bool:
    """Ask ``holds`` again and again; tell whether it held before ``cancel`` stopped the asking."""
    while not holds():
        if cancel.wait(every):
            return False
    return True
