"""The desk at the terminal: whoever sits there answers for every role."""

import getpass
import platform
import queue
import select
import sys
import threading
from collections.abc import Callable

from drill.crews.desk import Answer
from drill.model.scenario import Decide, Notify, StepId
from drill.ports import Cancel, Order

_POLL = 0.2


class TerminalDesk:
    """Reads lines like ``failover`` or, when several steps wait, ``declare failover``."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._open: dict[StepId, tuple[Order, queue.SimpleQueue[str]]] = {}
        self._lock = threading.Lock()
        self._by = f"{getpass.getuser()}@{platform.node()}"
        threading.Thread(target=self._read, name="desk", daemon=True).start()

    def ask(self, order: Order, cancel: Cancel) -> Answer | None:
        """Wait for a line that answers this step."""
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

    def _read(self) -> None:
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], _POLL)
            if ready:
                line = sys.stdin.readline()
                if not line:
                    return
                self._hear(line.split())

    def _hear(self, words: list[str]) -> None:
        with self._lock:
            waiting = dict(self._open)
        if words and words[0] in waiting:
            step, words = StepId(words[0]), words[1:]
        elif len(waiting) == 1:
            step = next(iter(waiting))
        else:
            self._tell(f"several steps wait; write STEP ANSWER, STEP one of {', '.join(waiting)}")
            return
        order, answers = waiting[step]
        answer, why = _understood(order, " ".join(words))
        if answer:
            answers.put(answer)
        else:
            self._tell(why)


def choices(order: Order) -> tuple[str, ...]:
    """Return what can be answered to a person's step."""
    if isinstance(order.step, Decide):
        return tuple(order.step.options)
    return ("acknowledge",) if isinstance(order.step, Notify) else ("done", "refuse")


def _understood(order: Order, text: str) -> tuple[str, str]:
    """Return the answer meant by a word, its beginning or its number; or why there is none."""
    options = choices(order)
    if text.isdigit() and 1 <= int(text) <= len(options):
        return options[int(text) - 1], ""
    found = [option for option in options if option.startswith(text.lower())] if text else []
    if len(found) == 1:
        return found[0], ""
    if not text and len(options) == 1:
        return options[0], ""
    return "", f"{order.id}: answer one of {', '.join(options)}"
