"""Conditions that end an exercise early, and what goes on after a crash."""

import pytest
from exercise.stories import CHECK, DONE, INJECT, at, scenario_of, service, told
from exercise.test_decide import brief, ended, prepared, seen, started

from drill.exercise.decide import decide, next_deadline
from drill.graph.plan import plan_of
from drill.model.events import ConductorResumed, StepEnded, WatchEnded, WatchStarted

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
        ([(12, seen("unknown", 5, 12))], 13, []),
    ],
)
def test_a_service_that_is_bad_or_silent_for_too_long_ends_the_exercise(more, now, why):
    assert abort_at(now, *WELL, *more) == why


def test_a_service_that_nobody_watches_any_more_ends_the_exercise():
    gone = WatchEnded(ticket=1, service="shop", kind="probe", outcome=DONE)
    assert abort_at(6, *WELL, (6, gone)) == ["nobody watches shop any more"]


def test_nothing_is_ended_before_it_has_begun():
    assert abort_at(20, ON, (4, seen("good", 0, 4))) == []


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


def resumed(**more):
    plan = stopping_plan(**BROKEN)
    story = (
        ON,
        (4, seen("good", 0, 4)),
        (5, started("hit")),
        (5, prepared("hit", 3)),
        (6, StepEnded(step="hit", ticket=3, outcome=DONE)),
        (7, ConductorResumed(**more)),
        (7, WatchStarted(service="shop", kind="probe")),
    )
    return brief(decide(plan, told(plan, *story), at(8)))


def test_after_a_crash_nothing_more_is_broken_and_healing_comes_first():
    assert resumed() == ["step-skipped again"]


def test_after_a_crash_it_goes_on_if_a_person_approved_that():
    assert resumed(approved_by="boss") == ["step-started again"]


def test_an_exercise_that_broke_nothing_goes_on_by_itself():
    plan = stopping_plan(look=CHECK, next={**CHECK, "after": ["look"]})
    watch = WatchStarted(service="shop", kind="probe")
    story = (*WELL, (6, ended("look", 3)), (7, ConductorResumed()), (7, watch))
    assert brief(decide(plan, told(plan, *story), at(8))) == ["step-started next"]
