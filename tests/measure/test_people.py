"""What people do, measured: the marks they set, their steps, ratings, time limits, findings."""

from datetime import UTC, datetime

import pytest

from drill.model.events import AbortOrdered, ConductorResumed, StepExpired, StepSkipped
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.sayings import (
    Accepted,
    Acknowledged,
    Claimed,
    Decided,
    Finished,
    Held,
    Joined,
    Jumped,
    KeptBack,
    Noted,
    Observed,
    Reflected,
    Refused,
    Released,
    Resumed,
    Skipped,
)
from drill.model.view import EscalationView, Grade, Verdict

MINUTE = 60.0
PLAN = {
    "lose": {"inject": "host.power-off", "on": "db1", "timeout": "15s"},
    "detect": {
        "check": "service.state",
        "with": {"service": "orders", "is": "bad", "for": "1m"},
        "after": ["lose"],
        "timeout": "2h",
    },
    "alert": {"notify": "on-call", "message": "down", "after": ["detect"], "acknowledge": "1h"},
    "assess": {
        "decide": "How bad?",
        "by": "lead",
        "options": {"major": "very", "minor": "hardly"},
        "default": {"option": "minor", "after": "1h"},
        "after": ["alert"],
    },
    "declare": {
        "decide": "Fail over?",
        "by": "lead",
        "options": {"go": "fail over", "wait": "look on"},
        "default": {"option": "wait", "after": "1h"},
        "after": ["assess"],
    },
    "promote": {"recover": "ssh.command", "on": "db2", "after": ["declare.go"], "timeout": "1h"},
    "accept": {"task": "Place an order.", "by": "head", "after": ["promote"], "timeout": "3h"},
}
TABLE = """
T0   10:00  A
T1m  10:04  A
T1   10:11  C
T2   10:30  C
T3   10:52  C
T5   10:53  B
T6   11:10  A
T9   11:41  C
"""
SPANS = """
RTA from onset        70
RTA from detection    59
RTA from declaration  18
outage, against MTPD  101
human detection       11
decision              41
assessment            19
work recovery time    31
"""
"""In minutes."""


def minutes(clock):
    hours, past = clock.split(":")
    return (int(hours) - 9) * 60 + int(past)


def at(p, clock):
    return p.at(minutes(clock) * MINUTE)


def answered(p, step, begun, clock, outcome=None, by="Kim"):
    at(p, begun).start(step)
    at(p, clock).end(step, outcome, by)


def marks(view):
    return {one.name: one for one in view.marks if one.service in (None, "orders")}


def steps(view):
    return {one.id: one for one in view.steps}


def spans(view):
    return {one.name: one for one in view.durations}


@pytest.fixture
def told(pen, a_service):
    """Return a function that tells the exercise of the table, from 9:00."""
    probe = {"uses": "http.get", "every": "1s", "within": "1s"}
    rto = {"target": "60m"}
    services = {"orders": a_service(rto=rto, rpo=None, ledger=None, probe=probe, stable="3s")}

    def tell(mode="live", **more):
        p = pen(steps=PLAN, services=services, mode=mode, **more)
        p.watch()
        p.series(3540, 3600, "good", every=1.0)
        p.fault(3599.9, 3600.1)
        p.series(3600, 3840, "bad", every=1.0)
        answered(p, "detect", "10:01", "10:04", by="")
        p.series(3841, 4270, "bad", every=1.0)
        answered(p, "alert", "10:04", "10:11", by="Robin")
        answered(p, "assess", "10:11", "10:30", Done(choice="major"))
        answered(p, "declare", "10:31", "10:52", Done(choice="go"))
        p.series(4271, 7800, "bad", every=1.0)
        answered(p, "promote", "10:53", "11:09", by="")
        p.series(7800, 7900, "good", every=1.0)
        answered(p, "accept", "11:11", "11:41", by="Hilde")
        p.series(7900, 9700, "good", every=1.0)
        p.at(9700).undo("lose")
        return p

    return tell


def rows(table):
    return [line.rsplit(maxsplit=1) for line in table.strip().splitlines()]


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
@pytest.mark.parametrize("mode", ["live", "tabletop"])
def test_each_mark_is_where_the_table_expects_it(told, row, mode):
    name, clock, grade = row.split()
    one = marks(told(mode).close())[name]
    assert one.at == pytest.approx(minutes(clock) * MINUTE, abs=1.1)
    assert one.grade == (Grade(grade) if mode == "live" else Grade.D)


def test_the_recovery_time_is_told_from_each_start_and_gross_decides(told):
    view = told().close()
    for name, expected in rows(SPANS):
        actual = spans(view)[name.strip()].actual
        assert actual.lo == pytest.approx(int(expected) * MINUTE, abs=5)
        assert actual.lo <= int(expected) * MINUTE + 1.1
        assert int(expected) * MINUTE - 1.1 <= actual.hi
        assert actual.hi == pytest.approx(int(expected) * MINUTE, abs=5)
    (rto,) = view.objectives
    assert (rto.verdict, rto.counted_from, rto.target) == (Verdict.MISSED, "T0", 3600.0)


def test_a_hold_that_would_save_the_promise_changes_no_verdict(told):
    p = told()
    after = p.records[1:]
    del p.records[1:]
    cut = next(n for n, one in enumerate(after) if getattr(one.event, "step", "") == "promote")
    p.records += [one.model_copy(update={"seq": n + 1}) for n, one in enumerate(after[:cut])]
    at(p, "10:53").say("facilitator", Held(why="fire alarm"))
    p.at(minutes("11:08") * MINUTE).say("facilitator", Resumed())
    p.records += [one.model_copy(update={"seq": n + cut + 3}) for n, one in enumerate(after[cut:])]
    view = p.at(9700).close()
    rta = spans(view)["RTA from onset"]
    assert rta.actual.lo == pytest.approx(70 * MINUTE, abs=5)
    assert rta.net.hi == pytest.approx(55 * MINUTE, abs=5)
    assert view.objectives[0].verdict is Verdict.MISSED
    assert (view.gross, view.net) == (9700.0, 9700.0 - 15 * MINUTE)


# ---- the marks that people set

ONE = {"alert": {"notify": "on-call", "message": "down", "acknowledge": "1h"}}


def decide(after=()):
    return {
        "decide": "?",
        "by": "lead",
        "options": {"yes": "do", "no": "leave"},
        "default": {"option": "no", "after": "1h"},
        "after": list(after),
    }


def test_a_report_that_came_before_the_acknowledgement_is_the_detection(pen):
    p = pen(steps=ONE, services={})
    p.at(1).start("alert")
    p.at(2).say("facilitator", Noted(text="they look puzzled"))
    p.at(3).say("lead", Noted(text="the shop is down"), refused="not in this mode")
    p.at(4).say("lead", Noted(text="customers call"), person="Kim")
    p.at(5).end("alert", by="Robin")
    one = marks(p.view())["T1"]
    assert (one.at, one.grade, one.note) == (4.0, Grade.C, "Kim reported it")


def test_what_is_reported_after_the_acknowledgement_detects_nothing(pen):
    p = pen(steps=ONE, services={})
    p.at(1).start("alert")
    p.at(2).end("alert", by="Robin")
    p.at(3).say("lead", Noted(text="the shop is down", step="alert"))
    assert marks(p.view())["T1"].note == "Robin"


def test_a_decoy_is_not_detected(pen):
    plan = {"fake": ONE["alert"] | {"decoy": True}}
    p = pen(steps=plan, services={})
    p.at(1).start("fake")
    p.at(2).say("lead", Noted(text="odd", step="fake"))
    p.at(3).end("fake", by="Robin")
    assert marks(p.view())["T1"].at is None


STORY = {
    "decoy": {"inject": "story", "story": "A printer jams.", "decoy": True},
    "smoke": {"inject": "story", "story": "Smoke.", "to": "lead", "at": "T+10s"},
    "alert": ONE["alert"],
}


@pytest.mark.parametrize(("mode", "onset"), [("tabletop", 12.0), ("live", None)])
def test_a_story_declares_the_onset_of_a_service_that_no_probe_looks_at(pen, mode, onset):
    p = pen(steps=STORY, services={"orders": {"owner": "head"}}, mode=mode)
    for step, moment in (("decoy", 2), ("alert", 3), ("smoke", 12)):
        p.at(moment).start(step)
        p.end(step, Done(note="told"))
    p.at(14).say("on-call", Noted(text="smoke in the hall"))
    view = p.view()
    assert marks(view)["T0"].at == onset
    assert marks(view)["T1"].at == 14.0


def test_a_story_declares_nothing_of_what_a_probe_looks_at(pen, a_service):
    services = {"orders": a_service(), "mail": {"owner": "head"}}
    p = pen(steps=STORY, services=services, mode="tabletop")
    p.at(2).start("smoke")
    p.end("smoke", Done(note="told"))
    onsets = {one.service: one.at for one in p.view().marks if one.name == "T0"}
    assert onsets == {"orders": None, "mail": 2.0}


@pytest.mark.parametrize(
    ("plan", "said", "assessed", "declared"),
    [
        ({"a": decide()}, "a yes 2", None, 2.0),
        ({"a": decide(), "b": decide()}, "a yes 2, b yes 4", None, 2.0),
        ({"a": decide(), "b": decide()}, "a - 2, b yes 4", None, 4.0),
        ({"a": decide(), "b": decide()}, "a - 2, b - 4", None, 2.0),
        (
            {
                "a": decide(),
                "b": decide(["a"]),
                "do": {"task": "x", "by": "lead", "timeout": "1h", "after": ["b.yes"]},
            },
            "a yes 2, b yes 4",
            2.0,
            4.0,
        ),
        (
            {
                "a": decide(),
                "b": decide(["a"]),
                "do": {"task": "x", "by": "lead", "timeout": "1h", "after": ["a.yes"]},
                "fix": PLAN["promote"] | {"after": ["b.yes"]},
            },
            "a yes 2, b yes 4",
            2.0,
            4.0,
        ),
    ],
)
def test_the_declaration_is_told_from_the_assessment(pen, plan, said, assessed, declared):
    p = pen(steps=plan, services={})
    for word in said.split(", "):
        step, choice, moment = word.split()
        p.at(float(moment) - 1).start(step)
        outcome = Done(choice="no", defaulted=True) if choice == "-" else Done(choice=choice)
        p.at(float(moment)).end(step, outcome, by="" if choice == "-" else "Kim")
    found = marks(p.view())
    assert (found["T2"].at, found["T3"].at) == (assessed, declared)


@pytest.mark.parametrize(
    ("role", "at_"), [("head", 9000.0), ("head-deputy", 9000.0), ("facilitator", None)]
)
def test_nobody_but_the_owner_accepts(told, role, at_):
    p = told()
    (ended,) = [
        n for n, one in enumerate(p.records)
        if one.event.type == "step-ended" and one.event.step == "accept"
    ]  # fmt: skip
    tail = p.records[ended:]
    del p.records[ended:]
    p.at(9000).say(role, Finished(step="accept"))
    p.records += tail
    end = marks(p.view())["T9"].at
    assert end == (None if at_ is None else minutes("11:41") * MINUTE)


# ---- the steps of people

PEOPLE = {
    "smoke": {"inject": "story", "story": "Smoke.", "to": ["lead", "head"], "at": "T+1m"},
    "tell": {
        "notify": "on-call",
        "message": "down",
        "acknowledge": "1h",
        "escalate": [{"after": "5m", "to": "lead"}, {"after": "10m", "channel": "runner"}],
        "expected": "They call the lead.",
        "questions": ["Do they use the list?"],
        "decoy": True,
        "on-failure": "continue",
    },
    "choose": decide(),
    "do": {"task": "Restore.", "by": "head", "timeout": "1h", "expect": "10s"},
    "instead": {
        "task": "Call the supplier.", "by": "head", "timeout": "1h", "if-missed": "tell",
    },
    "fix": {"recover": "ssh.command", "on": "db2", "timeout": "1h"},
}  # fmt: skip


@pytest.fixture
def p(pen):
    return pen(steps=PEOPLE, services={}, mode="tabletop", facilitated=True)


def test_a_step_shows_what_was_asked_of_people_and_what_they_said(p):
    p.at(1).start("tell")
    p.at(301).escalate("tell", "lead")
    p.at(601).escalate("tell", "on-call", "runner")
    p.at(602).start("do")
    p.at(603).say("head", Accepted(step="do"), person="Hilde")
    p.at(604).say("lead", Accepted(step="do"), person="Kim", refused="it is not yours")
    p.at(605).start("fix")
    p.at(606).say("lead", Claimed(step="fix", takes="20m", works=False, note="by tape"))
    p.at(607).start("choose")
    p.at(608).end("choose", Done(choice="no", defaulted=True))
    found = steps(p.view())
    tell = found["tell"]
    assert tell.escalations == (
        EscalationView(at=301.0, to="lead"),
        EscalationView(at=601.0, to="on-call", channel="runner"),
    )
    assert (tell.expected, tell.questions, tell.decoy) == (
        "They call the lead.", ("Do they use the list?",), True,
    )  # fmt: skip
    assert found["do"].accepted_by == "Hilde"
    assert found["fix"].claimed == 1200.0
    assert (found["choose"].defaulted, found["do"].defaulted) == (True, False)
    assert found["instead"].contingency
    assert not found["tell"].contingency
    smoke = found["smoke"]
    assert (smoke.told_to, smoke.due, smoke.lane) == (("lead", "head"), 60.0, "story")
    assert found["fix"].told_to == ()


def test_a_hold_moves_the_deadlines_of_people_and_of_no_machine(pen):
    for mode, facilitated, moved in (("live", False, None), ("tabletop", True, 2 + 60 + 8)):
        p = pen(steps=PEOPLE | {"see": PLAN["detect"] | {"after": []}}, services={}, mode=mode,
                facilitated=facilitated)  # fmt: skip
        p.at(1).start("do")
        p.at(2).start("fix")
        p.at(3).start("see")
        p.at(5).say("facilitator", Held(why="a fire alarm"), person="Fay")
        p.at(6).say("facilitator", Held(why="again"))
        p.at(9).start("choose")
        p.at(13).say("facilitator", Resumed())
        found = steps(p.at(14).view(p.stamp(14)))
        assert found["do"].deadline == 1 + 60 + 8
        assert found["choose"].deadline == 9 + 60 + 4
        assert found["fix"].deadline == moved
        assert found["see"].deadline is None
        assert found["tell"].deadline is None


def test_while_the_clock_is_held_every_second_moves_the_deadline(p):
    p.at(1).start("do")
    p.at(5).say("facilitator", Held(why="a fire alarm"), person="Fay")
    view = p.view(p.stamp(25))
    assert (view.held, view.gross, view.net) == (True, 25.0, 5.0)
    assert steps(view)["do"].deadline == 1 + 60 + 20
    (hold,) = view.holds
    assert (hold.begins, hold.ends, hold.by, hold.why) == (5.0, None, "Fay", "a fire alarm")
    p.at(26).end("do", Failed(error="refused"))
    assert steps(p.view(p.stamp(40)))["do"].deadline == 1 + 60 + 21


@pytest.mark.parametrize(
    ("begun", "approved_by", "held"),
    [(True, "", False), (True, "Ann", True), (False, "", True)],
    ids=["it only heals, and what stops is never held", "it goes on", "nothing had begun"],
)
def test_a_hold_lasts_over_a_restart_only_if_the_exercise_goes_on(p, begun, approved_by, held):
    if begun:
        p.at(1).start("do")
    p.at(5).say("facilitator", Held(why="a fire alarm"))
    p.at(8).write(ConductorResumed(approved_by=approved_by))
    view = p.at(20).close()
    assert (view.gross, view.net) == (20.0, 5.0 if held else 17.0)


def test_at_a_table_the_clock_is_put_forward_over_what_people_claim(p):
    p.at(1).start("fix")
    p.wall_step = -1200.0
    p.at(1202).end("fix", by="Kim")
    view = p.view(p.stamp(1205))
    assert (view.clock_notes, view.gross, view.net) == ((), 1205.0, 1205.0)
    real = p.stamp(5).model_copy(update={"wall": p.stamp(1206).wall})
    assert p.view(real).gross == 1206.0


@pytest.mark.parametrize(
    "event",
    [
        lambda p: p.say("facilitator", Resumed()),
        lambda p: p.write(AbortOrdered(by="Fay", why="enough")),
        lambda p: p.end("do", Failed(error="no")),
        lambda p: p.close(),
    ],
)
def test_a_hold_ends_with_whatever_ends_it(p, event):
    p.at(1).start("do")
    p.at(5).say("facilitator", Held(why="lunch"))
    p.at(7)
    event(p)
    view = p.at(9).view(p.stamp(9))
    assert not view.held
    assert [hold.ends for hold in view.holds] == [7.0]


def test_a_step_whose_failure_stops_nothing_ends_no_hold(p):
    p.at(1).start("tell")
    p.at(5).say("facilitator", Held(why="lunch"))
    p.at(7).end("tell", Failed(error="nobody"))
    assert p.view().held


def test_whoever_resumes_what_is_not_held_changes_nothing(p):
    p.at(7).say("facilitator", Resumed())
    assert p.view().holds == ()


def test_a_jump_puts_the_clock_forward_to_the_next_moment_that_is_waited_for(p):
    p.at(10).say("facilitator", Jumped())
    view = p.view(p.stamp(11))
    assert (view.gross, view.net) == (11.0, 61.0)
    p.at(12).say("facilitator", Jumped())
    assert p.view(p.stamp(13)).net == 63.0


def test_the_clock_can_be_put_forward_at_once(p):
    p.at(0).say("facilitator", Jumped())
    assert p.view().net == 60.0


def test_a_jump_is_to_the_earliest_of_the_moments_ahead(pen):
    story = {"inject": "story", "story": "x"}
    plan = {f"at-{at}": story | {"at": f"T+{at}"} for at in ("2h", "1h", "1s")}
    p = pen(steps=plan, services={}, facilitated=True)
    p.at(10).say("facilitator", Jumped())
    assert p.view().net == 3600.0
    p.at(11).say("facilitator", Jumped())
    assert p.view().net == 7200.0


@pytest.mark.parametrize(
    "before",
    [
        lambda p: p.start("smoke"),
        lambda p: p.write(StepSkipped(step="smoke", because="no")),
        lambda p: p.say("facilitator", Released(step="smoke")),
    ],
)
def test_nobody_waits_for_the_moment_of_what_has_begun_or_was_left_out(p, before):
    p.at(5)
    before(p)
    p.at(10).say("facilitator", Jumped())
    assert p.view().net == 10.0


def test_what_began_before_its_moment_waited_for_nothing(pen):
    later = {"tell": ONE["alert"], "smoke": STORY["smoke"] | {"after": ["tell"], "at": "T+1h"}}
    p = pen(steps=later, services={}, facilitated=True)
    p.at(1).start("tell")
    p.at(2).end("tell")
    assert steps(p.view())["smoke"].ready == 3600.0
    p.at(3).say("facilitator", Released(step="smoke"))
    p.at(3).start("smoke")
    assert steps(p.view())["smoke"].ready == 3.0


def test_what_is_kept_back_waits_until_it_is_released(p):
    p.at(1).say("facilitator", KeptBack(step="smoke"))
    assert steps(p.view())["smoke"].kept_back
    p.at(2).say("facilitator", Released(step="smoke"))
    assert not steps(p.view())["smoke"].kept_back
    p.at(3).say("facilitator", KeptBack(step="smoke"))
    p.at(4).say("facilitator", Skipped(step="smoke", why="no time"))
    p.at(4).write(StepSkipped(step="smoke", because="left out"))
    assert not steps(p.view())["smoke"].kept_back


def test_what_became_due_while_the_clock_was_held_waits_to_be_released(pen):
    story = {"inject": "story", "story": "x"}
    plan = {
        "tell": ONE["alert"],
        "now": story,
        "ahead": story | {"at": "T+1h"},
        "next": story | {"after": ["tell"]},
        "never": story | {"after": ["far"]},
        "far": ONE["alert"],
        "do": PEOPLE["do"],
    }
    p = pen(steps=plan, services={}, facilitated=True)
    p.at(1).start("tell")
    p.at(2).say("facilitator", Held(why="lunch"))
    p.at(3).end("tell")
    p.at(4).say("facilitator", Resumed())
    kept = [name for name, step in steps(p.view()).items() if step.kept_back]
    assert kept == ["now", "next"]


# ---- what people said


def test_everything_that_was_said_is_in_the_view_and_in_the_log(p):
    p.at(1).start("choose")
    p.at(2).say("lead", Decided(step="choose", choice="yes", note="at once"), person="Kim")
    p.at(3).say("head", Acknowledged(step="tell"), person="Hilde", refused="it is not yours")
    p.at(4).say("evaluator", Observed(objective="calm", rating="S", text="slow"), person="Eve")
    p.at(5).say("lead", Claimed(step="fix", takes="90s", works=False, note="by tape"))
    p.at(6).say("lead", Joined(), person="Kim")
    p.at(7).say("lead", Reflected(about="strength", text="quick"), person="Kim")
    p.at(8).say("lead", Claimed(step="fix", takes="90s"))
    p.at(9).start("tell")
    p.at(9).escalate("tell", "lead", "phone")
    p.at(9).escalate("tell", "lead")
    view = p.view()
    assert [one.text for one in view.sayings] == [
        "yes, at once", "", "slow", "1m30s, and it would fail, by tape", "", "quick", "1m30s",
    ]  # fmt: skip
    first, second, third = view.sayings[:3]
    assert (first.person, first.role, first.says, first.step, first.at, first.means) == (
        "Kim", "lead", "decided", "choose", 2.0, "console",
    )  # fmt: skip
    assert second.refused == "it is not yours"
    assert (third.objective, third.rating) == ("calm", "S")
    assert view.sayings[5].about == "strength"
    lines = [(one.what, one.step, one.text) for one in view.log]
    assert ("person-said", "choose", "Kim (lead) decides choose: yes, at once") in lines
    refused = "Hilde (head) acknowledges tell (refused: it is not yours)"
    assert ("person-said", "tell", refused) in lines
    assert ("person-said", "", "Eve (evaluator) observes calm: rated S, slow") in lines
    assert ("person-said", "", "Kim (lead) joins") in lines
    sent = "tell was not acknowledged, and is sent to lead"
    assert {("escalated", "tell", f"{sent} by phone"), ("escalated", "tell", sent)} <= set(lines)


def test_whether_somebody_facilitates_and_when_the_story_begins_is_told(pen):
    began = "2027-03-01T03:10:00+01:00"
    view = pen(steps=STORY, services={}, facilitated=True, **{"story-time": began}).view()
    assert (view.facilitated, view.story_began) == (True, datetime(2027, 3, 1, 2, 10, tzinfo=UTC))
    assert (pen().view().facilitated, pen().view().story_began) == (False, None)


# ---- objectives of people and plans

CALM = {
    "calm": {"text": "They stay calm.", "capability": "Planning", "steps": ["do", "choose"]},
}


def rated(pen, *ends, observed=(), closed=True, before=lambda p: None):
    p = pen(steps=PEOPLE, services={}, objectives=CALM)
    for step, outcome, took in ends:
        p.at(p.now + 1).start(step)
        before(p)
        p.at(p.now + took)
        if outcome is not None:
            p.end(step, outcome)
    for person, refused, more in observed:
        p.say("evaluator", Observed(objective="calm", **more), person, refused)
    view = p.close() if closed else p.view()
    return view.ratings[0]


WELL, LATE = ("do", Done(), 1), ("do", Done(), 11)
CHOSEN = ("choose", Done(choice="yes"), 1)
DEFAULT = ("choose", Done(choice="no", defaulted=True), 1)
BROKEN, UNKNOWN = ("do", Failed(error="no"), 1), ("do", Indeterminate(error="?"), 1)


@pytest.mark.parametrize(
    ("ends", "closed", "rating", "because"),
    [
        ((WELL, CHOSEN), False, "P", "each of its steps was done in time"),
        ((LATE, CHOSEN), False, "S", "late, or only after it was sent again: do"),
        ((WELL, DEFAULT), False, "M", "missed: choose"),
        ((BROKEN, CHOSEN), False, "M", "missed: do"),
        ((BROKEN, DEFAULT), False, "U", "missed: do, choose"),
        ((UNKNOWN, DEFAULT), False, "U", "missed: do, choose"),
        ((WELL,), False, "", "its steps are not over"),
        ((WELL,), True, "P", "each of its steps was done in time"),
        ((("do", None, 1), CHOSEN), False, "", "its steps are not over"),
        ((), True, "", "none of its steps was attempted"),
    ],
)
def test_a_rule_proposes_a_rating_by_the_steps(pen, ends, closed, rating, because):
    one = rated(pen, *ends, closed=closed)
    assert (one.objective, one.text, one.capability) == ("calm", "They stay calm.", "Planning")
    assert (one.proposed, one.because) == (rating, because)
    assert (one.set, one.set_by, one.reason, one.observations) == ("", "", "", ())


def test_what_had_to_be_sent_again_was_a_challenge(pen):
    one = rated(
        pen, WELL, CHOSEN, before=lambda p: p.tickets.get("choose") or p.escalate("do", "lead")
    )
    assert one.proposed == "S"


def test_what_was_left_out_shows_nothing(pen):
    p = pen(steps=PEOPLE, services={}, objectives=CALM)
    p.write(StepSkipped(step="choose", because="no time"))
    p.at(1).start("do")
    p.at(2).end("do")
    assert p.view().ratings[0].proposed == "P"


@pytest.mark.parametrize(("by", "rating"), [("the plan", ""), ("--yes-as", ""), ("Hilde", "P")])
def test_what_nobody_did_shows_nothing_of_people(pen, by, rating):
    p = pen(steps=PEOPLE, services={}, objectives=CALM, mode="rehearsal")
    p.at(1).start("do")
    p.at(2).end("do", by=by)
    assert p.close().ratings[0].proposed == rating


def test_the_last_rating_of_an_evaluator_is_kept_beside_the_one_proposed(pen):
    observed = (
        ("Eve", "", {"rating": "S", "text": "slow"}),
        ("Eve", "", {"text": "the list was old"}),
        ("Eva", "", {"rating": "M", "text": "they guessed"}),
        ("Kim", "only an evaluator may", {"rating": "P"}),
    )
    one = rated(pen, WELL, CHOSEN, observed=observed)
    assert (one.proposed, one.set, one.set_by, one.reason) == ("P", "M", "Eva", "they guessed")
    assert [each.text for each in one.observations] == ["slow", "the list was old", "they guessed"]
    assert len(one.records) == 5


# ---- time limits

DUTY = {
    "report": {
        "text": "Tell the authority.",
        "source": "GDPR Art. 33(1)",
        "from": "tell",
        "to": "do",
        "within": "100s",
    }
}


def limited(pen, end=None, outcome=None, now=50, before=lambda p: None, closed=False):
    p = pen(steps=PEOPLE, services={}, duties=DUTY, facilitated=True)
    p.at(1).start("tell")
    p.at(10).end("tell")
    before(p)
    if end is not None:
        p.at(end).start("do")
        p.end("do", outcome)
    if closed:
        p.at(now).close()
    return p.view(p.stamp(now)).duties[0]


@pytest.mark.parametrize(
    ("end", "outcome", "now", "took", "verdict"),
    [
        (110, None, 200, 100.0, Verdict.MET),
        (111, None, 200, 101.0, Verdict.MISSED),
        (None, None, 110, 100.0, Verdict.NOT_MEASURED),
        (None, None, 111, 101.0, Verdict.MISSED),
        (50, Failed(error="refused"), 60, 50.0, Verdict.MISSED),
        (50, Indeterminate(error="?"), 60, 50.0, Verdict.MISSED),
        (50, Done(choice="no", defaulted=True), 60, 50.0, Verdict.MISSED),
    ],
)
def test_a_time_limit_is_met_missed_or_not_measured(pen, end, outcome, now, took, verdict):
    one = limited(pen, end, outcome, now)
    assert (one.name, one.text, one.source, one.within) == (
        "report", "Tell the authority.", "GDPR Art. 33(1)", 100.0,
    )  # fmt: skip
    assert (one.begins, one.took, one.net, one.verdict) == (10.0, took, took, verdict)


def test_a_time_limit_that_never_began_does_not_apply(pen):
    view = pen(steps=PEOPLE, services={}, duties=DUTY).close()
    (one,) = view.duties
    assert (one.begins, one.ends, one.took, one.net) == (None, None, None, None)
    assert one.verdict is Verdict.NOT_APPLICABLE
    assert (view.verdict, view.exit_status) == (Verdict.NOT_APPLICABLE, 0)
    assert view.summary.startswith("Duty report not applicable.")


@pytest.mark.parametrize(
    ("end", "now", "verdict", "exit_status", "said"),
    [
        (110, 110, Verdict.MET, 0, "Duty report met: 100.00 s of 100 s."),
        (111, 111, Verdict.MISSED, 1, "Duty report missed: 101.00 s of 100 s."),
        (None, 60, Verdict.NOT_MEASURED, 3, "Duty report not measured: 50.00 s of 100 s."),
    ],
)
def test_a_time_limit_is_mandatory_to_the_verdict(pen, end, now, verdict, exit_status, said):
    p = pen(steps=PEOPLE, services={}, duties=DUTY)
    p.at(1).start("tell")
    p.at(10).end("tell")
    if end is not None:
        p.at(end).start("do")
        p.end("do")
    view = p.at(now).close()
    assert (view.verdict, view.exit_status) == (verdict, exit_status)
    assert view.summary.startswith(said)


JUDGED = {
    "judge": {
        "decide": "How high is the risk?",
        "by": "lead",
        "options": {"high": "tell them", "low": "do not"},
        "default": {"option": "low", "after": "1h"},
    },
    "write": {"task": "Write it.", "by": "lead", "after": ["judge.high"], "timeout": "1h"},
    "do": {"task": "Tell them.", "by": "head", "after": ["write"], "timeout": "1h"},
}
WARNED = {"people": {"text": "Tell the people.", "from": "judge", "to": "do", "within": "100s"}}


def judged(pen, outcome, *skipped):
    """Return how the duty and the run stand after a judgement, and after what was left out."""
    p = pen(steps=JUDGED, services={}, duties=WARNED)
    p.at(1).start("judge")
    p.at(10).end("judge", outcome)
    for step in skipped:
        p.write(StepSkipped(step=step, because="so it came"))
    view = p.at(500).close()
    return view.duties[0].verdict, view.exit_status


@pytest.mark.parametrize(
    ("outcome", "skipped", "verdict"),
    [
        (Done(choice="low"), ("write", "do"), Verdict.NOT_APPLICABLE),
        (Done(choice="low"), (), Verdict.MISSED),
        (Done(choice="low", defaulted=True), ("write", "do"), Verdict.MISSED),
        (Failed(error="nobody"), ("write", "do"), Verdict.MISSED),
        (Done(choice="high"), ("write", "do"), Verdict.MISSED),
        (Done(choice="high"), ("do",), Verdict.MISSED),
    ],
)
def test_a_decision_lets_off_what_it_does_not_ask_for(pen, outcome, skipped, verdict):
    status = 0 if verdict is Verdict.NOT_APPLICABLE else 1
    assert judged(pen, outcome, *skipped) == (verdict, status)


def test_what_was_done_before_the_limit_began_is_met(pen):
    p = pen(steps=PEOPLE, services={}, duties=DUTY)
    p.at(1).start("do")
    p.at(2).end("do")
    p.at(3).start("tell")
    p.at(4).end("tell")
    (one,) = p.view().duties
    assert (one.took, one.verdict) == (0.0, Verdict.MET)


def test_what_ended_after_it_was_told_to_stop_was_not_done(pen):
    p = pen(steps=PEOPLE, services={}, duties=DUTY)
    p.at(1).start("tell")
    p.at(2).end("tell")
    p.at(3).start("do")
    p.at(4).write(StepExpired(step="do"))
    p.at(5).end("do")
    assert p.view().duties[0].verdict is Verdict.MISSED


def test_no_authority_stops_its_clock_for_an_exercise(pen):
    def pause(p):
        p.at(20).say("facilitator", Held(why="lunch"))
        p.at(80).say("facilitator", Resumed())

    one = limited(pen, 120, now=200, before=pause)
    assert (one.took, one.net, one.verdict) == (110.0, 50.0, Verdict.MISSED)


def test_time_that_was_jumped_has_passed(pen):
    one = limited(pen, 60, now=99, before=lambda p: p.at(20).say("facilitator", Jumped()))
    assert (one.took, one.net, one.verdict) == (90.0, 90.0, Verdict.MET)


# ---- findings


def test_the_same_words_of_several_are_one_finding(p):
    p.at(1).say("lead", Reflected(about="improvement", text="The list  is old."), person="Kim")
    p.at(2).say("head", Reflected(about="improvement", text="the list is OLD."), person="Hilde")
    p.at(3).say("lead", Reflected(about="improvement", text="the list is old."), person="Kim")
    p.at(4).say("lead", Reflected(about="strength", text="the list is old."), person="Kim")
    p.at(5).say("lead", Reflected(about="strength", text="no"), refused="too early")
    found = [one for one in p.view().findings if one.by]
    assert [(one.about, one.text, one.by, len(one.records)) for one in found] == [
        ("improvement", "The list  is old.", ("Kim", "Hilde"), 3),
        ("strength", "the list is old.", ("Kim",), 1),
    ]


def test_rules_propose_what_was_not_decided_not_acknowledged_and_refused(p):
    p.at(1).start("tell")
    p.at(2).end("tell", Failed(error="on-call did not acknowledge in time"))
    p.at(3).start("choose")
    p.at(4).end("choose", Done(choice="no", defaulted=True))
    p.at(5).start("do")
    p.at(6).say("lead", Refused(step="do", note="no"), refused="it is not yours")
    p.at(7).say("head", Refused(step="do", note="no"))
    p.at(7).end("do", Failed(error="head refused: no"), by="Hilde")
    rules = ("unacknowledged", "defaulted", "refused", "failed")
    found = [one for one in p.view().findings if one.id.split(":")[0] in rules]
    assert [one.text for one in found] == [
        "on-call did not acknowledge tell: down",
        "lead did not decide choose in time; the plan's no was taken",
        "head refused do: Restore.",
    ]
    assert {one.about for one in found} == {"improvement"}
    assert all(one.records and not one.by for one in found)


def test_a_task_refused_only_by_those_whom_it_was_not_for_is_no_finding(p):
    p.at(1).start("do")
    p.at(2).say("lead", Refused(step="do", note="no"), refused="it is not yours")
    assert not [one for one in p.view().findings if one.id.startswith("refused")]
