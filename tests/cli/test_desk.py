"""The keyboard: what is typed, and which step it answers."""

import os
import pty
import sys
import time

import pytest
from crews.worlds import soon

from drill.cli.desk import TerminalDesk, choices, operator, understood
from drill.crews.desk import Answer
from drill.crews.token import Token
from drill.engine.clock import SystemClock
from drill.model.steps import Decide, Notify, Task
from drill.ports import Order

DECIDE = Decide.model_validate(
    {
        "decide": "go?",
        "by": "boss",
        "options": {"go": "on", "wait": "a while"},
        "default": {"option": "wait", "after": "9s"},
    }
)
NOTIFY = Notify.model_validate({"notify": "boss", "message": "hello", "acknowledge": "9s"})
TASK = Task.model_validate({"task": "look", "by": "boss", "timeout": "9s"})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("go", "go"),
        ("G", "go"),
        ("w", "wait"),
        ("2", "wait"),
        ("3", None),
        ("0", None),
        ("", None),
        ("fly", None),
    ],
)
def test_an_option_is_meant_by_its_word_its_beginning_or_its_number(text, meant):
    assert understood(("go", "wait"), text) == meant


def test_the_only_option_needs_no_word():
    assert understood(("acknowledge",), "") == "acknowledge"


@pytest.mark.parametrize(
    ("step", "offered"),
    [(DECIDE, ("go", "wait")), (NOTIFY, ("acknowledge",)), (TASK, ("done", "refuse"))],
)
def test_each_kind_of_step_offers_its_answers(step, offered):
    assert choices(Order(1, "ask", step, soon(9))) == offered


class Keyboard:
    def __init__(self, fd):
        self._fd = fd

    def press(self, keys):
        os.write(self._fd, keys.encode())


@pytest.fixture
def keyboard(monkeypatch):
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield Keyboard(ours)
    os.close(ours)


def asked(desk, step, id_, seconds=5.0):
    return desk.ask(Order(1, id_, step, soon(9)), Token(SystemClock(), seconds))


def later(desk, condition):
    end = time.monotonic() + 5
    while not condition(desk):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_is_typed_is_shown_corrected_and_answered(keyboard):
    with TerminalDesk() as desk:
        keyboard.press("gx\x7f")
        later(desk, lambda desk: desk.typed == "g")
        keyboard.press("\n")
        later(desk, lambda desk: desk.typed == "")
        keyboard.press("go")
        later(desk, lambda desk: desk.typed == "go")
        answers = []
        import threading  # noqa: PLC0415  for this alone

        thread = threading.Thread(target=lambda: answers.append(asked(desk, DECIDE, "go")))
        thread.start()
        later(desk, lambda desk: bool(desk._open))
        keyboard.press("\n")
        thread.join()
    assert answers == [Answer("go", operator())]


def test_with_several_steps_open_the_step_is_named(keyboard):
    import threading  # noqa: PLC0415  for this alone

    answers = {}
    with TerminalDesk() as desk:
        threads = [
            threading.Thread(target=lambda: answers.update(a=asked(desk, DECIDE, "a"))),
            threading.Thread(target=lambda: answers.update(b=asked(desk, TASK, "b"))),
        ]
        for thread in threads:
            thread.start()
        later(desk, lambda desk: len(desk._open) == 2)
        keyboard.press("go\nb done\na 2\n")
        for thread in threads:
            thread.join()
    assert {id_: answer.text for id_, answer in answers.items()} == {"a": "wait", "b": "done"}


def test_a_question_that_is_given_up_has_no_answer(keyboard):
    with TerminalDesk() as desk:
        assert asked(desk, DECIDE, "ask", seconds=0.1) is None
