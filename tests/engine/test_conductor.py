"""The loop: what it writes, what it makes durable, and only then has done."""

from datetime import timedelta

import pytest
from exercise.stories import (
    CHECK,
    DONE,
    FAILED,
    INJECT,
    RECOVER,
    SECOND,
    TASK,
    UNSURE,
    opening_of,
    plan_with,
    service,
)

from drill.crews.fates import Fate
from drill.crews.rehearsal import EPOCH, Rehearsal, VirtualClock
from drill.engine.conductor import Conductor
from drill.errors import JournalInconsistentError
from drill.exercise.evolve import fold
from drill.exercise.state import Phase, Standing
from drill.journal.memory import MemoryJournal
from drill.model.events import (
    FaultPrepared,
    LedgerRead,
    Progressed,
    SamplesTaken,
    StepEnded,
    UndoEnded,
    WatchEnded,
)
from drill.model.time import Stamp
from drill.ports import Order


class Scripted:
    """A crew that says what a test tells it to, one batch of reports a wait, a second apart.

    ``None`` among the batches stands for: nobody says a word until the deadline.
    It writes down each call with the number of records that were durable then.
    """

    def __init__(self, clock, journal, *batches):
        self._clock, self._journal, self._batches = clock, journal, list(batches)
        self.calls = []

    def _note(self, what, ticket):
        self.calls.append((what, ticket))
        assert ticket < self._journal.synced, "acted upon before it was durable"

    def start(self, order):
        undo = isinstance(order, Order) and order.undo is not None
        self._note("undo" if undo else "start", order.ticket)

    def proceed(self, ticket):
        self._note("proceed", ticket)

    def cancel(self, ticket):
        self._note("cancel", ticket)

    def nudge(self): ...

    def wait(self, until):
        now = self._clock.now().boot_ns
        batch = self._batches.pop(0) if self._batches else None
        if batch is not None:
            self._clock.advance_to(now + SECOND)
            return batch
        assert until is not None, "nothing would ever happen again"
        self._clock.advance_to(until.boot_ns)
        return ()


def conduct(plan, *batches, lines=(), journal=None, approved_by="", **more):
    journal = journal or MemoryJournal(lines)
    clock = VirtualClock()
    crew = Scripted(clock, journal, *batches)
    opening = opening_of(plan, **more)
    state = Conductor(plan, opening, journal, crew, clock, approved_by=approved_by).run()
    return state, crew, [record.event for record in journal]


def ended(step, ticket, outcome=DONE):
    return StepEnded(step=step, ticket=ticket, outcome=outcome)


def undone(step, ticket, outcome=DONE):
    return UndoEnded(step=step, ticket=ticket, outcome=outcome)


def prepared(step, ticket):
    return FaultPrepared(step=step, ticket=ticket, receipt={"was": "on"})


HIT = plan_with(hit=INJECT)


def test_a_fault_goes_ahead_once_its_receipt_is_durable_and_is_undone_with_it():
    state, crew, events = conduct(
        HIT, (prepared("hit", 1),), (ended("hit", 1),), (undone("hit", 4),)
    )
    assert crew.calls == [
        ("start", 1),
        ("proceed", 1),
        ("cancel", 1),
        ("undo", 4),
        ("cancel", 4),
    ]
    assert [event.type for event in events] == [
        "exercise-opened",
        "step-started",
        "fault-prepared",
        "step-ended",
        "undo-started",
        "undo-ended",
        "exercise-closed",
    ]
    assert state.steps["hit"].standing is Standing.UNDONE


def test_the_undo_gets_the_receipt():
    given = []

    class Keeping(Scripted):
        def start(self, order):
            given.append(order.undo)
            super().start(order)

    journal, clock = MemoryJournal(), VirtualClock()
    batches = (prepared("hit", 1),), (ended("hit", 1),), (undone("hit", 4),)
    crew = Keeping(clock, journal, *batches)
    Conductor(HIT, opening_of(HIT), journal, crew, clock).run()
    assert given == [None, {"was": "on"}]


def test_a_fault_that_was_told_to_stop_while_it_was_prepared_never_goes_ahead():
    plan = plan_with(hit=INJECT, look=CHECK)
    batches = (ended("look", 2, FAILED), prepared("hit", 1)), (ended("hit", 1, FAILED),)
    state, crew, _ = conduct(plan, *batches, (undone("hit", 7),))
    assert ("proceed", 1) not in crew.calls
    assert ("cancel", 1) in crew.calls
    assert state.steps["hit"].standing is Standing.UNDONE, "its lease may be armed all the same"


def test_a_receipt_that_comes_too_late_or_twice_is_not_written():
    plan = plan_with(hit=INJECT, look={**CHECK, "timeout": "1m"})
    late = (ended("hit", 1, FAILED),), (prepared("hit", 1),), (ended("look", 2),)
    state, crew, _ = conduct(plan, *late)
    assert state.steps["hit"].standing is Standing.NONE
    assert ("proceed", 1) not in crew.calls
    twice = (prepared("hit", 1), prepared("hit", 1)), (ended("hit", 1), ended("look", 2))
    _, crew, events = conduct(plan, *twice, (undone("hit", 6),))
    assert crew.calls.count(("proceed", 1)) == 1
    assert [event.type for event in events].count("fault-prepared") == 1


def test_who_speaks_late_or_twice_or_with_an_old_ticket_is_a_straggler():
    plan = plan_with(look=CHECK, wait={**CHECK, "timeout": "1m"})
    batches = (ended("look", 1), ended("look", 1, FAILED)), (ended("wait", 7),), (ended("wait", 2),)
    state, _, events = conduct(plan, *batches)
    late = [event for event in events if event.type == "straggler-reported"]
    assert [(event.step, event.ticket) for event in late] == [("look", 1), ("wait", 7)]
    assert {step.phase for step in state.steps.values()} == {Phase.DONE}


def test_an_undo_that_was_given_up_does_not_speak_for_the_one_after_it():
    gone = None, None, None  # expired, given up, rested
    batches = (prepared("hit", 1),), (ended("hit", 1),), *gone, (undone("hit", 4),)
    state, _, events = conduct(
        HIT, *batches, (undone("hit", 7, FAILED),), None, (undone("hit", 10),)
    )
    (late,) = [event for event in events if event.type == "straggler-reported"]
    assert (late.ticket, late.undo) == (4, True)
    assert [event.ticket for event in events if event.type == "undo-ended"] == [4, 7, 10]
    assert state.steps["hit"].standing is Standing.UNDONE


def test_progress_is_kept_only_from_who_is_at_work():
    plan = plan_with(look=CHECK)
    note = [Progressed(step="look", ticket=n, what="x", outcome="ok") for n in (1, 2)]
    _, _, events = conduct(plan, (note[0], note[1], ended("look", 1), note[0]))
    assert [event.ticket for event in events if event.type == "progressed"] == [1]


def test_what_an_old_watch_says_is_not_written():
    plan = plan_with({"shop": service(probe=False, ledger=True)}, look=CHECK)
    end = WatchEnded(ticket=1, service="shop", kind="ledger", outcome=UNSURE)
    old = end.model_copy(update={"ticket": 0})
    read = LedgerRead(ticket=5, service="shop", outcome=DONE)
    _, _, events = conduct(plan, (old, read, end, end), (read,), (read, read))
    assert [event.ticket for event in events if event.type == "watch-ended"] == [1]
    assert [event.type for event in events] == [
        "exercise-opened",
        "watch-started",
        "watch-ended",
        "abort-ordered",
        "step-skipped",
        "ledger-read-started",
        "ledger-read",
        "exercise-closed",
    ]


def test_samples_of_a_stopped_watch_are_not_written():
    plan = plan_with({"shop": service()}, look=CHECK)
    end = WatchEnded(ticket=1, service="shop", kind="probe", outcome=DONE)
    late = SamplesTaken(ticket=1, service="shop", samples=())
    _, _, events = conduct(plan, (late, end, late))
    assert [event.type for event in events].count("samples-taken") == 1


class Filling(MemoryJournal):
    """Stands for a disk on which only the reserve is left after so many records."""

    def __init__(self, full_at):
        super().__init__()
        self._full_at = full_at

    @property
    def low(self):
        return self.synced >= self._full_at


def test_a_full_disk_aborts_the_exercise():
    plan = plan_with(look=CHECK, then={**CHECK, "after": ["look"]})
    state, _, events = conduct(plan, (ended("look", 1, UNSURE),), journal=Filling(2))
    (abort,) = [event for event in events if event.type == "abort-ordered"]
    assert abort.why == "the disk is full: only the journal's reserve is left"
    assert state.closed


def test_a_disk_that_is_full_with_the_very_last_record_changes_nothing():
    state, _, events = conduct(plan_with(look=CHECK), (ended("look", 1),), journal=Filling(4))
    assert [event.type for event in events][-1] == "exercise-closed"
    assert not state.aborted


def test_an_abort_is_heard_and_a_second_one_is_not():
    plan, clock, journal = plan_with(look=CHECK), VirtualClock(), MemoryJournal()

    class Aborting(Scripted):
        def wait(self, until):
            conductor.abort(by="boss", why="enough")
            conductor.abort(by="deputy", why="more than enough")
            return super().wait(until)

    crew = Aborting(clock, journal, (), (), (ended("look", 1),))
    conductor = Conductor(plan, opening_of(plan), journal, crew, clock)
    state = conductor.run()
    aborts = [r.event.by for r in journal if r.event.type == "abort-ordered"]
    assert (aborts, state.steps["look"].phase) == (["boss"], Phase.INDETERMINATE)


# ---- taking up what an earlier conductor left


def cut(plan, count, *batches):
    """Return the first lines that such a conduct writes."""
    journal = MemoryJournal()
    clock = VirtualClock()
    Conductor(plan, opening_of(plan), journal, Scripted(clock, journal, *batches), clock).run()
    return journal.lines[:count]


def test_a_closed_journal_is_left_as_it_is():
    plan = plan_with(look=CHECK)
    whole = cut(plan, 99, (ended("look", 1),))
    journal = MemoryJournal(whole)
    state, crew, _ = conduct(plan, journal=journal)
    assert (state, crew.calls, journal.lines) == (fold(journal), [], whole)


def test_a_journal_of_another_plan_is_refused():
    lines = cut(plan_with(look=CHECK), 2, (ended("look", 1),))
    with pytest.raises(JournalInconsistentError, match="another plan"):
        conduct(plan_with(look={**CHECK, "timeout": "11s"}), lines=lines)


def test_what_changes_nothing_is_asked_again_with_its_ticket():
    plan = plan_with(ask=TASK)
    lines = cut(plan, 2, (ended("ask", 1),))
    state, crew, events = conduct(plan, (ended("ask", 1),), lines=lines, approved_by="boss")
    assert crew.calls[0] == ("start", 1)
    assert state.steps["ask"].phase is Phase.DONE
    assert [event.type for event in events][2] == "conductor-resumed"


def test_nobody_is_asked_again_for_what_nobody_approved_to_go_on():
    plan = plan_with(ask=TASK)
    state, crew, events = conduct(plan, lines=cut(plan, 2, (ended("ask", 1),)))
    assert ("start", 1) not in crew.calls
    assert state.steps["ask"].phase is Phase.INDETERMINATE
    assert "exercise-closed" in [event.type for event in events]


def test_what_changes_the_world_is_not_done_again():
    plan = plan_with(mend=RECOVER)
    lines = cut(plan, 2, (ended("mend", 1),))
    state, crew, _ = conduct(plan, lines=lines, approved_by="boss")
    assert ("start", 1) not in crew.calls
    assert state.steps["mend"].phase is Phase.INDETERMINATE


@pytest.mark.parametrize("seconds", [12, 60])
def test_whoever_is_late_when_it_is_taken_up_is_not_asked_again(seconds):
    plan = plan_with(look=CHECK)
    journal, clock = MemoryJournal(cut(plan, 2, (ended("look", 1),))), VirtualClock()
    clock.advance_to(seconds * SECOND)
    crew = Scripted(clock, journal)
    Conductor(plan, opening_of(plan), journal, crew, clock, approved_by="boss").run()
    assert ("start", 1) not in crew.calls


def test_whoever_had_been_told_to_stop_is_given_up():
    plan = plan_with(look=CHECK)
    lines = cut(plan, 3)
    state, crew, _ = conduct(plan, lines=lines, approved_by="boss")
    assert ("start", 1) not in crew.calls
    assert state.steps["look"].outcome.error == "the conductor was restarted meanwhile"


def test_an_undo_under_way_begins_anew():
    batches = (prepared("hit", 1),), (ended("hit", 1),), (undone("hit", 4),)
    lines = cut(HIT, 5, *batches)
    state, crew, events = conduct(HIT, (), (), (), (), (), (undone("hit", 7),), lines=lines)
    assert [event.type for event in events[5:]] == [
        "conductor-resumed",
        "undo-ended",
        "undo-started",
        "undo-ended",
        "exercise-closed",
    ]
    assert ("undo", 7) in crew.calls
    assert state.steps["hit"].standing is Standing.UNDONE


class Suspending(VirtualClock):
    """A machine that is suspended for an hour after each look at its clock, once it may."""

    asleep = False

    def now(self) -> Stamp:
        now = super().now()
        if self.asleep:
            self.advance_to(now.boot_ns + 3600 * SECOND)
        return now


def test_a_suspend_between_a_decision_and_its_order_is_survived():
    plan = plan_with({"shop": service(ledger=True)}, hit=INJECT, look=CHECK)
    clock, journal = Suspending(), MemoryJournal()
    crew = Rehearsal(clock, lambda order: Fate(timedelta(seconds=1)))
    conductor = Conductor(plan, opening_of(plan), journal, crew, clock)
    clock.asleep = True
    assert conductor.run().closed
    assert clock.now().wall > EPOCH


class Ticking(VirtualClock):
    """Time goes on by two seconds with each look at it, as it does while a disk is slow."""

    def now(self) -> Stamp:
        now = super().now()
        self.advance_to(now.boot_ns + 2 * SECOND)
        return now


@pytest.mark.parametrize("seconds", range(1, 15))
def test_what_falls_due_between_a_decision_and_the_wait_is_not_waited_for_for_ever(seconds):
    """Found by a kill: the rest after an undo that was cut off was over in that very moment."""
    plan = plan_with(look={**CHECK, "timeout": f"{seconds}s"})
    clock, journal = Ticking(), MemoryJournal()
    crew = Scripted(clock, journal)
    assert Conductor(plan, opening_of(plan), journal, crew, clock).run().closed
