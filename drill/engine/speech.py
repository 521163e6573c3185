"""What people say on its way to the conductor, and what they are told on the way back."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator

from drill.model.events import PersonSaid

Reply = Callable[[str], None]
"""Told once what came of it: nothing if it counts, else why it does not."""


class Speech:
    """Takes what is said from any thread; all else is for the conductor's own.

    Whoever says something is answered, once: also where the conductor ends, or fails, meanwhile.
    """

    def __init__(self) -> None:
        self._said: queue.SimpleQueue[tuple[PersonSaid, Reply]] = queue.SimpleQueue()
        self._owed: list[tuple[Reply, str]] = []
        self._lock = threading.Lock()
        self._over = ""

    def put(self, said: PersonSaid, reply: Reply) -> None:
        """Take what somebody says."""
        with self._lock:
            over = self._over
            if not over:
                self._said.put((said, reply))
        if over:
            _tell(reply, over)

    def taken(self) -> Iterator[tuple[PersonSaid, Reply]]:
        """Yield what has been said by now; what is said meanwhile waits, and holds up nothing."""
        for _ in range(self._said.qsize()):
            yield self._said.get()

    def owe(self, reply: Reply, refused: str) -> None:
        """Answer, once what came of it is durable."""
        self._owed.append((reply, refused))

    def answer(self) -> None:
        """Answer all that is durable now."""
        owed, self._owed = self._owed, []
        for reply, refused in owed:
            _tell(reply, refused)

    def end(self, why: str) -> None:
        """Answer whoever was not heard, or whose word may be lost, and all that come later."""
        with self._lock:
            self._over = why
        for reply, _ in self._owed:
            _tell(reply, why)
        for _, reply in self.taken():
            _tell(reply, why)


def _tell(reply: Reply, refused: str) -> None:
    with contextlib.suppress(Exception):  # a listener's bug ends no exercise
        reply(refused)
