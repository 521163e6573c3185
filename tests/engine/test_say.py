"""What people say to the conductor: heard, kept, followed, and answered once it is safe."""

import threading
from datetime import timedelta

import pytest
from exercise.stories import (
    CHECK,
    DECIDE,
    INJECT,
    NOTIFY,
    RECOVER,
    STORY,
    TASK,
    opening_of,
    plan_with,
)

from drill.crews.fates import Fate
from drill.crews.rehearsal import Rehearsal, VirtualClock
from drill.engine.conductor import Conductor
from drill.errors import JournalError
from drill.exercise.state import Phase, Standing
from drill.journal.memory import MemoryJournal
from drill.model.outcome import Done
from drill.model.sayings import (
    FACILITATOR,
    Aborted,
    Acknowledged,
    Claimed,
    Decided,
    Ended,
    Finished,
    Held,
    Noted,
    Refused,
    Resumed,
)
from drill.ports import Order

LIVE = {"mode": "live"}
TABLE = {"mode": "tabletop", "facilitated": True}


class Room:
    """A conduct in virtual time; whenever the crew waits the next of ``acts`` is done."""

    def __init__(
        self, plan, *acts, journal=None, approved_by="", takes=timedelta(seconds=1), **opening
    ):
        self.answers = []
        self.journal = journal or MemoryJournal()
        self.clock = VirtualClock()
        self.crew = Rehearsal(
            self.clock, lambda order: Fate(takes if order.undo is None else timedelta())
        )
        self._wait, self._acts = self.crew.wait, list(acts)
        self.crew.wait = self._next
        opened = opening_of(plan, **opening)
        self.conductor = Conductor(
            plan, opened, self.journal, self.crew, self.clock, approved_by=approved_by
        )

    def _next(self, until):
        if self._acts:
            self._acts.pop(0)(self)
            return ()
        return self._wait(until)

    def say(self, role, saying, person="Ann"):
        def reply(refused):
            kept = [r.seq for r in self.journal if getattr(r.event, "saying", None) == saying]
            durable = bool(kept) and kept[-1] < self.journal.synced
            self.answers.append((refused, durable))

        self.conductor.say(person, role, saying, "console", reply)

    def events(self, of=""):
        return [r.event for r in self.journal if r.event.type.startswith(of)]


def says(role, saying):
    return lambda room: room.say(role, saying)


@pytest.mark.parametrize(
    ("step", "saying", "phase"),
    [
        (NOTIFY, Acknowledged(step="it"), Phase.DONE),
        (DECIDE, Decided(step="it", choice="yes"), Phase.DONE),
        (TASK, Finished(step="it"), Phase.DONE),
        (TASK, Refused(step="it"), Phase.FAILED),
    ],
)
@pytest.mark.parametrize("opening", [LIVE, {**LIVE, "facilitated": True}, TABLE])
def test_a_persons_step_is_answered_by_what_is_said_and_by_no_crew(step, saying, phase, opening):
    room = Room(plan_with(it=step), says("boss", saying), says(FACILITATOR, Ended()), **opening)
    state = room.conductor.run()
    assert room.crew.log == []
    assert (state.steps["it"].phase, room.events("step-ended")[0].by) == (phase, "Ann")
    assert room.answers[0] == ("", True)


@pytest.mark.parametrize("mode", ["rehearsal", "tabletop"])
def test_where_nobody_facilitates_a_script_answers_as_ever(mode):
    room = Room(plan_with(it=TASK), mode=mode)
    assert room.conductor.run().steps["it"].phase is Phase.DONE
    assert [order.id for order in room.crew.log] == ["it"]


def test_what_was_answered_beforehand_needs_nobody():
    room = Room(plan_with(it=TASK), answers={"boss": "accept"}, **LIVE)
    room.conductor.run()
    (ended,) = room.events("step-ended")
    assert (ended.by, ended.outcome, room.crew.log) == ("--yes-as", Done(note="accept"), [])


def test_what_counts_for_nothing_is_kept_and_answered_with_the_reason():
    wrong = Decided(step="it", choice="maybe")
    room = Room(plan_with(it=DECIDE), says("boss", wrong), **LIVE)
    state = room.conductor.run()
    assert room.answers == [("'maybe' is none of yes, no", True)]
    (said,) = room.events("person-said")
    assert (said.refused, said.means, said.person) == (room.answers[0][0], "console", "Ann")
    assert state.steps["it"].outcome.defaulted


def test_the_second_of_two_that_say_the_same_is_told_so():
    def both(room):
        room.say("boss", Finished(step="it"), "Ann")
        room.say("boss", Finished(step="it", note="me too"), "Bob")

    room = Room(plan_with(it=TASK), both, **LIVE)
    room.conductor.run()
    assert room.answers == [("", True), ("it is over", True)]


def test_who_says_something_from_another_thread_is_answered():
    def elsewhere(room):
        thread = threading.Thread(target=room.say, args=("boss", Noted(text="hm")))
        thread.start()
        thread.join()

    room = Room(plan_with(it=TASK), elsewhere, **LIVE)
    room.conductor.run()
    assert room.answers == [("", True)]


def test_whoever_answers_a_reply_with_another_word_is_heard_and_holds_nothing_up():
    words = ["one", "two"]

    def chatter(room):
        if words:
            note = Noted(text=words.pop(0))
            room.conductor.say("Ann", "boss", note, "console", lambda _: chatter(room))

    room = Room(plan_with(it=TASK), chatter, **LIVE)
    assert room.conductor.run().closed
    assert [said.saying.text for said in room.events("person-said")] == ["one", "two"]


def test_a_listener_with_a_bug_ends_no_exercise():
    def buggy(room):
        room.conductor.say("Ann", "boss", Noted(text="hm"), "console", lambda _: 1 / 0)

    assert Room(plan_with(it=TASK), buggy, **LIVE).conductor.run().closed


def test_nobody_is_heard_after_the_close():
    room = Room(plan_with(it=CHECK), **LIVE)
    room.conductor.run()
    room.say("boss", Noted(text="wait"))
    assert room.answers == [("the exercise is closed", False)]


def test_what_is_said_before_it_begins_is_heard_when_it_does():
    room = Room(plan_with(it=CHECK), **LIVE)
    room.say("boss", Noted(text="I am early"))
    room.conductor.run()
    assert room.answers == [("", True)]


def test_what_is_said_with_the_very_last_record_is_answered_too():
    room = Room(plan_with(it=CHECK), **LIVE)
    sync = room.journal.sync

    def last_word():
        sync()
        if room.events("exercise-closed"):
            room.say("boss", Noted(text="one more thing"))

    room.journal.sync = last_word
    room.conductor.run()
    assert room.answers == [("the exercise is closed", False)]


class Breaking(MemoryJournal):
    """Stands for a disk that breaks when the first word of a person is flushed."""

    def sync(self):
        if any(record.event.type == "person-said" for record in self):
            raise JournalError("the disk is gone")
        super().sync()


def test_whose_word_may_be_lost_is_told_that_nobody_conducts():
    def both(room):
        room.say("boss", Noted(text="hm"))

    room = Room(plan_with(it=TASK), both, journal=Breaking(), **LIVE)
    with pytest.raises(JournalError):
        room.conductor.run()
    room.say("boss", Noted(text="is anybody there?"))
    stopped = "nobody conducts the exercise any more: take it up with the same command"
    assert room.answers == [(stopped, False), (stopped, False)]


class Filling(MemoryJournal):
    """Stands for a disk on which only the reserve is left once a step has begun."""

    @property
    def low(self):
        return any(record.event.type == "step-started" for record in self)


def test_on_the_reserve_nothing_that_people_say_is_kept():
    room = Room(
        plan_with(it={**CHECK, "timeout": "1m"}),
        says("boss", Noted(text="hm")),
        journal=Filling(),
        **LIVE,
    )
    assert room.conductor.run().closed
    assert room.answers == [("the disk is full: nothing more that people say is kept", False)]
    assert room.events("person-said") == []


# ---- facilitated


def test_a_table_is_played_from_the_first_word_to_the_hot_wash():
    plan = plan_with(
        hit={**INJECT, "on-failure": "continue"},
        news={**STORY, "after": ["hit"]},
        call={**NOTIFY, "after": ["news"]},
        move={**RECOVER, "after": ["call"]},
        ok={**TASK, "after": ["move"]},
    )
    acts = (
        says("boss", Claimed(step="hit", takes="0s")),
        says("boss", Acknowledged(step="call")),
        says("boss", Claimed(step="move", takes="20m")),
        lambda room: room.clock.advance_to(1_201 * 10**9),
        says("boss", Finished(step="ok")),
        says(FACILITATOR, Ended()),
    )
    room = Room(plan, *acts, takes=None, **TABLE)
    state = room.conductor.run()
    assert {step.phase for step in state.steps.values()} == {Phase.DONE}
    assert state.steps["hit"].standing in {Standing.UNDONE, Standing.NONE}
    assert [refused for refused, _ in room.answers] == [""] * 5
    assert room.clock.now().boot_ns < 1_300 * 10**9


def test_an_abort_is_heard_and_the_hot_wash_waits_for_its_end():
    acts = says(FACILITATOR, Aborted(why="fire")), says(FACILITATOR, Ended())
    room = Room(plan_with(it=TASK), *acts, **TABLE)
    state = room.conductor.run()
    assert (state.aborted, state.stopping, state.ended) == (True, "fire", True)
    assert room.events("abort-ordered")[0].by == "Ann"


def test_whoever_ends_it_early_twice_from_outside_ends_the_hot_wash_too():
    def interrupt(room):
        room.conductor.abort(by="SIGINT", why="ended early from outside")

    room = Room(plan_with(it=TASK), interrupt, interrupt, **TABLE)
    state = room.conductor.run()
    assert (state.closed, state.ended) == (True, True)
    (said,) = room.events("person-said")
    assert (said.person, said.means, said.saying) == ("SIGINT", "abort", Ended())


def test_a_hot_wash_that_nobody_ends_is_over_after_four_hours():
    room = Room(plan_with(it=CHECK), **{**TABLE, "mode": "live"})
    assert room.conductor.run().closed
    assert round(room.clock.now().boot_ns / 10**9) == 1 + 4 * 3600


def test_a_hold_gives_people_their_time_back():
    def hour_later(room):
        room.clock.advance_to(3600 * 10**9)

    acts = (
        says(FACILITATOR, Held(why="lunch")),
        hour_later,
        says(FACILITATOR, Resumed()),
        says("boss", Finished(step="it")),
        says(FACILITATOR, Ended()),
    )
    room = Room(plan_with(it=TASK), *acts, **TABLE)
    assert room.conductor.run().steps["it"].phase is Phase.DONE
    assert isinstance(room.crew.log, list)
    assert not any(isinstance(order, Order) for order in room.crew.log)


def test_a_table_that_is_taken_up_goes_on_with_what_was_being_talked_through():
    def die(room):
        raise KeyboardInterrupt

    plan = plan_with(move=RECOVER)
    with pytest.raises(KeyboardInterrupt):
        (first := Room(plan, die, takes=None, **TABLE)).conductor.run()
    again = Room(
        plan,
        says("boss", Claimed(step="move", takes="2s")),
        lambda room: room.clock.advance_to(2 * 10**9),
        says(FACILITATOR, Ended()),
        journal=MemoryJournal(first.journal.lines),
        takes=None,
        approved_by="boss",
        **TABLE,
    )
    assert again.conductor.run().steps["move"].phase is Phase.DONE
