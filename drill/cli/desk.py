"""The desk at the terminal: whoever sits there answers for every role."""

import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from drill.cli.answers import answered, answerer_of, choices, understood
from drill.cli.ink import printable
from drill.cli.who import operator
from drill.desk import Say
from drill.errors import UsageError
from drill.exercise.clock import claimable
from drill.model.events import (
    ExerciseOpened,
    PersonSaid,
    Record,
    StepEnded,
    StepExpired,
    StepStarted,
)
from drill.model.names import StepId
from drill.model.sayings import Claimed
from drill.model.steps import PEOPLES, Step

_POLL = 0.2
_BACKSPACE = frozenset({"\x7f", "\b"})
_ENTER = frozenset({"\r", "\n"})


class TerminalDesk:
    """Hears keys: ``failover``, its beginning or its number; ``declare 1`` when several wait."""

    def __init__(self) -> None:
        self.typed = ""
        """What was typed since the last answer."""
        self._refused = ""
        self._open: Mapping[StepId, Step] = {}
        self._opened: ExerciseOpened
        self._say: Say | None = None
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

    @property
    def line(self) -> str:
        """What is typed, or why what was typed last counts for nothing."""
        return self.typed or self._refused

    def attend(self, say: Say) -> None:
        """Say to the conductor what is answered from now on."""
        self._say = say

    def tell(self, record: Record) -> None:
        """Follow which steps wait for an answer."""
        match record.event:
            case ExerciseOpened() as opened:
                self._opened = opened
            case StepStarted(step=id_) if self._is_asked(id_):
                self._open = {**self._open, id_: self._opened.scenario.steps[id_]}
            case StepEnded(step=id_) | StepExpired(step=id_):
                self._close(id_)
            case PersonSaid(saying=Claimed(step=id_), refused=""):
                self._close(id_)
            case _:
                pass

    def _is_asked(self, id_: StepId) -> bool:
        step = self._opened.scenario.steps[id_]
        return isinstance(step, PEOPLES) or claimable(step, self._opened)

    def _close(self, id_: StepId) -> None:
        self._open = {other: step for other, step in self._open.items() if other != id_}

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
        """Answer the step that is meant, and keep why it counts for nothing, if so."""
        waiting = self._open
        if len(words) > 1 and words[0] in waiting:
            named, words = StepId(words[0]), words[1:]
        elif len(waiting) == 1:
            (named,) = waiting
        else:
            self._refuse(f"name one of {', '.join(waiting)}" if waiting else "")
            return
        try:
            self._answer(named, waiting[named], " ".join(words))
        except UsageError as error:
            self._refuse(str(error))

    def _answer(self, id_: StepId, step: Step, text: str) -> None:
        word = understood(choices(step), text) if choices(step) else text
        saying = answered(id_, step, word or text)
        if self._say is None:
            raise UsageError("nobody conducts it yet")
        self._refuse("")
        self._say(self._by, answerer_of(step), saying, "terminal", self._refuse)

    def _refuse(self, why: str) -> None:
        self._refused = printable(why)
