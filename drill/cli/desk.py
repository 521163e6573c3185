"""The desk at the terminal: whoever sits there answers for every role."""

import getpass
import os
import platform
import queue
import select
import sys
import termios
import threading
import tty
from types import TracebackType
from typing import Self

from drill.crews.desk import Answer
from drill.model.names import StepId
from drill.model.steps import Decide, Notify
from drill.ports import Cancel, Order

_POLL = 0.2
_BACKSPACE = frozenset({"\x7f", "\b"})
_ENTER = frozenset({"\r", "\n"})


class TerminalDesk:
    """Hears keys: ``failover``, its beginning or its number; ``declare 1`` when several wait."""

    def __init__(self) -> None:
        self.typed = ""
        """What was typed since the last answer."""
        self._open: dict[StepId, tuple[Order, queue.SimpleQueue[str]]] = {}
        self._lock = threading.Lock()
        self._by = operator()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="desk", daemon=True)
        self._fd = sys.stdin.fileno()

    def __enter__(self) -> Self:
        """Take the keyboard: keys come one by one, and are not echoed into the frame."""
        self._before = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the keyboard back as it was."""
        self._stop.set()
        self._thread.join()
        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def ask(self, order: Order, cancel: Cancel) -> Answer | None:
        """Wait until this step is answered."""
        answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        with self._lock:
            self._open[order.id] = (order, answers)
        try:
            while not cancel.requested():
                try:
                    return Answer(answers.get(timeout=_POLL), self._by)
                except queue.Empty:
                    continue
            return None
        finally:
            with self._lock:
                del self._open[order.id]

    def _listen(self) -> None:
        while not self._stop.is_set():
            ready, _, _ = select.select([self._fd], [], [], _POLL)
            keys = os.read(self._fd, 256).decode(errors="ignore") if ready else ""
            for key in keys:
                self._press(key)
            if ready and not keys:
                return

    def _press(self, key: str) -> None:
        if key in _ENTER:
            self._hear(self.typed.split())
            self.typed = ""
        elif key in _BACKSPACE:
            self.typed = self.typed[:-1]
        elif key.isprintable():
            self.typed += key

    def _hear(self, words: list[str]) -> None:
        """Answer the step that is meant; what is not understood is forgotten."""
        with self._lock:
            waiting = dict(self._open)
        named = StepId(words[0]) if len(words) > 1 else None
        if named in waiting:
            words = words[1:]
        elif len(waiting) == 1:
            (named,) = waiting
        else:
            return
        order, answers = waiting[named]
        answer = understood(choices(order), " ".join(words))
        if answer is not None:
            answers.put(answer)


def operator() -> str:
    """Return who sits at this terminal."""
    return f"{getpass.getuser()}@{platform.node()}"


def choices(order: Order) -> tuple[str, ...]:
    """Return what can be answered to a person's step."""
    if isinstance(order.step, Decide):
        return tuple(order.step.options)
    return ("acknowledge",) if isinstance(order.step, Notify) else ("done", "refuse")


def understood(options: tuple[str, ...], text: str) -> str | None:
    """Return the option meant by its number or its beginning; the only one needs no word.

    >>> understood(("failover", "wait"), "f")
    'failover'
    >>> understood(("failover", "wait"), "2")
    'wait'
    """
    if text.isdigit():
        place = int(text) - 1
        return options[place] if 0 <= place < len(options) else None
    found = [option for option in options if option.startswith(text.lower())]
    return found[0] if len(found) == 1 else None
