"""A facilitated table: real time while anybody is asked, a jump when nobody is."""

import signal
import time
from datetime import timedelta

import pytest
from exercise.stories import (
    BOOT,
    CHECK,
    DECIDE,
    INJECT,
    NOTIFY,
    PROBE,
    RECOVER,
    SECOND,
    at,
    opening_of,
    plan_with,
    service,
)

from drill.crews.paced import PacedClock, Seated
from drill.engine.conductor import Conductor
from drill.engine.told import Told
from drill.graph.unguarded import unlimited
from drill.journal.memory import MemoryJournal
from drill.measure.timeline import view
from drill.model.sayings import Acknowledged, Claimed, Decided, Ended, Held, Jumped, Resumed

MEND = RECOVER | {"timeout": "10m"}
BOSS, STAFF = "boss", "facilitator"


class Real:
    """A real clock, and the sleep that moves it."""

    def __init__(self):
        self.passed = 0.0

    def now(self):
        return at(self.passed)


class Table:
    """People who say what they say at a moment of real time; between them, time is slept away."""

    def __init__(self, plan, *script, abort_at=None, before=None):
        self.real = Real()
        self.journal = before.journal if before else MemoryJournal()
        records = tuple(self.journal)
        self.clock = PacedClock(self.real, records[-1].at if records else None)
        self.replies = []
        self.slept = 0.0
        self._script = list(script)
        self._abort_at = abort_at
        self.crew = Seated(self.clock, plan, self._rest)
        opening = opening_of(plan, mode="tabletop", facilitated=True)
        for record in records:
            self.crew.tell(record)
        told = Told(self.journal, self.crew.tell)
        self.conductor = Conductor(
            unlimited(plan), opening, told, self.crew, self.clock, approved_by="ann"
        )

    def _rest(self, seconds):
        due = self._script[0][0] if self._script else float("inf")
        if self._abort_at is not None and self._abort_at <= self.real.passed:
            self._abort_at = None
            self.conductor.abort("SIGINT", "ended early")
            return
        until = min(due, self.real.passed + (float("inf") if seconds is None else seconds))
        until = min(until, self._abort_at or float("inf"))
        assert until < float("inf"), "slept for ever"
        self.slept += until - self.real.passed
        self.real.passed = until
        if self._script and due <= self.real.passed:
            _, role, saying = self._script.pop(0)
            self.conductor.say(role, role, saying, "test", self.replies.append)

    def run(self):
        self.state = self.conductor.run()
        assert self._script == []
        return {step.id: step for step in view(tuple(self.journal), None, "").steps}


def minutes(n):
    return timedelta(minutes=n)


def test_the_clock_is_real_until_it_is_put_forward_and_never_goes_back():
    real = Real()
    clock = PacedClock(real)
    assert clock.now() == at(0)
    real.passed = 5
    clock.advance_to(at(60).boot_ns)
    assert clock.now() == at(5).model_copy(update={"boot_ns": at(60).boot_ns})
    clock.advance_to(at(30).boot_ns)
    real.passed = 6
    assert (clock.now().boot_ns, clock.now().wall) == (at(61).boot_ns, at(6).wall)
    assert clock.now().boot == BOOT


def test_a_claim_takes_its_time_at_the_table_and_none_in_the_room():
    plan = plan_with(mend=MEND, look=CHECK | {"after": ["mend"]})
    table = Table(
        plan,
        (30, STAFF, Claimed(step="mend", takes=minutes(90), note="by hand")),
        (32, STAFF, Claimed(step="look", takes=minutes(1))),
        (40, STAFF, Ended()),
    )
    steps = table.run()
    mend, look = steps["mend"], steps["look"]
    assert table.replies == ["", "", ""]
    assert (mend.started, mend.phase, mend.note) == (0, "done", "by hand")
    assert mend.ended == pytest.approx(90 * 60)
    # two seconds of talk lie within the minute that it takes
    assert look.ended - look.started == pytest.approx(60)
    assert table.real.passed == 40


def test_while_anybody_is_asked_the_clock_is_the_rooms():
    plan = plan_with(mend=RECOVER, page=NOTIFY | {"acknowledge": "10m"})
    table = Table(
        plan,
        (5, STAFF, Claimed(step="mend", takes=minutes(3))),
        (65, BOSS, Acknowledged(step="page")),
        (70, STAFF, Ended()),
    )
    steps = table.run()
    assert steps["page"].ended == pytest.approx(65)
    assert steps["mend"].ended == pytest.approx(180)
    assert table.slept == 70


def test_what_nobody_claims_goes_as_planned_at_the_end_of_its_time():
    plan = plan_with(mend=MEND)
    table = Table(plan, (601, STAFF, Ended()))
    mend = table.run()["mend"]
    assert (mend.phase, mend.answered_by) == ("done", "the plan")
    assert mend.ended == pytest.approx(600)
    assert table.slept == 601


def test_what_they_do_not_believe_in_fails_and_mends_nothing():
    shop = {**service(), "probe": PROBE | {"every": "100ms"}, "stable": "1s"}
    plan = plan_with(
        {"shop": shop},
        hit=INJECT | {"expect": "1s"},
        mend=MEND | {"after": ["hit"], "on-failure": "continue"},
    )
    table = Table(
        plan,
        (30, STAFF, Claimed(step="mend", takes=minutes(5), works=False)),
        (400, STAFF, Ended()),
    )
    assert table.run()["mend"].phase == "failed"
    samples = [s for r in table.journal if r.event.type == "samples-taken" for s in r.event.samples]
    mended = next(r.at.boot_ns for r in table.journal if r.event.type == "undo-ended")
    hit = next(r.at.boot_ns for r in table.journal if r.event.type == "step-ended")
    during = {s.state for s in samples if hit + SECOND < s.start < mended - SECOND}
    assert during == {"bad"}
    assert {s.state for s in samples if s.start > mended} == {"good"}


def test_services_are_well_again_once_what_was_claimed_is_done():
    shop = {**service(rto={"target": "1h"}), "probe": PROBE | {"every": "100ms"}, "stable": "1s"}
    plan = plan_with({"shop": shop}, hit=INJECT | {"expect": "1s"}, mend=MEND | {"after": ["hit"]})
    table = Table(plan, (30, STAFF, Claimed(step="mend", takes=minutes(20))), (200, STAFF, Ended()))
    table.run()
    (rto,) = view(tuple(table.journal), None, "").objectives
    assert 19.9 * 60 < rto.actual.lo < rto.actual.hi < 20.1 * 60
    assert rto.verdict == "met", rto.reason


def test_an_inject_is_the_storys_unless_somebody_says_how_long_it_takes():
    plan = plan_with(hit=INJECT | {"expect": "5s", "timeout": "1m"}, page=NOTIFY)
    table = Table(plan, (1, BOSS, Acknowledged(step="page")), (2, STAFF, Ended()))
    assert table.run()["hit"].ended == pytest.approx(5)
    claim = Claimed(step="hit", takes=minutes(2))
    table = Table(
        plan, (0.5, STAFF, claim), (1, BOSS, Acknowledged(step="page")), (2, STAFF, Ended())
    )
    assert table.run()["hit"].ended == pytest.approx(120)


def test_a_hold_stops_the_claims_too_and_nothing_jumps():
    plan = plan_with(mend=RECOVER)
    table = Table(
        plan,
        (1, STAFF, Held(why="lunch")),
        (2, STAFF, Claimed(step="mend", takes=minutes(1))),
        (1001, STAFF, Resumed()),
        (1002, STAFF, Ended()),
    )
    assert table.run()["mend"].ended == pytest.approx(1060)
    assert table.replies == [""] * 4


def test_a_jump_passes_no_moment_of_the_story():
    plan = plan_with(
        mend=RECOVER,
        call=NOTIFY | {"at": "T+2m", "acknowledge": "5m"},
    )
    table = Table(
        plan,
        (1, STAFF, Claimed(step="mend", takes=minutes(10))),
        (2, BOSS, Acknowledged(step="call")),
        (3, STAFF, Ended()),
    )
    steps = table.run()
    assert steps["call"].started == pytest.approx(120)
    assert steps["mend"].ended == pytest.approx(600)


def test_the_story_is_not_jumped_to_unless_the_facilitator_says_so():
    plan = plan_with(call=NOTIFY | {"at": "T+20m", "acknowledge": "5m"})
    table = Table(
        plan, (60, STAFF, Jumped()), (61, BOSS, Acknowledged(step="call")), (62, STAFF, Ended())
    )
    assert table.run()["call"].ended == pytest.approx(61)
    table = Table(plan, (1201, BOSS, Acknowledged(step="call")), (1202, STAFF, Ended()))
    assert table.run()["call"].started == pytest.approx(1200)


def test_who_ends_it_early_waits_for_nothing():
    plan = plan_with(hit=INJECT | {"expect": "5m", "timeout": "10m"}, mend=RECOVER, choose=DECIDE)
    table = Table(plan, (2, STAFF, Ended()), abort_at=1.0)
    steps = table.run()
    assert table.real.passed == 2
    assert steps["mend"].phase == "failed"
    assert "before anybody said" in steps["mend"].note
    assert (table.state.closed, table.state.standing) == (True, ())


class DiedError(Exception):
    """The conductor's process is no more."""


def dies(*_):
    raise DiedError


def test_taken_up_it_goes_on_where_it_stood_and_what_was_broken_still_is():
    shop = {**service(rto={"target": "1h"}), "probe": PROBE | {"every": "100ms"}, "stable": "1s"}
    plan = plan_with(
        {"shop": shop},
        hit=INJECT | {"expect": "1s"},
        mend=MEND | {"after": ["hit"]},
        page=NOTIFY | {"after": ["hit"], "acknowledge": "10m"},
    )
    first = Table(plan, (30, STAFF, Claimed(step="mend", takes=minutes(20))))
    first.conductor.say = dies  # at the moment when the claim would come
    with pytest.raises(DiedError):
        first.run()
    stood = tuple(first.journal)[-1].at
    second = Table(
        plan,
        (5, STAFF, Claimed(step="mend", takes=minutes(20))),
        (6, BOSS, Acknowledged(step="page")),
        (300, STAFF, Ended()),
        before=first,
    )
    assert second.clock.now().boot_ns == stood.boot_ns  # no time passed meanwhile
    steps = second.run()
    assert second.replies == ["", "", ""]
    assert [steps[id_].phase for id_ in ("hit", "mend", "page")] == ["done"] * 3
    assert steps["mend"].ended - steps["mend"].started == pytest.approx(20 * 60)
    samples = [
        s for r in second.journal if r.event.type == "samples-taken" for s in r.event.samples
    ]
    again = [s.state for s in samples if s.start > stood.boot_ns]
    assert (again[0], again[-1]) == ("bad", "good")


def test_taken_up_after_the_recovery_all_is_well():
    shop = {**service(), "probe": PROBE | {"every": "100ms"}, "stable": "1s"}
    plan = plan_with(
        {"shop": shop},
        hit=INJECT | {"expect": "1s"},
        mend=MEND | {"after": ["hit"]},
        page=NOTIFY | {"after": ["mend"], "acknowledge": "10m"},
    )
    first = Table(
        plan, (30, STAFF, Claimed(step="mend", takes=minutes(1))), (40, BOSS, Held(why="x"))
    )
    said = first.conductor.say
    first.conductor.say = lambda *words: (dies if words[0] == BOSS else said)(*words)
    with pytest.raises(DiedError):
        first.run()
    stood = tuple(first.journal)[-1].at
    second = Table(plan, (6, BOSS, Acknowledged(step="page")), (300, STAFF, Ended()), before=first)
    second.run()
    samples = [
        s for r in second.journal if r.event.type == "samples-taken" for s in r.event.samples
    ]
    assert {s.state for s in samples if s.start > stood.boot_ns} == {"good"}


def test_a_clock_that_is_taken_up_goes_on_at_its_last_stamp_after_a_reboot_too():
    real, last = Real(), at(500, boot="another")
    clock = PacedClock(real, last)
    real.passed = 2
    assert (clock.now().boot_ns, clock.now().boot) == (at(502).boot_ns, "another")


def test_a_nudge_ends_a_real_rest_and_none_is_kept_for_later():
    crew = Seated(PacedClock(Real()), plan_with(mend=RECOVER))
    began = time.monotonic()
    crew.nudge()
    crew.nudge()
    assert crew.wait(at(60)) == ()
    assert time.monotonic() - began < 5
    assert crew.wait(at(0.3)) == ()
    assert time.monotonic() - began >= 0.3


def test_a_signal_that_comes_while_it_rests_ends_the_rest():
    crew = Seated(PacedClock(Real()), plan_with(mend=RECOVER))
    before = signal.signal(signal.SIGALRM, lambda *_: crew.nudge())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        began = time.monotonic()
        assert crew.wait(at(60)) == ()
        assert time.monotonic() - began < 5
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_decision_and_a_claim_side_by_side():
    plan = plan_with(choose=DECIDE | {"default": {"option": "no", "after": "10m"}}, mend=RECOVER)
    table = Table(
        plan,
        (1, BOSS, Decided(step="choose", choice="yes")),
        (2, STAFF, Claimed(step="mend", takes=minutes(3))),
        (3, STAFF, Ended()),
    )
    steps = table.run()
    assert (steps["choose"].ended, steps["mend"].ended) == (1, pytest.approx(180))
