"""Waiting a shorter while than a step's deadline allows."""

from collections.abc import Callable
from time import monotonic

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


def until(holds: Callable[[], bool], cancel: Cancel, every: float = 0.1) -> bool:
    """Ask ``holds`` again and again; tell whether it held before ``cancel`` stopped the asking."""
    while not holds():
        if cancel.wait(every):
            return False
    return True
