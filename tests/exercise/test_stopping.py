"""Conditions that end an exercise early, and what goes on after a crash."""

import pytest
from exercise.stories import CHECK, DONE, INJECT, RECOVER, at, scenario_of, service, told
from exercise.test_decide import brief, ended, prepared, seen, started

from drill.exercise.decide import decide, next_deadline
from drill.graph.plan import plan_of
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    StepEnded,
    UndoEnded,
    UndoStarted,
    WatchEnded,
    WatchStarted,
    WatchStopRequested,
)

STOP = [{"probe": "shop", "for": "5s"}]
ON = (0, WatchStarted(service="shop", kind="probe"))
WELL = (ON, (4, seen("good", 0, 4)), (5, started("look", 60)))


def stopping_plan(**steps):
    services = {"shop": service(stable="0s")}
    return plan_of(scenario_of(steps or {"look": CHECK}, services, stop=STOP), (), {})


def abort_at(now, *events):
    plan = stopping_plan()
    events = decide(plan, told(plan, *events), at(now))
    return [event.why for event in events if event.type == "abort-ordered"]


@pytest.mark.parametrize(
    ("more", "now", "why"),
    [
        ([(9, seen("bad", 5, 9))], 9, []),
        ([(10, seen("bad", 5, 10))], 10, ["shop was bad for 5s"]),
        ([(10, seen("bad", 5, 9)), (11, seen("good", 10, 11))], 11, []),
        ([], 11.5, []),
        ([], 13, ["nothing was heard of shop for 5s"]),
        ([(11, seen("unknown", 5, 11))], 11, []),
        ([(13, seen("unknown", 5, 13))], 13, ["nothing was heard of shop for 5s"]),
        ([(12, seen("good", 4, 5))], 12, []),
        ([(14, seen("good", 4, 5))], 14, ["nothing was heard of shop for 5s"]),
        ([(6, seen("bad", 5, 6)), (11, seen("unknown", 6, 11))], 11, ["shop was bad for 5s"]),
    ],
)
def test_a_service_that_is_bad_or_silent_for_too_long_ends_the_exercise(more, now, why):
    assert abort_at(now, *WELL, *more) == why


def test_a_service_that_nobody_watches_any_more_ends_the_exercise():
    gone = WatchEnded(ticket=1, service="shop", kind="probe", outcome=DONE)
    assert abort_at(6, *WELL, (6, gone)) == ["nobody watches shop any more"]


def test_nothing_begins_on_old_news():
    plan, early = stopping_plan(), (ON, (4, seen("good", 0, 4)))
    assert brief(decide(plan, told(plan, *early), at(4))) == ["step-started look"]
    assert abort_at(20, *early) == ["nothing was heard of shop for 5s"]


def test_when_all_is_done_the_probe_that_is_told_to_stop_ends_nothing():
    gone = WatchEnded(ticket=1, service="shop", kind="probe", outcome=DONE)
    stop = WatchStopRequested(service="shop", kind="probe", deadline=at(90))
    story = (*WELL, (6, ended("look", 3)), (7, stop), (8, gone))
    plan = stopping_plan()
    assert brief(decide(plan, told(plan, *story), at(8))) == ["exercise-closed"]


def test_what_is_over_cannot_be_ended_early():
    gone = WatchEnded(ticket=1, service="shop", kind="probe", outcome=DONE)
    assert abort_at(8, *WELL, (6, ended("look", 3)), (7, gone)) == []


def test_silence_is_noticed_though_nobody_says_anything():
    plan = stopping_plan()
    state = told(plan, *WELL)
    deadline = next_deadline(plan, state, at(5))
    assert decide(plan, state, at(5)) == ()
    assert brief(decide(plan, state, deadline)) == ["abort-ordered"]


BROKEN = {"hit": INJECT, "again": {**INJECT, "after": ["hit"]}}


CRASHED = (
    ON,
    (4, seen("good", 0, 4)),
    (5, started("hit")),
    (5, prepared("hit", 3)),
    (6, StepEnded(step="hit", ticket=3, outcome=DONE)),
)


def resumed(*then, **more):
    plan = stopping_plan(**BROKEN)
    watch = WatchStarted(service="shop", kind="probe")
    story = (*CRASHED, (7, ConductorResumed(**more)), *then, (7, watch))
    return brief(decide(plan, told(plan, *story), at(8)))


def test_after_a_crash_nothing_more_is_broken_and_that_is_told():
    assert resumed() == ["abort-ordered"]


def test_after_a_crash_healing_comes_first():
    assert resumed((7, AbortOrdered(by="drill", why="healing"))) == ["step-skipped again"]


def test_not_even_before_that_was_told_can_anything_start():
    plan = stopping_plan(**BROKEN)
    state = told(plan, *CRASHED, (7, ConductorResumed()))
    assert state.stopping
    assert not state.aborted


def test_when_only_healing_was_left_nothing_is_given_up():
    plan = stopping_plan(hit=INJECT, mend={**RECOVER, "after": ["hit.undone"]})
    watch = WatchStarted(service="shop", kind="probe")
    state = told(plan, *CRASHED, (7, ConductorResumed()), (7, watch))
    assert brief(decide(plan, state, at(8))) == ["undo-started hit"]


def test_what_was_once_refused_to_go_on_is_not_approved_later():
    plan = stopping_plan(**BROKEN)
    twice = (*CRASHED, (7, ConductorResumed()), (8, ConductorResumed(approved_by="boss")))
    assert told(plan, *twice).stopping


def test_after_a_crash_it_goes_on_if_a_person_approved_that():
    assert resumed(approved_by="boss") == ["step-started again"]


@pytest.mark.parametrize(
    ("approved_by", "then"), [("", ["abort-ordered"]), ("boss", ["step-started next"])]
)
def test_an_exercise_that_had_begun_goes_on_by_nobodys_leave_though_nothing_was_broken(
    approved_by, then
):
    plan = stopping_plan(look=CHECK, next={**INJECT, "after": ["look"]})
    watch = WatchStarted(service="shop", kind="probe")
    again = ConductorResumed(approved_by=approved_by)
    story = (*WELL, (6, ended("look", 3)), (7, again), (7, watch))
    assert brief(decide(plan, told(plan, *story), at(8))) == then


def test_an_exercise_that_had_only_been_opened_goes_on_by_itself():
    plan = stopping_plan(hit=INJECT)
    watch = WatchStarted(service="shop", kind="probe")
    story = (ON, (1, ConductorResumed()), (1, watch), (5, seen("good", 1, 5)))
    assert brief(decide(plan, told(plan, *story), at(5))) == ["step-started hit"]


TWO = {"hit": {**INJECT, "timeout": "60s"}, "also": {**INJECT, "timeout": "60s"}, "look": CHECK}
STANDING = (
    (0, started("hit", 60)),
    (0, started("also", 60)),
    (0, started("look", 60)),
    (1, prepared("hit", 1)),
    (3, prepared("also", 2)),
)


def limited(*more, now):
    scenario = scenario_of(TWO, limits={"fault-seconds": "10s"})
    plan = plan_of(scenario, (), {})
    state = told(plan, *STANDING, *more)
    return brief(decide(plan, state, at(now))), next_deadline(plan, state, at(now))


def test_faults_may_stand_for_so_long_all_of_them_together():
    assert limited(now=6) == ([], at(7.000001))
    assert limited(now=7)[0] == ["abort-ordered"]


def test_what_was_undone_counts_for_as_long_as_it_stood():
    gone = (
        (3, ended("hit", 1)),
        (3, UndoStarted(step="hit", deadline=at(90))),
        (4, UndoEnded(step="hit", ticket=7, outcome=DONE)),
    )
    assert limited(*gone, now=9.9) == ([], at(10.000001))
    assert limited(*gone, now=10)[0] == ["abort-ordered"]
