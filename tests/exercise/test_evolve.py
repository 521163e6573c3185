"""The fold: what may follow on what, and what it makes of a step, a fault and a watch."""

import pytest
from exercise.stories import (
    CHECK,
    DONE,
    FAILED,
    INJECT,
    RECOVER,
    UNSURE,
    at,
    opening_of,
    plan_with,
    records_of,
    service,
    told,
)

from drill.errors import JournalInconsistentError
from drill.exercise.evolve import PHASES, evolve, fold
from drill.exercise.state import FINAL, Phase, RunState, Standing, WatchPhase
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    ExerciseClosed,
    FaultPrepared,
    LedgerRead,
    LedgerReadStarted,
    Progressed,
    Record,
    Sample,
    SamplesTaken,
    StepEnded,
    StepExpired,
    StepSkipped,
    StepStarted,
    StragglerReported,
    UndoEnded,
    UndoExpired,
    UndoStarted,
    WatchEnded,
    WatchStarted,
    WatchStopRequested,
    Write,
    WritesMade,
)
from drill.model.outcome import Done

PLAN = plan_with(
    {"shop": service(ledger=True)},
    hit={**INJECT, "on-failure": "continue"},
    heal={**RECOVER, "after": ["hit.undone"]},
)


def started(step="hit", deadline=10):
    return StepStarted(step=step, deadline=at(deadline))


def ended(outcome=DONE, step="hit", ticket=1):
    return StepEnded(step=step, ticket=ticket, outcome=outcome)


def straggler(outcome=DONE, *, undo=False, ticket=1):
    return StragglerReported(step="hit", ticket=ticket, undo=undo, outcome=outcome)


def prepared(ticket=1):
    return FaultPrepared(step="hit", ticket=ticket, receipt={"was": "on"})


def watch_ended(kind="probe", outcome=DONE):
    return WatchEnded(ticket=1, service="shop", kind=kind, outcome=outcome)


PREPARED = prepared()
EXPIRED = StepExpired(step="hit")
UNDO = UndoStarted(step="hit", deadline=at(20))
UNDO_EXPIRED = UndoExpired(step="hit")


def undone(ticket, outcome=DONE):
    return UndoEnded(step="hit", ticket=ticket, outcome=outcome)


def tell(*events, plan=PLAN):
    """Fold these events, a second apart; the first is record 1."""
    return told(plan, *((float(i), event) for i, event in enumerate(events, 1)))


LEADS_TO = {
    "pending": (),
    "running": (started(),),
    "expired": (started(), EXPIRED),
    "done": (started(), ended()),
    "failed": (started(), ended(FAILED)),
    "indeterminate": (started(), ended(UNSURE)),
    "skipped": (StepSkipped(step="hit", because="so"),),
}
COLUMNS = (
    started(),
    StepSkipped(step="hit", because="so"),
    PREPARED,
    EXPIRED,
    ended(DONE),
    ended(FAILED),
    ended(UNSURE),
)
TABLE = """
                started  skipped  prepared  expired  done           failed  indeterminate
pending         running  skipped  -         -        -              -       -
running         -        -        running   expired  done           failed  indeterminate
expired         -        -        expired   -        indeterminate  failed  indeterminate
done            -        -        -         -        -              -       -
failed          -        -        -         -        -              -       -
indeterminate   -        -        -         -        -              -       -
skipped         -        -        -         -        -              -       -
"""
CELLS = [
    pytest.param(phase, event, becomes, id=f"{phase} {event.type} {becomes}")
    for phase, *row in map(str.split, TABLE.splitlines()[2:])
    for event, becomes in zip(COLUMNS, row, strict=True)
]


@pytest.mark.parametrize(("phase", "event", "becomes"), CELLS)
def test_each_phase_and_event_as_the_table_says(phase, event, becomes):
    before = tell(*LEADS_TO[phase])
    assert before.steps["hit"].phase.value == phase
    if becomes == "-":
        with pytest.raises(JournalInconsistentError):
            tell(*LEADS_TO[phase], event)
    else:
        assert tell(*LEADS_TO[phase], event).steps["hit"].phase.value == becomes


def test_the_last_four_phases_are_final():
    assert {phase for phase, _ in PHASES} == set(Phase) - FINAL


STANDS = (started(), PREPARED, ended())
STANDING_LEADS_TO = {
    "none": (started(), ended()),
    "applying": (started(), PREPARED),
    "standing": STANDS,
    "undoing": (*STANDS, UNDO),
    "expired": (*STANDS, UNDO, UNDO_EXPIRED),
    "undone": (*STANDS, UNDO, undone(4)),
    "stuck": (*STANDS, UNDO, undone(4, FAILED), UNDO, undone(6, UNSURE), UNDO, undone(8, FAILED)),
}
UNDO_TABLE = """
            started   expired   done      failed
none        -         -         -         -
applying    -         -         -         -
standing    undoing   -         -         -
undoing     -         undoing   undone    standing
expired     -         -         undone    standing
undone      -         -         -         -
stuck       -         -         -         -
"""
UNDO_COLUMNS = (UNDO, UNDO_EXPIRED, undone(4), undone(4, FAILED))
UNDO_CELLS = [
    pytest.param(stands, event, becomes, id=f"{stands} {event.type} {becomes}")
    for stands, *row in map(str.split, UNDO_TABLE.splitlines()[2:])
    for event, becomes in zip(UNDO_COLUMNS, row, strict=True)
]


@pytest.mark.parametrize(("stands", "event", "becomes"), UNDO_CELLS)
def test_each_standing_and_event_as_the_table_says(stands, event, becomes):
    before = STANDING_LEADS_TO[stands]
    if becomes == "-":
        with pytest.raises(JournalInconsistentError):
            tell(*before, event)
    else:
        assert tell(*before, event).steps["hit"].standing.value == becomes


@pytest.mark.parametrize("stands", STANDING_LEADS_TO)
def test_a_fault_is_on_the_list_exactly_while_it_may_be_in_the_world(stands):
    state = tell(*STANDING_LEADS_TO[stands])
    assert state.standing == (() if stands in {"none", "undone", "stuck"} else ("hit",))


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((started("no-such"),), id="unknown step"),
        pytest.param((started("heal"),), id="an edge does not hold"),
        pytest.param((started(), ended(ticket=7)), id="another's ticket"),
        pytest.param(
            (started(), PREPARED.model_copy(update={"ticket": 7})), id="another's receipt"
        ),
        pytest.param((started(), PREPARED, PREPARED), id="second receipt"),
        pytest.param((*STANDS, UNDO, undone(3)), id="another's undo"),
        pytest.param((ExerciseClosed(),), id="closed before the end"),
        pytest.param(
            (WatchEnded(ticket=1, service="shop", kind="probe", outcome=DONE),), id="watch"
        ),
    ],
)
def test_an_impossible_story_is_refused_with_its_record(events):
    with pytest.raises(JournalInconsistentError, match=f"record {len(events)} "):
        tell(*events)


def closed():
    plan = plan_with(look=CHECK)
    return plan, (started("look"), ended(step="look"), ExerciseClosed())


def test_nothing_follows_the_close():
    plan, events = closed()
    assert tell(*events, plan=plan).closed
    with pytest.raises(JournalInconsistentError, match="not open"):
        tell(*events, AbortOrdered(by="boss", why="late"), plan=plan)


def test_an_exercise_is_opened_first_and_once():
    with pytest.raises(JournalInconsistentError, match="not open"):
        evolve(RunState(), Record(seq=0, prev="", at=at(0), event=ExerciseClosed()))
    with pytest.raises(JournalInconsistentError, match="not open"):
        tell(opening_of(PLAN))


def test_progress_changes_nothing():
    note = Progressed(step="hit", ticket=1, what="x", outcome="ok")
    assert tell(started(), note) == tell(started())


@pytest.mark.parametrize(
    ("events", "stopping"),
    [
        ((), ""),
        ((started(), ended()), ""),
        ((started(), ended(FAILED)), "hit failed: no"),
        ((started(), ended(UNSURE)), "hit indeterminate: who knows"),
        ((started(), EXPIRED, ended(DONE)), "hit indeterminate: done, but too late"),
        ((started(), EXPIRED, ended(FAILED)), "hit failed: no"),
        ((AbortOrdered(by="boss", why="enough"),), "enough"),
        ((AbortOrdered(by="boss", why=""),), "aborted"),
        ((started(), ended(FAILED), AbortOrdered(by="boss", why="enough")), "hit failed: no"),
    ],
)
def test_what_stops_an_exercise(events, stopping):
    plan = plan_with(hit=INJECT)
    assert tell(*events, plan=plan).stopping == stopping


@pytest.mark.parametrize("events", [(started(), ended(FAILED)), (started(), EXPIRED, ended())])
def test_a_failure_that_may_be_goes_on(events):
    assert tell(*events).stopping == ""


def test_the_third_undo_in_a_row_without_success_is_the_last():
    assert tell(*STANDING_LEADS_TO["stuck"][:7]).steps["hit"].standing is Standing.STANDING
    assert tell(*STANDING_LEADS_TO["stuck"]).steps["hit"].standing is Standing.STUCK


def test_another_conductor_tries_as_often_again():
    twice = STANDING_LEADS_TO["stuck"][:8]
    state = tell(*twice, ConductorResumed(), undone(8, UNSURE))
    assert (state.steps["hit"].standing, state.steps["hit"].undo_tries) == (Standing.STANDING, 0)


STRAGGLERS = [
    # before, straggler, standing after
    ("none", straggler(), "none"),
    ("standing", straggler(), "standing"),
    ("undone", straggler(), "standing"),
    ("undone", straggler(UNSURE), "standing"),
    ("undone", straggler(FAILED), "undone"),
    ("undone", straggler(undo=True, ticket=4), "undone"),
    ("stuck", straggler(), "standing"),
    ("stuck", straggler(undo=True, ticket=8), "stuck"),
]


@pytest.mark.parametrize(("before", "late", "after"), STRAGGLERS)
def test_a_worker_given_up_that_applied_its_fault_lets_it_stand_again(before, late, after):
    state = tell(*STANDING_LEADS_TO[before], late)
    assert state.steps["hit"].standing.value == after
    assert state.standing == (("hit",) if after == "standing" else ())


@pytest.mark.parametrize(
    ("late", "becomes"), [(straggler(), "standing"), (straggler(FAILED), "undone")]
)
def test_an_undo_during_which_the_apply_spoke_proves_nothing(late, becomes):
    before = (*STANDING_LEADS_TO["undoing"], late, undone(4))
    assert tell(*before).steps["hit"].standing.value == becomes
    if becomes == "standing":
        again = tell(*before, UNDO, undone(7))
        assert again.steps["hit"].standing is Standing.UNDONE


def test_idle_is_known_from_the_last_to_work_or_the_resume():
    assert tell().idle_since == at(0)
    assert tell(started()).idle_since is None
    assert tell(started(), ended()).idle_since == at(2)
    assert tell(*STANDS, UNDO).idle_since is None
    assert tell(*STANDS, UNDO, undone(4)).idle_since == at(5)
    assert tell(started(), ended(), ConductorResumed()).idle_since == at(3)
    assert tell(started(), ConductorResumed()).idle_since is None


def test_what_was_asked_before_a_resume_is_asked_anew():
    assert tell(started()).steps["hit"].asked == at(1).boot_ns
    assert tell(started(), ConductorResumed()).steps["hit"].asked == at(2).boot_ns


def test_a_fold_can_be_taken_up_anywhere():
    records = records_of(PLAN, [(float(i), e) for i, e in enumerate(STANDING_LEADS_TO["stuck"], 1)])
    for i in range(len(records)):
        assert fold(records[i:], fold(records[:i])) == fold(records)


# ---- watches

DEADLINE = at(60)
PROBING = WatchStarted(service="shop", kind="probe")
LEDGING = WatchStarted(service="shop", kind="ledger")
STOP = WatchStopRequested(service="shop", kind="ledger", deadline=DEADLINE)
END = watch_ended("ledger")
READING = LedgerReadStarted(service="shop", deadline=DEADLINE)
READ = LedgerRead(ticket=4, service="shop", outcome=DONE)
WRITES = WritesMade(
    ticket=1,
    service="shop",
    writes=[
        Write(n=i, invoke=i, complete=i, outcome=o) for i, o in enumerate(("ok", "fail", "ok"))
    ],
)
WATCH_LEADS_TO = {
    "idle": (),
    "running": (LEDGING,),
    "stopping": (LEDGING, STOP),
    "ended": (LEDGING, END),
    "reading": (LEDGING, STOP, END, READING),
    "read": (LEDGING, STOP, END, READING, READ),
}
WATCH_TABLE = """
           started  writes    stop      end    reading  read
idle       running  -         -         -      -        -
running    -        running   stopping  ended  -        -
stopping   -        stopping  -         ended  -        -
ended      -        -         -         -      reading  -
reading    -        -         -         -      -        read
read       -        -         -         -      -        -
"""
WATCH_COLUMNS = (LEDGING, WRITES, STOP, END, READING, READ)
WATCH_CELLS = [
    pytest.param(phase, event, becomes, id=f"{phase} {event.type} {becomes}")
    for phase, *row in map(str.split, WATCH_TABLE.splitlines()[2:])
    for event, becomes in zip(WATCH_COLUMNS, row, strict=True)
]


@pytest.mark.parametrize(("phase", "event", "becomes"), WATCH_CELLS)
def test_each_phase_of_a_watch_and_event_as_the_table_says(phase, event, becomes):
    if becomes == "-":
        with pytest.raises(JournalInconsistentError, match="the ledger of shop is "):
            tell(*WATCH_LEADS_TO[phase], event)
    else:
        watch = tell(*WATCH_LEADS_TO[phase], event).watches["shop", "ledger"]
        assert watch.phase.value == becomes


@pytest.mark.parametrize(
    ("phase", "becomes"),
    [
        ("running", "idle"),
        ("stopping", "ended"),
        ("ended", "ended"),
        ("reading", "ended"),
        ("read", "read"),
    ],
)
def test_what_a_watch_is_once_its_process_is_gone(phase, becomes):
    before = tell(*WATCH_LEADS_TO[phase]).watches["shop", "ledger"]
    after = tell(*WATCH_LEADS_TO[phase], ConductorResumed()).watches["shop", "ledger"]
    assert after.phase.value == becomes
    assert (after.ticket, after.outcome) == (before.ticket, before.outcome)
    assert after.deadline is None


def sampled(states, ticket=1):
    samples = [
        Sample(
            planned=i,
            start=100 + i,
            end=100 + i,
            state={"g": "good", "b": "bad", "u": "unknown"}[s],
        )
        for i, s in enumerate(states)
    ]
    return SamplesTaken(ticket=ticket, service="shop", samples=samples)


@pytest.mark.parametrize(
    ("states", "good", "bad"),
    [
        ("", None, None),
        ("ggg", 100, None),
        ("bbg", 102, None),
        ("gbb", None, 101),
        ("gug", 100, None),
        ("u", None, None),
        ("bgb", None, 102),
    ],
)
def test_the_unbroken_run_of_samples(states, good, bad):
    watch = tell(PROBING, sampled(states)).watches["shop", "probe"]
    assert (watch.good_since, watch.bad_since) == (good, bad)
    assert watch.seen == (99 + len(states) if states else 0)


@pytest.mark.parametrize("gone", [ConductorResumed(), watch_ended(outcome=FAILED)])
def test_what_a_dead_watch_saw_answers_nobody(gone):
    watch = tell(PROBING, sampled("ggg"), gone).watches["shop", "probe"]
    assert (watch.good_since, watch.bad_since, watch.seen) == (None, None, 0)


def test_acknowledged_writes_are_counted():
    assert tell(LEDGING, WRITES, WRITES).watches["shop", "ledger"].acknowledged == 4


def test_deadlines_of_a_watch_are_kept_until_it_answers():
    assert tell(LEDGING, STOP).watches["shop", "ledger"].deadline == DEADLINE
    assert tell(LEDGING, STOP, END).watches["shop", "ledger"].deadline is None
    assert tell(*WATCH_LEADS_TO["reading"]).watches["shop", "ledger"].deadline == DEADLINE
    read = tell(*WATCH_LEADS_TO["read"]).watches["shop", "ledger"]
    assert (read.deadline, read.outcome, read.phase) == (None, Done(), WatchPhase.READ)
