"""The keyboard: what is typed, which step it answers, and what is then said."""

import os
import pty
import sys
import time
from datetime import timedelta

import pytest
from exercise.stories import DECIDE, NOTIFY, RECOVER, TASK, at, opening_of, plan_with

from drill.cli.answers import answered, answerer_of, choices, understood
from drill.cli.desk import TerminalDesk
from drill.cli.who import operator
from drill.errors import UsageError
from drill.model.events import PersonSaid, Record, StepEnded, StepStarted
from drill.model.outcome import Done
from drill.model.sayings import (
    Accepted,
    Acknowledged,
    Claimed,
    Decided,
    Finished,
    Refused,
)

PLAN = plan_with(
    go=DECIDE,
    look=TASK,
    hear=NOTIFY,
    mend=RECOVER,
    word={**DECIDE, "options": {"done": "x", "no": "y"}},
)


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
    ("id_", "offered"),
    [
        ("go", ("yes", "no")),
        ("hear", ("acknowledge",)),
        ("look", ("done", "refuse", "accept")),
        ("mend", ()),
    ],
)
def test_each_kind_of_step_offers_its_answers(id_, offered):
    assert choices(PLAN.step(id_)) == offered


@pytest.mark.parametrize(
    ("id_", "word", "said"),
    [
        ("go", "yes", Decided(step="go", choice="yes")),
        ("go", "fly", Decided(step="go", choice="fly")),  # refused, and kept, by the conductor
        ("word", "done", Decided(step="word", choice="done")),
        ("hear", "acknowledge", Acknowledged(step="hear")),
        ("look", "done", Finished(step="look")),
        ("look", "refuse", Refused(step="look")),
        ("look", "accept", Accepted(step="look")),
        ("mend", "1h30m", Claimed(step="mend", takes=timedelta(minutes=90))),
        ("hear", "done", Finished(step="hear")),
        ("nowhere", "done", Finished(step="nowhere")),
        ("nowhere", "yes", Decided(step="nowhere", choice="yes")),
    ],
)
def test_a_word_says_what_its_step_makes_of_it(id_, word, said):
    assert answered(id_, PLAN.scenario.steps.get(id_), word) == said


@pytest.mark.parametrize(
    ("id_", "cure"), [("hear", "say acknowledge"), ("mend", "how long it takes, like 20m")]
)
def test_what_is_no_answer_is_told_with_those_that_are(id_, cure):
    with pytest.raises(UsageError, match=rf"'hm' is no answer to {id_}: .*{cure}"):
        answered(id_, PLAN.step(id_), "hm")


def test_whom_a_step_asks_answers_it_and_the_facilitator_the_rest():
    assert [answerer_of(PLAN.step(id_)) for id_ in ("go", "hear", "mend")] == [
        "boss",
        "boss",
        "facilitator",
    ]
    assert answerer_of(None) == "facilitator"


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


def later(desk, condition):
    end = time.monotonic() + 5
    while not condition(desk):
        assert time.monotonic() < end
        time.sleep(0.01)


class Told:
    """A conductor that is only told, and refuses what it is to refuse."""

    def __init__(self, refuses=""):
        self.said = []
        self._refuses = refuses

    def say(self, person, role, saying, means, reply):
        self.said.append((person, role, saying, means))
        reply(self._refuses)


def tell(desk, *events, **opening):
    for seq, event in enumerate((opening_of(PLAN, mode="live", **opening), *events)):
        desk.tell(Record(seq=seq, prev="", at=at(seq), event=event))


def started(id_):
    return StepStarted(step=id_, deadline=at(99))


def test_what_is_typed_is_shown_corrected_and_said_in_the_role_that_is_asked(keyboard):
    conductor = Told()
    with TerminalDesk() as desk:
        tell(desk, started("go"))
        desk.attend(conductor.say)
        keyboard.press("yx\x7f")
        later(desk, lambda desk: desk.line == "y")
        keyboard.press("\n")
        later(desk, lambda desk: conductor.said)
    assert conductor.said == [(operator(), "boss", Decided(step="go", choice="yes"), "terminal")]


def test_with_several_steps_open_the_step_is_named(keyboard):
    conductor = Told()
    with TerminalDesk() as desk:
        tell(desk, started("go"), started("look"))
        desk.attend(conductor.say)
        keyboard.press("yes\n")
        later(desk, lambda desk: desk.line == "name one of go, look")
        keyboard.press("look done\ngo 2\n")
        later(desk, lambda desk: len(conductor.said) == 2)
    said = [saying for _, _, saying, _ in conductor.said]
    assert said == [Finished(step="look"), Decided(step="go", choice="no")]


def test_why_something_counts_for_nothing_is_shown_until_more_is_typed(keyboard):
    with TerminalDesk() as desk:
        tell(desk, started("go"))
        keyboard.press("yes\n")
        later(desk, lambda desk: desk.line == "nobody conducts it yet")
        desk.attend(Told("too late").say)
        keyboard.press("yes\n")
        later(desk, lambda desk: desk.line == "too late")
        keyboard.press("n")
        later(desk, lambda desk: desk.line == "n")


def test_what_is_over_or_is_work_for_machines_waits_for_no_answer(keyboard):
    conductor = Told()
    ended = StepEnded(step="go", ticket=1, outcome=Done(choice="yes"))
    with TerminalDesk() as desk:
        tell(desk, started("go"), ended, started("mend"))
        desk.attend(conductor.say)
        keyboard.press("yes\n20m\nx")
        later(desk, lambda desk: desk.line == "x")
    assert conductor.said == []


def test_at_a_facilitated_table_it_is_said_once_how_long_something_takes(keyboard):
    conductor, claim = Told(), Claimed(step="mend", takes=timedelta(minutes=20))
    with TerminalDesk() as desk:
        for seq, event in enumerate(
            (opening_of(PLAN, mode="tabletop", facilitated=True), started("mend"))
        ):
            desk.tell(Record(seq=seq, prev="", at=at(seq), event=event))
        desk.attend(conductor.say)
        keyboard.press("hm\n")
        later(desk, lambda desk: "like 20m" in desk.line)
        keyboard.press("20m\n")
        later(desk, lambda desk: conductor.said)
        said = PersonSaid(person="x", role="facilitator", saying=claim)
        desk.tell(Record(seq=2, prev="", at=at(2), event=said))
        keyboard.press("30m\nx")
        later(desk, lambda desk: desk.line == "x")
    assert conductor.said == [(operator(), "facilitator", claim, "terminal")]
