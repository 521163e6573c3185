"""The policy, rule by rule: a journal so far, a moment, and what must be written next."""

from dataclasses import replace

import pytest
from exercise.stories import (
    CHECK,
    DECIDE,
    DONE,
    FAILED,
    INJECT,
    NOTIFY,
    RECOVER,
    SECOND,
    STATE_BAD,
    STATE_GOOD,
    TASK,
    UNSURE,
    at,
    plan_with,
    service,
    told,
)

from drill.exercise.decide import RULES, decide, next_deadline
from drill.exercise.state import RunState
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    ExerciseClosed,
    FaultPrepared,
    LedgerRead,
    LedgerReadStarted,
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

ABORT = AbortOrdered(by="boss", why="enough")


def started(step, deadline=10):
    return StepStarted(step=step, deadline=at(deadline))


def ended(step, ticket, outcome=DONE):
    return StepEnded(step=step, ticket=ticket, outcome=outcome)


def prepared(step, ticket):
    return FaultPrepared(step=step, ticket=ticket, receipt={})


def undo(step, deadline=130):
    return UndoStarted(step=step, deadline=at(deadline))


def undone(step, ticket, outcome=DONE):
    return UndoEnded(step=step, ticket=ticket, outcome=outcome)


def decided(plan, now, *events):
    """Return what is decided at second ``now`` after these pairs of second and event."""
    return decide(plan, told(plan, *events), at(now))


def brief(events):
    """Write events as ``type step``."""
    return [" ".join(filter(None, (e.type, getattr(e, "step", "")))) for e in events]


# ---- before, and after


def test_nothing_is_decided_before_the_opening_nor_after_the_close():
    plan = plan_with(look=CHECK)
    assert decide(plan, RunState(), at(0)) == ()
    story = (1, started("look")), (2, ended("look", 1))
    assert decided(plan, 3, *story) == (ExerciseClosed(),)
    assert decided(plan, 3, *story, (3, ExerciseClosed())) == ()


def test_a_last_word_is_always_said():
    assert RULES[-1](plan_with(look=CHECK), RunState(), at(0)) == (ExerciseClosed(),)


# ---- starting


def test_what_waits_for_nothing_starts_with_its_own_time_limit():
    plan = plan_with(
        hit=INJECT,
        mend={**RECOVER, "timeout": "20s"},
        look={**CHECK, "timeout": "30s"},
        tell={**NOTIFY, "acknowledge": "40s"},
        ask={**DECIDE, "default": {"option": "no", "after": "50s"}},
        act={**TASK, "timeout": "60s"},
        then={**CHECK, "after": ["look"]},
    )
    limits = {"hit": 10, "mend": 20, "look": 30, "tell": 40, "ask": 50, "act": 60}
    wanted = tuple(started(step, 5 + limit) for step, limit in limits.items())
    assert decided(plan, 5) == wanted


def test_no_more_start_than_may_run_side_by_side():
    plan = replace(plan_with(a=CHECK, b=CHECK, c=CHECK), parallel=2)
    assert brief(decided(plan, 0)) == ["step-started a", "step-started b"]
    both = (0, started("a")), (0, started("b"))
    assert decided(plan, 1, *both) == ()
    assert brief(decided(plan, 2, *both, (2, ended("b", 2)))) == ["step-started c"]


def test_a_step_waits_for_its_moment_on_the_exercise_clock():
    plan = plan_with(late={**CHECK, "at": "T+20s"}, now=CHECK)
    assert brief(decided(plan, 0)) == ["step-started now"]
    story = (0, started("now")), (1, ended("now", 1))
    assert decided(plan, 19.999, *story) == ()
    assert next_deadline(plan, told(plan, *story), at(1)).reached(at(20.001))
    assert brief(decided(plan, 20, *story)) == ["step-started late"]


def test_a_moment_that_nobody_can_take_is_waited_for_no_more():
    plan = replace(plan_with(a=CHECK, b={**CHECK, "at": "T+5s"}), parallel=1)
    story = ((0, started("a", 60)),)
    assert decided(plan, 5, *story) == ()
    assert next_deadline(plan, told(plan, *story), at(6)).wall == at(60.000001).wall


# ---- expiry, and its grace


@pytest.mark.parametrize("step", [INJECT, RECOVER, CHECK])
def test_a_worker_is_told_to_stop_then_given_up(step):
    plan = plan_with(work={**step, "on-failure": "continue"})
    running = ((0, started("work", 10)),)
    assert decided(plan, 9.999, *running) == ()
    assert decided(plan, 10, *running) == (StepExpired(step="work"),)
    expired = (*running, (10, StepExpired(step="work")))
    assert decided(plan, 19.999, *expired) == ()
    (gone,) = decided(plan, 20, *expired)
    assert (gone.ticket, gone.outcome.kind) == (1, "indeterminate")


@pytest.mark.parametrize(
    ("step", "kind"),
    [(NOTIFY, "failed"), (TASK, "failed"), (DECIDE, "done"), (STATE_BAD, "failed")],
)
def test_who_needs_no_worker_is_answered_for_when_time_is_up(step, kind):
    plan = plan_with(wait=step)
    running = ((0, started("wait", 10)),)
    assert decided(plan, 9.999, *running) == ()
    (event,) = decided(plan, 10, *running)
    assert (event.step, event.ticket, event.outcome.kind) == ("wait", 1, kind)


def test_nobody_decided_so_the_default_is_taken():
    (event,) = decided(plan_with(ask=DECIDE), 10, (0, started("ask")))
    assert event.outcome == Done(note="boss did not decide in time", choice="no", defaulted=True)


def test_several_that_are_late_are_all_told():
    plan = plan_with(a=CHECK, b=CHECK, c=TASK)
    story = [(0, started(step)) for step in "abc"]
    assert sorted(brief(decided(plan, 10, *story))) == [
        "step-ended c",
        "step-expired a",
        "step-expired b",
    ]


# ---- what the probes see

WATCHED = {"shop": service(stable="0s")}


def seen(state, first, last, ticket=1):
    """Return samples, one a second, from the first to the last second."""
    moments = [at(s).boot_ns for s in range(first, last + 1)]
    samples = [Sample(planned=ns, start=ns, end=ns, state=state) for ns in moments]
    return SamplesTaken(ticket=ticket, service="shop", samples=samples)


PROBE_ON = (0, WatchStarted(service="shop", kind="probe"))
WELL = (PROBE_ON, (4, seen("good", 0, 4)))


@pytest.mark.parametrize(
    ("step", "more", "answered"),
    [
        pytest.param(STATE_GOOD, [], False, id="good before the question proves nothing"),
        pytest.param(STATE_GOOD, [(6, seen("good", 5, 6))], False, id="good, but too short"),
        pytest.param(STATE_GOOD, [(7, seen("good", 5, 7))], True, id="good for 2s since"),
        pytest.param(STATE_GOOD, [(7, seen("bad", 5, 7))], False, id="bad is not good"),
        pytest.param(STATE_BAD, [(7, seen("bad", 5, 7))], True, id="bad for 2s"),
        pytest.param(STATE_BAD, [(7, seen("good", 5, 7))], False, id="good is not bad"),
        pytest.param(STATE_BAD, [(6, seen("unknown", 5, 7))], False, id="nobody could look"),
    ],
)
def test_a_state_is_answered_by_what_is_seen_after_the_question(step, more, answered):
    plan = plan_with(WATCHED, wait=step)
    events = decided(plan, 8, *WELL, (5, started("wait", 15)), *more)
    assert brief(events) == (["step-ended wait"] if answered else [])
    assert all(isinstance(event.outcome, Done) for event in events)


def test_that_it_is_bad_may_have_begun_before_the_question():
    plan = plan_with(WATCHED, hit=INJECT, wait=STATE_BAD)
    story = (*WELL, (5, started("hit")), (8, seen("bad", 5, 8)), (9, started("wait")))
    assert decided(plan, 9, *story) == ()
    assert brief(decided(plan, 9, *story, (9, seen("bad", 9, 9)))) == ["step-ended wait"]


# ---- the baseline


def test_watching_begins_before_anything_else():
    plan = plan_with({"shop": service(ledger=True), "bank": service(probe=False)}, look=CHECK)
    assert decided(plan, 0) == (
        WatchStarted(service="shop", kind="probe"),
        WatchStarted(service="shop", kind="ledger"),
    )


def test_nothing_is_touched_before_each_service_was_well_for_long_enough():
    plan = plan_with({"shop": service(stable="4s")}, look=CHECK)
    assert decided(plan, 1, PROBE_ON) == ()
    assert decided(plan, 4, PROBE_ON, (3, seen("good", 0, 3))) == ()
    assert brief(decided(plan, 4, PROBE_ON, (4, seen("good", 0, 4)))) == ["step-started look"]


def test_the_baseline_is_three_seconds_though_the_service_asks_for_less():
    plan = plan_with(WATCHED, look=CHECK)
    assert decided(plan, 2, PROBE_ON, (2, seen("good", 0, 2))) == ()
    assert brief(decided(plan, 3, PROBE_ON, (3, seen("good", 0, 3)))) == ["step-started look"]


def test_a_ledger_counts_as_well_with_its_first_acknowledged_write():
    plan = plan_with({"shop": service(probe=False, ledger=True)}, look=CHECK)
    on = (0, WatchStarted(service="shop", kind="ledger"))

    def wrote(outcome):
        write = Write(n=0, invoke=0, complete=1, outcome=outcome)
        return 1, WritesMade(ticket=1, service="shop", writes=[write])

    assert decided(plan, 2, on, wrote("fail")) == ()
    assert brief(decided(plan, 2, on, wrote("ok"))) == ["step-started look"]
    (abort,) = decided(plan, 30, on)
    assert "no write of shop was acknowledged" in abort.why


def test_an_exercise_whose_baseline_never_is_well_is_aborted_untouched():
    plan = plan_with(WATCHED, look=CHECK)
    assert decided(plan, 29.999, PROBE_ON) == ()
    assert next_deadline(plan, told(plan, PROBE_ON), at(1)).reached(at(30.001))
    (abort,) = decided(plan, 30, PROBE_ON)
    assert (abort.by, abort.type) == ("drill", "abort-ordered")
    assert abort.why == "not well before anything was broken: shop was not good for 3s"
    assert brief(decided(plan, 30, PROBE_ON, (30, abort))) == ["step-skipped look"]


@pytest.mark.parametrize(
    ("outcome", "why"), [(FAILED, "no"), (UNSURE, "who knows"), (DONE, "nobody asked it to")]
)
def test_an_exercise_whose_watch_fails_before_it_began_is_aborted_at_once(outcome, why):
    plan = plan_with(WATCHED, look=CHECK)
    end = WatchEnded(ticket=1, service="shop", kind="probe", outcome=outcome)
    (abort,) = decided(plan, 5, *WELL, (5, end))
    assert abort.why == f"not well before anything was broken: the probe of shop stopped: {why}"


def test_the_baseline_of_a_resumed_exercise_has_its_whole_time_again():
    plan = plan_with(WATCHED, look=CHECK)
    again = (*WELL, (100, ConductorResumed()), (100, WatchStarted(service="shop", kind="probe")))
    assert decided(plan, 101, *again) == ()
    (abort,) = decided(plan, 130, *again)
    assert abort.type == "abort-ordered"


def test_what_fails_after_the_first_step_aborts_nothing():
    plan = plan_with(WATCHED, a=CHECK, b={**CHECK, "after": ["a"]})
    end = WatchEnded(ticket=1, service="shop", kind="probe", outcome=FAILED)
    story = (*WELL, (5, started("a")), (6, end))
    assert decided(plan, 7, *story) == ()
    assert brief(decided(plan, 7, *story, (7, ended("a", 3)))) == ["step-started b"]


# ---- skipping, stopping


def test_what_can_never_start_is_skipped_and_says_why():
    plan = plan_with(ask={**DECIDE, "on-failure": "continue"}, go={**RECOVER, "after": ["ask.yes"]})
    story = (0, started("ask")), (1, ended("ask", 1, Done(choice="no")))
    (event,) = decided(plan, 1, *story)
    assert event == StepSkipped(step="go", because="ask is done, not yes")


def test_what_could_not_start_a_moment_ago_is_skipped_though_its_edge_is_open_again():
    plan = plan_with(hit=INJECT, heal={**RECOVER, "after": ["hit.undone"]})
    story = [(0, started("hit")), (0, prepared("hit", 1)), (1, ended("hit", 1, UNSURE))]
    for ticket in (4, 6, 8):
        story += [(2, undo("hit")), (3, undone("hit", ticket, FAILED))]
    late = StragglerReported(step="hit", ticket=1, undo=False, outcome=DONE)
    (event,) = decided(plan, 3, *story, (3, late))
    assert (event.step, event.because) == ("heal", "what it waits for did not come in time")


FAN = {
    "a": {**CHECK, "after": []},
    "b": RECOVER,
    "c": {**CHECK, "after": ["a.ended"]},
}


def test_a_failure_stops_the_rest_and_leaves_to_end_who_works():
    story = (0, started("a")), (0, started("b")), (1, ended("a", 1, FAILED))
    (event,) = decided(plan_with(**FAN), 1, *story)
    assert event == StepSkipped(step="c", because="a failed: no")
    assert decided(plan_with(**FAN), 1, *story, (1, event)) == ()


def test_a_failure_that_may_be_lets_the_rest_go_on():
    plan = plan_with(**{**FAN, "a": {**CHECK, "on-failure": "continue"}})
    story = (0, started("a")), (0, started("b")), (1, ended("a", 1, FAILED))
    assert brief(decided(plan, 1, *story)) == ["step-started c"]


def test_an_abort_stops_also_who_works():
    plan = plan_with(**FAN)
    story = (0, started("a")), (0, started("b")), (1, ABORT)
    assert sorted(brief(decided(plan, 1, *story))) == ["step-expired a", "step-expired b"]


def test_a_stop_lets_no_fault_that_is_being_prepared_go_on():
    plan = plan_with(hit=INJECT, look=CHECK)
    story = (0, started("hit")), (0, started("look")), (1, ended("look", 2, FAILED))
    assert decided(plan, 1, *story) == (StepExpired(step="hit"),)


@pytest.mark.parametrize("step", [NOTIFY, TASK, DECIDE, STATE_GOOD])
def test_nobody_waits_for_an_answer_when_the_exercise_stops(step):
    plan = plan_with(look=CHECK, wait=step)
    story = (0, started("look")), (0, started("wait")), (1, ended("look", 1, FAILED))
    (event,) = decided(plan, 1, *story)
    assert (event.step, event.outcome.kind) == ("wait", "failed")


HEALING = plan_with(
    hit=INJECT,
    mend={**RECOVER, "after": ["hit"]},
    heal={**RECOVER, "after": ["hit.undone"], "at": "T+1h"},
    thank={**TASK, "after": ["heal"]},
    again={**INJECT, "after": ["heal"]},
)
STOPPED = (
    (0, started("hit")),
    (0, prepared("hit", 1)),
    (1, ended("hit", 1)),
    (1, started("mend")),
    (2, ended("mend", 4, FAILED)),
)
HEALED = (*STOPPED, (2, undo("hit")), (3, undone("hit", 6)))


def test_a_stopped_exercise_undoes_then_heals_at_once_and_breaks_nothing_more():
    assert brief(decided(HEALING, 2, *STOPPED)) == ["undo-started hit"]
    assert brief(decided(HEALING, 3, *HEALED)) == ["step-started heal"]
    healed = (*HEALED, (3, started("heal")), (4, ended("heal", 8)))
    (event,) = decided(HEALING, 4, *healed)
    assert event == StepSkipped(step="again", because="mend failed: no")
    assert brief(decided(HEALING, 4, *healed, (4, event))) == ["step-started thank"]


def test_what_heals_is_not_cut_short_by_an_abort():
    healing = (*HEALED, (3, started("heal", 40)), (4, ABORT))
    assert decided(HEALING, 5, *healing) == ()
    assert brief(decided(HEALING, 40, *healing)) == ["step-expired heal"]
    thanked = (*healing, (6, ended("heal", 8)), (6, StepSkipped(step="again", because="so")))
    assert decided(HEALING, 7, *thanked, (6, started("thank", 60))) == ()


# ---- undoing

TWO = plan_with(a=INJECT, b=INJECT)
BOTH = (
    (0, started("a")),
    (0, started("b")),
    (1, prepared("b", 2)),
    (2, prepared("a", 1)),
    (3, ended("b", 2)),
    (3, ended("a", 1)),
)


def test_what_still_stands_is_undone_last_first_one_at_a_time():
    assert decided(TWO, 5, *BOTH) == (undo("a", 125),)
    undoing = (*BOTH, (5, undo("a", 125)))
    assert decided(TWO, 6, *undoing) == ()
    assert brief(decided(TWO, 6, *undoing, (6, undone("a", 7)))) == ["undo-started b"]


def test_nothing_is_undone_while_somebody_works_or_will():
    plan = plan_with(a=INJECT, look=CHECK, later={**CHECK, "at": "T+1m"})
    story = [(0, started("a")), (0, started("look")), (0, prepared("a", 1)), (1, ended("a", 1))]
    assert decided(plan, 2, *story) == ()
    story += [(2, ended("look", 2))]
    assert decided(plan, 59, *story) == ()
    assert brief(decided(plan, 60, *story)) == ["step-started later"]


def until(*events):
    plan = plan_with(
        a={**INJECT, "until": "look"},
        b={**INJECT, "until": "look"},
        c=INJECT,
        look={**CHECK, "after": ["b"]},
        work={**CHECK, "timeout": "1h"},
    )
    names = ("a", "b", "c", "work")
    story = [(0, started(step, 3600)) for step in names]
    story += [(1, prepared(step, n)) for n, step in enumerate("abc", 1)]
    story += [(2, ended("b", 2)), (2, started("look")), (3, ended("look", 9))]
    assert decided(plan, 2, *story[:-1]) == ()
    return decided(plan, 4, *story, *events)


def test_a_fault_is_undone_when_its_until_comes_though_others_work():
    assert brief(until((4, ended("a", 1)))) == ["undo-started b", "undo-started a"]


def test_a_fault_whose_until_has_come_is_not_undone_while_it_is_applied():
    assert brief(until()) == ["undo-started b"]


def test_an_undo_is_told_to_stop_then_given_up_and_tried_again():
    undoing = (*BOTH, (5, undo("a", 125)))
    assert decided(TWO, 124.999, *undoing) == ()
    assert decided(TWO, 125, *undoing) == (UndoExpired(step="a"),)
    expired = (*undoing, (125, UndoExpired(step="a")))
    assert decided(TWO, 134.999, *expired) == ()
    (gone,) = decided(TWO, 135, *expired)
    assert (gone.type, gone.ticket, gone.outcome.kind) == ("undo-ended", 7, "indeterminate")


def test_an_undo_without_success_is_tried_again_after_a_pause_and_three_times_in_all():
    story = [*BOTH]
    second = 10
    for ticket in (7, 9, 11):
        story += [(second, undo("a", 200)), (second, undone("a", ticket, FAILED))]
        if ticket < 11:
            assert decided(TWO, second + 4.999, *story) == ()
            assert next_deadline(TWO, told(TWO, *story), at(second)).reached(at(second + 5.001))
            assert brief(decided(TWO, second + 5, *story)) == ["undo-started a"]
        second += 5
    assert brief(decided(TWO, second, *story)) == ["undo-started b"]


def test_a_fault_due_and_not_undone_rests_as_well():
    plan = plan_with(a={**INJECT, "until": "a.ended"}, work={**CHECK, "timeout": "1h"})
    story = [
        (0, started("a")),
        (0, started("work", 3600)),
        (1, prepared("a", 1)),
        (2, ended("a", 1)),
    ]
    story += [(2, undo("a")), (3, undone("a", 5, FAILED))]
    assert decided(plan, 7.999, *story) == ()
    assert brief(decided(plan, 8, *story)) == ["undo-started a"]


def test_a_straggler_makes_its_fault_be_undone_again():
    story = (*BOTH, (5, undo("a", 125)), (6, undone("a", 7)))
    late = StragglerReported(step="a", ticket=1, undo=False, outcome=UNSURE)
    assert brief(decided(TWO, 12, *story, (7, late))) == ["undo-started a"]


# ---- settling

SETTLING = plan_with({"shop": service(stable="2s")}, hit=INJECT)
HIT = (
    *WELL,
    (5, started("hit")),
    (5, prepared("hit", 3)),
    (6, ended("hit", 3)),
)


def test_services_are_given_time_to_show_that_they_are_well_before_the_undo():
    assert decided(SETTLING, 7, *HIT) == ()
    assert decided(SETTLING, 7, *HIT, (7, seen("good", 5, 7))) == ()
    assert brief(decided(SETTLING, 8, *HIT, (8, seen("good", 5, 8)))) == ["undo-started hit"]


def test_patience_with_a_service_that_does_not_get_well_has_an_end():
    ill = (*HIT, (20, seen("bad", 5, 20)))
    assert decided(SETTLING, 35.999, *ill) == ()
    assert next_deadline(SETTLING, told(SETTLING, *ill), at(20)).reached(at(36.001))
    assert brief(decided(SETTLING, 36, *ill)) == ["undo-started hit"]


def test_a_stopped_exercise_heals_before_it_waits_for_anyone():
    assert brief(decided(SETTLING, 7, *HIT, (7, ABORT))) == ["undo-started hit"]


def test_after_the_undo_services_must_be_seen_well_again():
    story = (*HIT, (7, ABORT), (7, undo("hit")), (9, undone("hit", 7)))
    assert decided(SETTLING, 9, *story, (9, seen("good", 5, 9))) == ()
    events = decided(SETTLING, 11, *story, (11, seen("good", 5, 11)))
    assert brief(events) == ["watch-stop-requested"]


def test_a_watch_that_died_is_not_waited_for():
    dead = WatchEnded(ticket=1, service="shop", kind="probe", outcome=FAILED)
    assert brief(decided(SETTLING, 7, *HIT, (7, dead))) == ["undo-started hit"]


# ---- closing

CLOSING = plan_with({"shop": service(ledger=True), "bank": service(ledger=True)}, look=CHECK)


def stop(name, kind):
    return WatchStopRequested(service=name, kind=kind, deadline=at(130))


def test_ledgers_are_stopped_and_read_before_the_probes_stop():
    watches = [(name, kind) for name in ("shop", "bank") for kind in ("probe", "ledger")]
    story = [(0, WatchStarted(service=name, kind=kind)) for name, kind in watches]
    story += [(0, ABORT), (0, StepSkipped(step="look", because="so"))]

    def end(name, kind):
        ticket = watches.index((name, kind)) + 1
        return WatchEnded(ticket=ticket, service=name, kind=kind, outcome=DONE)

    reads = [LedgerReadStarted(service=name, deadline=at(130)) for name in ("shop", "bank")]
    assert decided(CLOSING, 100, *story) == (stop("shop", "ledger"), stop("bank", "ledger"))
    story += [(100, stop("shop", "ledger")), (100, stop("bank", "ledger"))]
    assert decided(CLOSING, 100, *story) == ()
    story += [(100, end("bank", "ledger"))]
    assert decided(CLOSING, 100, *story) == (reads[1],)
    story += [(100, reads[1]), (100, end("shop", "ledger"))]
    assert decided(CLOSING, 100, *story) == (reads[0],)
    story += [(100, reads[0])]
    assert decided(CLOSING, 100, *story) == ()
    story += [
        (101, LedgerRead(service=name, ticket=n, outcome=DONE))
        for n, name in ((10, "bank"), (12, "shop"))
    ]
    assert decided(CLOSING, 100, *story) == (stop("shop", "probe"), stop("bank", "probe"))
    story += [(100, stop("shop", "probe")), (100, stop("bank", "probe"))]
    assert decided(CLOSING, 100, *story) == ()
    story += [(100, end("shop", "probe")), (100, end("bank", "probe"))]
    assert decided(CLOSING, 100, *story) == (ExerciseClosed(),)


ONE = plan_with({"shop": service(ledger=True, probe=False)}, look=CHECK)
ONE_CLOSING = (
    (0, WatchStarted(service="shop", kind="ledger")),
    (0, ABORT),
    (0, StepSkipped(step="look", because="so")),
    (100, stop("shop", "ledger")),
)


def test_a_watch_that_does_not_stop_is_given_up_after_its_deadline_and_grace():
    assert decided(ONE, 139.999, *ONE_CLOSING) == ()
    assert next_deadline(ONE, told(ONE, *ONE_CLOSING), at(101)).reached(at(140.001))
    (event,) = decided(ONE, 140, *ONE_CLOSING)
    assert (event.type, event.ticket, event.outcome.kind) == ("watch-ended", 1, "indeterminate")
    (event,) = decided(ONE, 140, *ONE_CLOSING, (140, event))
    assert event == LedgerReadStarted(service="shop", deadline=at(170))


def test_a_ledger_that_cannot_be_read_back_is_given_up():
    end = WatchEnded(ticket=1, service="shop", kind="ledger", outcome=DONE)
    read = LedgerReadStarted(service="shop", deadline=at(130))
    story = (*ONE_CLOSING, (100, end), (100, read))
    assert decided(ONE, 139.999, *story) == ()
    (event,) = decided(ONE, 140, *story)
    assert (event.type, event.ticket, event.outcome.kind) == ("ledger-read", 6, "indeterminate")
    assert decided(ONE, 140, *story, (140, event)) == (ExerciseClosed(),)


# ---- deadlines


def test_a_deadline_is_of_the_boot_in_which_it_is_waited_for():
    plan = plan_with(look=CHECK)
    state = told(plan, (0, started("look", 10)))
    now = at(4, boot="another").model_copy(update={"boot_ns": 7 * SECOND})
    deadline = next_deadline(plan, state, now)
    assert (deadline.boot, deadline.boot_ns) == ("another", 13 * SECOND + 1000)


def test_a_deadline_that_has_passed_is_none():
    plan = plan_with(look=CHECK)
    assert next_deadline(plan, told(plan, (0, started("look", 10))), at(10)) is None


def test_the_soonest_deadline_counts():
    plan = plan_with(a=CHECK, b=CHECK, c={**CHECK, "at": "T+8s"})
    state = told(plan, (0, started("a", 10)), (0, started("b", 9)))
    waits = [next_deadline(plan, state, at(now)).boot_ns for now in (0, 8, 9)]
    assert waits == [at(second).boot_ns + 1000 for second in (8, 9, 10)]
