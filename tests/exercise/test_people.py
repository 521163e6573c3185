"""The exercise clock, escalations, claims and the hot wash: what people bring into the policy."""

from datetime import timedelta

import pytest
from exercise.stories import (
    CHECK,
    DECIDE,
    DONE,
    FAILED,
    INJECT,
    NOTIFY,
    RECOVER,
    STATE_GOOD,
    STORY,
    TASK,
    at,
    plan_with,
    service,
    told,
)

from drill.errors import JournalInconsistentError
from drill.exercise.clock import exercise_time, is_timed_for_people
from drill.exercise.decide import decide, next_deadline
from drill.exercise.said import evolve_said
from drill.exercise.state import Phase, RunState
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    Escalated,
    FaultPrepared,
    PersonSaid,
    Record,
    StepEnded,
    StepExpired,
    StepSkipped,
    StepStarted,
    UndoEnded,
    UndoStarted,
    WatchStarted,
)
from drill.model.outcome import Done, Failed
from drill.model.sayings import (
    FACILITATOR,
    Accepted,
    Claimed,
    Ended,
    Held,
    Joined,
    Jumped,
    KeptBack,
    Left,
    Noted,
    Released,
    Resumed,
)

HOUR, UNATTENDED = 3600, 4 * 3600
HOLD, RESUME, JUMP, END = Held(why="lunch"), Resumed(), Jumped(), Ended()
TABLE = {"mode": "tabletop", "facilitated": True}


def f(second, saying):
    """Return what a facilitator said."""
    return second, PersonSaid(person="Fay", role=FACILITATOR, saying=saying)


def started(step, second=0, takes=10):
    return second, StepStarted(step=step, deadline=at(second + takes))


def ended(step, ticket, second, outcome=DONE):
    return second, StepEnded(step=step, ticket=ticket, outcome=outcome)


def decided(plan, now, *events, **opening):
    return decide(plan, told(plan, *events, **opening), at(now))


def brief(events):
    return [" ".join(filter(None, (e.type, getattr(e, "step", "")))) for e in events]


def waits_until(plan, now, *events, **opening):
    """Return the second at which it must be asked again; ``None``: never."""
    until = next_deadline(plan, told(plan, *events, **opening), at(now))
    return None if until is None else round((until.wall - at(0).wall).total_seconds(), 3)


# ---- the story


def test_a_story_is_told_as_soon_as_it_is_started():
    plan = plan_with(news=STORY)
    assert brief(decided(plan, 0)) == ["step-started news"]
    (event,) = decided(plan, 0, started("news", takes=0))
    assert event.outcome == Done(note="told")


def test_a_story_that_begins_when_the_exercise_stops_is_told_all_the_same():
    plan = plan_with(news=STORY)
    story = started("news", takes=0), (0, AbortOrdered(by="boss", why="x"))
    assert brief(decided(plan, 5, *story)) == ["step-ended news"]


@pytest.mark.parametrize(
    ("step", "outcome", "comes"),
    [
        (TASK, FAILED, True),
        (TASK, DONE, False),
        (DECIDE, Done(choice="no", defaulted=True), True),
        (DECIDE, Done(choice="no"), False),
    ],
)
def test_a_contingency_comes_only_if_what_it_hangs_on_is_missed(step, outcome, comes):
    work = {**step, "on-failure": "continue"}
    plan = plan_with(work=work, nudge={**STORY, "if-missed": "work"})
    events = decided(plan, 5, started("work"), ended("work", 1, 4, outcome))
    assert brief(events) == ["step-started nudge" if comes else "step-skipped nudge"]


def test_a_contingency_that_is_not_needed_says_why():
    plan = plan_with(work=TASK, nudge={**STORY, "if-missed": ["work"]})
    (skipped,) = decided(plan, 5, started("work"), ended("work", 1, 4))
    assert skipped.because == "work is done, not missed"


# ---- the clock


def test_the_exercise_clock_is_the_time_without_holds_and_with_jumps():
    plan = plan_with(late={**CHECK, "at": "T+1h"}, later={**CHECK, "at": "T+2h"})

    def shows(now, *events):
        return exercise_time(told(plan, *events), at(now)).total_seconds()

    assert exercise_time(RunState(), at(5)) == timedelta()
    assert shows(30) == 30
    assert shows(90, f(30, HOLD)) == 30
    assert shows(90, f(30, HOLD), f(80, RESUME)) == 40
    assert shows(10, f(10, JUMP)) == HOUR
    assert shows(20, f(10, JUMP), f(20, JUMP)) == 2 * HOUR
    assert shows(90, f(10, JUMP), f(30, HOLD), f(80, RESUME)) == HOUR + 30


def test_a_moment_does_not_come_while_the_clock_is_held_nor_later_than_the_hold_made_it():
    plan = plan_with(late={**CHECK, "at": "T+20s"})
    held = (f(15, HOLD),)
    assert decided(plan, 21, *held) == ()
    assert waits_until(plan, 31, *held) == 15 + UNATTENDED
    resumed = (*held, f(40, RESUME))
    assert decided(plan, 44.999, *resumed) == ()
    assert waits_until(plan, 41, *resumed) == 45
    assert brief(decided(plan, 45, *resumed)) == ["step-started late"]


def test_nor_does_the_moment_of_what_heals_and_is_placed_on_the_clock():
    plan = plan_with(
        hit={**INJECT, "until": "look"},
        look=CHECK,
        act=TASK,
        mend={**CHECK, "after": ["hit.undone"], "at": "T+20s"},
    )
    story = [started("hit"), started("look"), started("act", takes=HOUR)]
    story += [(1, FaultPrepared(step="hit", ticket=1, receipt={})), ended("hit", 1, 2)]
    story += [ended("look", 2, 3), (3, UndoStarted(step="hit", deadline=at(123)))]
    story += [(4, UndoEnded(step="hit", ticket=7, outcome=DONE)), f(15, HOLD)]
    assert decided(plan, 60, *story) == ()
    assert brief(decided(plan, 65, *story, f(60, RESUME))) == ["step-started mend"]


def test_a_jump_brings_the_next_moment_and_no_other():
    plan = plan_with(late={**CHECK, "at": "T+1h"}, later={**CHECK, "at": "T+2h"})
    assert brief(decided(plan, 10, f(10, JUMP))) == ["step-started late"]
    assert brief(decided(plan, 10, f(9, JUMP), f(10, JUMP))) == [
        "step-started late",
        "step-started later",
    ]


def test_a_jump_passes_over_what_will_never_come_or_was_released():
    plan = plan_with(
        a=CHECK,
        doomed={**CHECK, "after": ["a.failed"], "at": "T+1m"},
        freed={**CHECK, "after": ["a"], "at": "T+2m"},
        late={**CHECK, "after": ["a"], "at": "T+3m"},
    )
    story = started("a"), ended("a", 1, 5), f(6, Released(step="freed")), f(10, JUMP)
    assert exercise_time(told(plan, *story), at(10)) == timedelta(minutes=3)


def test_a_jump_with_nothing_ahead_changes_nothing():
    plan = plan_with(look=CHECK)
    assert told(plan, f(1, JUMP)) == told(plan)


def test_a_jump_takes_nobodys_time_to_answer():
    plan = plan_with(act=TASK, late={**CHECK, "at": "T+1h"})
    assert told(plan, started("act"), f(5, JUMP)).steps["act"].deadline == at(10)


def test_while_it_is_held_nothing_starts_but_what_heals():
    plan = plan_with(
        hit={**INJECT, "until": "look"},
        look=CHECK,
        more={**CHECK, "after": ["look"]},
        mend={**CHECK, "after": ["hit.undone"]},
    )
    story = [started("hit"), started("look"), (1, FaultPrepared(step="hit", ticket=1, receipt={}))]
    story += [ended("hit", 1, 2), f(3, HOLD), ended("look", 2, 4)]
    (undo,) = decided(plan, 5, *story)
    assert undo == UndoStarted(step="hit", deadline=at(125))
    story += [(5, undo), (6, UndoEnded(step="hit", ticket=7, outcome=DONE))]
    assert brief(decided(plan, 7, *story)) == ["step-started mend"]
    assert decided(plan, 8, *story, started("mend", 7)) == ()
    assert brief(decided(plan, 9, *story, started("mend", 7), f(8, RESUME))) == [
        "step-started more"
    ]


def test_an_exercise_that_stops_is_held_no_longer():
    plan = plan_with(act=TASK, look={**CHECK, "after": ["act"]})
    held = started("act"), f(3, HOLD)
    assert decided(plan, HOUR, *held) == ()
    stopped = (*held, (HOUR, AbortOrdered(by="boss", why="fire")))
    assert told(plan, *stopped).held_since is None
    assert brief(decided(plan, HOUR, *stopped)) == ["step-ended act"]


def test_nothing_begins_before_all_is_well_though_a_step_was_skipped():
    plan = plan_with({"shop": service(stable="0s")}, a=CHECK, b=CHECK)
    story = (0, WatchStarted(service="shop", kind="probe")), (1, StepSkipped(step="a", because="x"))
    assert decided(plan, 2, *story) == ()


def test_what_is_not_well_while_the_clock_is_held_ends_nothing():
    plan = plan_with({"shop": service(stable="0s")}, a=CHECK)
    story = (0, WatchStarted(service="shop", kind="probe")), f(1, HOLD)
    assert decided(plan, 60, *story) == ()
    assert brief(decided(plan, 61, *story, f(60, RESUME))) == ["abort-ordered"]


@pytest.mark.parametrize("step", [NOTIFY, DECIDE, TASK])
def test_nobodys_time_runs_out_while_the_clock_is_held(step):
    plan = plan_with(wait=step)
    held = started("wait"), f(4, HOLD)
    assert decided(plan, 100, *held) == ()
    resumed = (*held, f(100, RESUME))
    assert decided(plan, 105.999, *resumed) == ()
    assert waits_until(plan, 101, *resumed) == 106
    assert brief(decided(plan, 106, *resumed)) == ["step-ended wait"]


@pytest.mark.parametrize("step", [RECOVER, CHECK, INJECT])
def test_machines_know_of_no_hold(step):
    plan = plan_with(work=step)
    assert decided(plan, 10, started("work"), f(4, HOLD)) == (StepExpired(step="work"),)
    after = told(plan, started("work"), f(4, HOLD), f(6, RESUME))
    assert after.steps["work"].deadline == at(10)


def test_who_is_asked_while_the_clock_is_held_gains_only_what_is_left_of_the_hold():
    plan = plan_with(
        hit={**INJECT, "until": "look"}, look=CHECK, ok={**TASK, "after": ["hit.undone"]}
    )
    story = [started("hit"), started("look"), (1, FaultPrepared(step="hit", ticket=1, receipt={}))]
    story += [ended("hit", 1, 2), f(3, HOLD), ended("look", 2, 4)]
    story += [(5, UndoStarted(step="hit", deadline=at(125)))]
    story += [(6, UndoEnded(step="hit", ticket=7, outcome=DONE)), started("ok", 10)]
    assert told(plan, *story, f(30, RESUME)).steps["ok"].deadline == at(40)


def test_who_is_asked_by_an_earlier_boot_gains_the_hold_too():
    plan = plan_with(act=TASK)
    story = started("act"), f(4, HOLD), (5, ConductorResumed(approved_by="boss")), f(9, RESUME)
    assert told(plan, *story).steps["act"].deadline == at(15)


def test_a_hold_that_everybody_forgot_ends_the_exercise():
    plan = plan_with(act={**TASK, "timeout": "1d"})
    story = started("act", takes=24 * HOUR), f(100, HOLD)
    assert decided(plan, 99 + UNATTENDED, *story) == ()
    assert waits_until(plan, 101, *story) == 100 + UNATTENDED
    assert decided(plan, 100 + UNATTENDED, *story) == (
        AbortOrdered(by="drill", why="the clock was held for 4h, and nobody let it go on"),
    )


def test_no_step_of_an_exercise_that_is_not_open_has_any_time():
    assert not is_timed_for_people(RunState(), "act")


# ---- kept back, released, and what became due during a hold


def test_a_step_that_is_kept_back_waits_for_its_release():
    plan = plan_with(a=CHECK, b=CHECK)
    kept = (f(0, KeptBack(step="a")),)
    assert brief(decided(plan, 1, *kept)) == ["step-started b"]
    assert brief(decided(plan, 2, *kept, started("b"), f(2, Released(step="a")))) == [
        "step-started a"
    ]


def test_what_is_released_does_not_wait_for_its_moment_but_for_its_edges():
    plan = plan_with(a=CHECK, b={**CHECK, "at": "T+1h"}, c={**CHECK, "at": "T+1h", "after": ["a"]})
    story = f(1, Released(step="b")), f(1, Released(step="c"))
    assert brief(decided(plan, 2, *story)) == ["step-started a", "step-started b"]
    story += started("a", 2), started("b", 2), ended("a", 3, 3)
    assert brief(decided(plan, 4, *story)) == ["step-started c"]


def test_what_was_released_can_be_kept_back_again():
    plan = plan_with(a=CHECK, b=CHECK)
    story = f(0, Released(step="a")), f(1, KeptBack(step="a"))
    assert brief(decided(plan, 2, *story)) == ["step-started b"]


def test_the_story_that_became_due_during_a_hold_comes_one_by_one():
    plan = plan_with(
        a=CHECK,
        b=CHECK,
        news={**STORY, "after": ["a"]},
        soon={**STORY, "after": ["a"], "at": "T+2s"},
        later={**STORY, "after": ["a"], "at": "T+30s"},
        free={**STORY, "after": ["a"], "at": "T+1s"},
        work={**CHECK, "after": ["a"]},
    )
    story = [started("a"), started("b", takes=HOUR), f(3, Released(step="free")), f(4, HOLD)]
    story += [ended("a", 1, 5)]
    assert decided(plan, 60, *story) == ()
    story += [f(60, RESUME)]
    assert brief(decided(plan, 61, *story)) == ["step-started free", "step-started work"]
    story += [started("free", 61), ended("free", 7, 61), started("work", 61), ended("work", 9, 62)]
    assert decided(plan, 63, *story) == ()
    assert brief(decided(plan, 64, *story, f(63, Released(step="soon")))) == ["step-started soon"]
    assert brief(decided(plan, 86, *story)) == ["step-started later"]


def test_what_is_released_during_a_hold_comes_when_that_is_over():
    plan = plan_with(a=CHECK, act=TASK, news={**STORY, "after": ["a"]})
    story = [
        started("a"),
        started("act"),
        f(1, HOLD),
        ended("a", 1, 2),
        f(3, Released(step="news")),
    ]
    assert decided(plan, 4, *story) == ()
    assert brief(decided(plan, 5, *story, f(5, RESUME))) == ["step-started news"]


def test_what_is_kept_back_and_forgotten_is_left_out():
    plan = plan_with(a=CHECK, b={**CHECK, "at": "T+1s"}, c={**CHECK, "at": "T+9h"})
    story = [f(0, KeptBack(step="a")), f(100, KeptBack(step="b"))]
    assert decided(plan, UNATTENDED - 1, *story) == ()
    assert waits_until(plan, 1000, *story) == UNATTENDED
    (forgotten,) = decided(plan, UNATTENDED, *story)
    assert forgotten == StepSkipped(step="a", because="kept back, and not released within 4h")
    story += [(UNATTENDED, forgotten)]
    assert decided(plan, UNATTENDED + 99, *story) == ()


def test_nothing_is_forgotten_while_somebody_works():
    plan = plan_with(a=CHECK, act={**TASK, "timeout": "1d"})
    story = f(0, KeptBack(step="a")), started("act", takes=24 * HOUR)
    assert decided(plan, UNATTENDED + 1, *story) == ()


def test_an_exercise_that_stops_waits_for_no_release():
    plan = plan_with(a=CHECK)
    story = f(0, KeptBack(step="a")), (1, AbortOrdered(by="boss", why="fire"))
    assert decided(plan, 2, *story) == (StepSkipped(step="a", because="fire"),)
    assert not told(plan, *story, (2, StepSkipped(step="a", because="fire"))).kept


# ---- answers beforehand, and escalations


@pytest.mark.parametrize(
    ("opening", "answered"),
    [
        ({"mode": "live"}, True),
        (TABLE, True),
        ({"mode": "rehearsal", "facilitated": True}, True),
        ({"mode": "rehearsal"}, False),
        ({"mode": "tabletop"}, False),
    ],
)
def test_what_was_answered_beforehand_is_answered_at_once_where_people_answer(opening, answered):
    plan = plan_with(act=TASK, look=CHECK)
    story = started("act"), started("look")
    events = decided(plan, 0, *story, answers={"boss": "accept"}, **opening)
    by = StepEnded(step="act", ticket=1, outcome=Done(note="accept"), by="--yes-as")
    assert events == ((by,) if answered else ())
    assert decided(plan, 0, *story, answers={"other": "accept"}, **opening) == ()
    assert decided(plan, 0, *story, **opening) == ()


@pytest.mark.parametrize(
    ("step", "text", "outcome"),
    [
        (NOTIFY, "ack", Done(note="acknowledged")),
        (DECIDE, "yes", Done(choice="yes")),
        (DECIDE, "maybe", Failed(error="'maybe' is none of yes, no")),
        (TASK, "refuse", Failed(error="boss refused")),
    ],
)
def test_what_an_answer_beforehand_means(step, text, outcome):
    plan = plan_with(it=step)
    (event,) = decided(plan, 0, started("it"), answers={"boss": text}, mode="live")
    assert (event.outcome, event.by) == (outcome, "--yes-as")


CALL = {
    **NOTIFY,
    "acknowledge": "1m",
    "escalate": [{"after": "10s", "channel": "phone"}, {"after": "20s", "to": "deputy"}],
}
PHONED = Escalated(step="call", ticket=1, to="boss", channel="phone")
DEPUTISED = Escalated(step="call", ticket=1, to="deputy")


def test_a_message_that_nobody_acknowledges_is_sent_again():
    plan = plan_with(call=CALL, act=TASK)
    story = [started("call", takes=60)]
    assert brief(decided(plan, 9.999, *story, started("act", 1, 60))) == []
    assert waits_until(plan, 1, *story) == 10
    assert decided(plan, 10, *story, started("act", 1, 60)) == (PHONED,)
    assert decided(plan, 25, *story, started("act", 1, 60)) == (PHONED, DEPUTISED)
    story += [(10, PHONED)]
    assert waits_until(plan, 11, *story) == 20
    story += [started("act", 11, 60), (20, DEPUTISED)]
    assert decided(plan, 59, *story) == ()
    assert waits_until(plan, 21, *story) == 60


def test_nobody_is_called_while_the_clock_is_held_and_later_by_the_hold():
    plan = plan_with(call=CALL)
    held = started("call", takes=60), f(5, HOLD)
    assert decided(plan, 15, *held) == ()
    assert decided(plan, 24, *held, f(20, RESUME)) == ()
    assert decided(plan, 25, *held, f(20, RESUME)) == (PHONED,)


@pytest.mark.parametrize(
    "event",
    [
        Escalated(step="nobody", ticket=1, to="boss"),
        Escalated(step="call", ticket=7, to="boss"),
        Escalated(step="act", ticket=-1, to="boss"),
    ],
)
def test_what_waits_for_nobody_is_not_escalated(event):
    plan = plan_with(call=CALL, act=TASK)
    with pytest.raises(JournalInconsistentError, match="waits for nobody"):
        told(plan, started("call"), (1, event))


# ---- claims at a facilitated table


def claim(second, step="move", **more):
    saying = Claimed(step=step, **{"takes": "2m", **more})
    return second, PersonSaid(person="Ann", role="boss", saying=saying)


def test_a_step_at_a_table_takes_as_long_as_was_claimed():
    plan = plan_with(move=RECOVER)
    story = started("move", takes=10), claim(5)
    assert decided(plan, 119.999, *story, **TABLE) == ()
    assert waits_until(plan, 6, *story, **TABLE) == 120
    assert decided(plan, 120, *story, **TABLE) == (
        StepEnded(step="move", ticket=1, outcome=Done(note="as the table says"), by="Ann"),
    )


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({"note": "by hand"}, Done(note="by hand")),
        ({"works": False}, Failed(error="it would not work, the table says")),
        (
            {"works": False, "note": "no key"},
            Failed(error="it would not work, the table says: no key"),
        ),
    ],
)
def test_a_claim_says_whether_it_works(more, outcome):
    plan = plan_with(move=RECOVER)
    (event,) = decided(plan, 120, started("move"), claim(5, **more), **TABLE)
    assert event.outcome == outcome


@pytest.mark.parametrize("step", [RECOVER, CHECK, INJECT])
def test_what_nobody_claims_goes_as_the_plan_claims(step):
    plan = plan_with(move=step)
    assert decided(plan, 9, started("move"), **TABLE) == ()
    (event,) = decided(plan, 10, started("move"), **TABLE)
    assert (event.by, event.outcome.kind) == ("the plan", "done")


def test_what_was_claimed_waits_while_the_clock_is_held_and_comes_nearer_by_a_jump():
    plan = plan_with(move=RECOVER, news={**STORY, "at": "T+1m"})
    story = [started("move"), claim(5), f(10, HOLD)]
    assert decided(plan, 500, *story, **TABLE) == ()
    story += [f(500, RESUME)]
    assert waits_until(plan, 501, *story, **TABLE) == 550
    assert told(plan, *story, **TABLE).steps["move"].since == at(490)
    story += [f(510, JUMP)]  # from T+20s to T+60s
    assert told(plan, *story, **TABLE).steps["move"].since == at(450)
    assert brief(decided(plan, 570, *story, **TABLE)) == ["step-ended move"]


def test_a_table_that_is_aborted_talks_nothing_through():
    plan = plan_with(move=RECOVER)
    story = started("move"), claim(5), (6, AbortOrdered(by="boss", why="fire"))
    assert decided(plan, 7, *story, **TABLE) == (StepExpired(step="move"),)
    expired = (*story, (7, StepExpired(step="move")))
    assert waits_until(plan, 8, *expired, **TABLE) == 20
    assert brief(decided(plan, 20, *expired, **TABLE)) == ["step-ended move"]


def test_what_a_probe_sees_is_claimed_by_nobody():
    plan = plan_with({"shop": service()}, look=STATE_GOOD)
    story = (0, WatchStarted(service="shop", kind="probe")), started("look")
    (event,) = decided(plan, 10, *story, **TABLE)
    assert event.outcome == Failed(error="not seen for long enough")


def test_an_undo_knows_of_no_hold_at_a_table_either():
    plan = plan_with(hit={**INJECT, "until": "look"}, look=CHECK, act=TASK)
    story = [started("hit"), started("look"), started("act")]
    story += [(1, FaultPrepared(step="hit", ticket=1, receipt={})), ended("hit", 1, 2)]
    story += [ended("look", 2, 3), (3, UndoStarted(step="hit", deadline=at(123))), f(4, HOLD)]
    assert waits_until(plan, 5, *story, **TABLE) == 123
    state = told(plan, *story, f(60, RESUME), **TABLE)
    assert (state.steps["hit"].undo_deadline, state.steps["act"].deadline) == (at(123), at(66))


# ---- the hot wash


def test_a_facilitated_exercise_stays_open_until_it_is_ended():
    plan = plan_with(look=CHECK)
    story = started("look"), ended("look", 1, 5)
    assert brief(decided(plan, 6, *story)) == ["exercise-closed"]
    assert decided(plan, 6, *story, facilitated=True) == ()
    assert waits_until(plan, 36, *story, facilitated=True) == 5 + UNATTENDED
    assert brief(decided(plan, 7, *story, f(7, END), facilitated=True)) == ["exercise-closed"]
    assert brief(decided(plan, 5 + UNATTENDED, *story, facilitated=True)) == ["exercise-closed"]


def test_an_interrupted_exercise_that_only_heals_has_no_hot_wash():
    plan = plan_with(look=CHECK)
    story = [started("look"), (1, ConductorResumed()), ended("look", 1, 2, FAILED)]
    assert brief(decided(plan, 3, *story, facilitated=True)) == ["exercise-closed"]


# ---- impossible stories


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([f(1, HOLD), f(2, HOLD)], "held already"),
        ([f(1, RESUME)], "not held"),
        ([f(1, KeptBack(step="x"))], "there is no step 'x'"),
        ([f(1, Accepted(step="x"))], "there is no step 'x'"),
        ([claim(1, "act")], "nobody can claim it"),
    ],
)
def test_an_impossible_story_is_refused(events, why):
    with pytest.raises(JournalInconsistentError, match=why):
        told(plan_with(act=TASK), *events)


def test_what_was_refused_and_what_is_only_said_changes_nothing():
    plan = plan_with(act=TASK)
    refused = PersonSaid(person="Fay", role=FACILITATOR, saying=HOLD, refused="no")
    assert told(plan, (1, refused), f(2, Noted(text="x", step="nowhere"))) == told(plan)


def test_who_is_there_is_known():
    plan, ann = plan_with(act=TASK), {"person": "Ann", "role": "boss"}
    came = (1, PersonSaid(**ann, saying=Joined()))
    assert set(told(plan, came).present) == {("Ann", "boss")}
    assert not told(plan, came, (2, PersonSaid(**ann, saying=Left()))).present


def test_who_takes_a_task_on_is_known():
    plan = plan_with(act=TASK)
    accepted = PersonSaid(person="Ann", role="boss", saying=Accepted(step="act"))
    state = told(plan, started("act"), (1, accepted))
    assert (state.steps["act"].accepted_by, state.steps["act"].phase) == ("Ann", Phase.RUNNING)


def test_a_saying_alone_is_folded_as_in_the_journal():
    plan = plan_with(act=TASK)
    record = Record(seq=9, prev="", at=at(3), event=f(3, HOLD)[1])
    assert evolve_said(told(plan), record, record.event).held_since == at(3)


def test_what_was_released_and_kept_back_again_leaves_the_list_it_waits_on():
    plan = plan_with(later={**STORY, "at": "T+1h"})
    said = (f(1, HOLD), f(2, Released(step="later")), f(3, KeptBack(step="later")))
    state = told(plan, *said, (4, StepSkipped(step="later", because="x")), facilitated=True)
    assert (state.ready, state.timed) == ((), ())
