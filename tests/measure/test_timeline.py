"""The whole View, from journals written by hand."""

import pytest

from drill.errors import JournalInconsistentError
from drill.measure.timeline import view
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    ExerciseClosed,
    LedgerReadStarted,
    Progressed,
    StepExpired,
    StepSkipped,
    StragglerReported,
    UndoEnded,
    UndoExpired,
    UndoStarted,
    WatchStopRequested,
)
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.view import Grade, LeaseView, Verdict

FULL = {
    "lose": {
        "inject": "host.power-off",
        "on": "db1",
        "timeout": "15s",
        "expect": "1s",
        "until": "accept.ended",
    },
    "detect": {
        "check": "service.state",
        "with": {"service": "orders", "is": "bad", "for": "300ms"},
        "after": ["lose"],
        "timeout": "1m",
    },
    "alert": {"notify": "on-call", "message": "down", "after": ["detect"], "acknowledge": "5m"},
    "declare": {
        "decide": "Fail over?",
        "by": "lead",
        "options": {"go": "fail over", "wait": "look on"},
        "default": {"option": "wait", "after": "10m"},
        "after": ["alert"],
    },
    "promote": {
        "recover": "ssh.command",
        "on": "db2",
        "after": ["declare.go"],
        "timeout": "30s",
        "expect": "1s",
    },
    "restored": {
        "check": "service.state",
        "with": {"service": "orders", "is": "good", "for": "1s"},
        "after": ["promote"],
        "timeout": "1m",
    },
    "verify": {"check": "tcp.connect", "after": ["restored"], "timeout": "1m"},
    "accept": {
        "task": "Place an order.",
        "by": "head",
        "after": ["verify"],
        "timeout": "30m",
        "expect": "1m",
    },
    "rejoin": {
        "recover": "ssh.command",
        "on": "db1",
        "after": ["lose.undone"],
        "timeout": "1m",
    },
}


def step(p, name, begin, end, outcome=None, by=""):
    p.at(begin).start(name)
    p.at(end).end(name, outcome, by)


@pytest.fixture
def full(pen):
    """Return a whole exercise in which everything went well, before it is closed."""
    p = pen(steps=FULL)
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good", "app1 db1")
    kept = [p.canary("ok", i / 10, i / 10 + 0.01) for i in range(30)]
    p.fault(3.0, 3.05)
    p.at(3.05).start("detect")
    p.series(3.1, 3.5, "bad")
    p.at(3.5).end("detect")
    step(p, "alert", 3.6, 4.0, by="Robin")
    step(p, "declare", 4.1, 5.0, Done(choice="go", note="now"), by="Kim")
    p.series(3.5, 6.0, "bad")
    p.at(5.1).start("promote")
    p.write(
        Progressed(step="promote", ticket=p.tickets["promote"], what="Promote", outcome="changed")
    )
    p.at(6.0).end("promote")
    p.at(6.0).start("restored")
    p.series(6.0, 7.5, "good", "app1 db2")
    p.at(7.5).end("restored")
    step(p, "verify", 7.6, 7.7)
    p.series(7.5, 8.5, "good", "app1 db2")
    step(p, "accept", 7.8, 8.6, by="--yes-as")
    p.at(8.7).undo("lose")
    step(p, "rejoin", 8.8, 9.0)
    p.series(8.5, 10.0, "good", "app1 db2")
    p.at(10.0).write(WatchStopRequested(service="orders", kind="ledger", deadline=p.stamp(40)))
    p.read_back(p.node("write-path", kept))
    return p


def mark(view, name):
    return next(one for one in view.marks if one.name == name)


def steps(view):
    return {one.id: one for one in view.steps}


def test_everything_that_happened_is_in_the_view(full):
    view = full.close()
    assert (view.run, view.mode, view.scenario) == ("run-1", "live", "lost-primary")
    assert (view.verdict, view.exit_status, view.phase) == (Verdict.MET, 0, "closed")
    assert [(one.measure, one.verdict) for one in view.objectives] == [
        ("RTO", Verdict.MET),
        ("RPO", Verdict.MET),
    ]
    assert view.summary == (
        "RTO of orders met: 2.84 to 3.02 s of 10 s; RPO of orders met: < 0.15 s of 5 s. "
        "Faults left standing: none."
    )
    assert (view.records, view.head, view.resumed) == (len(full.records), "head", 0)
    assert view.closed == full.records[-1].at.wall
    assert view.targets == (("db1", "a", "10.0.0.1"),)
    assert view.clock_notes == ()


@pytest.mark.parametrize(
    ("name", "at", "grade"),
    [
        ("T0c", 3.0, "B"),
        ("T0", 3.1, "A"),
        ("T1m", 3.5, "A"),
        ("T1", 4.0, "C"),
        ("T3", 5.0, "C"),
        ("T5", 5.1, "B"),
        ("T6", 6.01, "A"),
        ("T7", 7.7, "A"),
        ("T9", 8.6, "B"),
        ("T10", 9.0, "B"),
        ("T11", 8.71, "A"),
    ],
)
def test_each_mark_is_set_by_its_record(full, name, at, grade):
    one = mark(full.close(), name)
    assert one.at == pytest.approx(at)
    assert (one.grade, bool(one.records)) == (grade, True)
    assert (one.wall - full.records[0].at.wall).total_seconds() == pytest.approx(at)


@pytest.mark.parametrize("name", ["T2", "T4", "T8"])
def test_a_mark_that_nothing_sets_is_not_measured(full, name):
    one = mark(full.close(), name)
    assert (one.at, one.wall, one.grade, one.note) == (None, None, None, "not measured")


def test_durations_lie_between_the_marks(full):
    found = {one.name: one for one in full.close().durations}
    decision = found["decision"].actual
    assert decision.lo == pytest.approx(1.0, rel=1e-3)
    assert decision.hi == pytest.approx(1.0, rel=1e-3)
    assert decision.lo < 1.0 < decision.hi
    assert found["decision"].grade is Grade.C
    assert found["human detection"].actual.hi == pytest.approx(1.0, rel=1e-3)
    assert found["RTA from declaration"].actual.lo == pytest.approx(0.9, rel=1e-3)
    assert found["work recovery time"].actual.hi == pytest.approx(2.7, rel=1e-3)
    assert found["outage, against MTPD"].actual.hi == pytest.approx(5.6, rel=1e-3)
    assert found["clean-up"].actual.hi == 0.0
    assert found["mobilisation"].actual is None
    assert found["mobilisation"].grade is None


@pytest.mark.parametrize(
    ("counted_from", "begin", "target", "verdict"),
    [("detection", "T1", "2020ms", "met"), ("declaration", "T3", "800ms", "missed")],
)
def test_the_objectives_own_start_decides(
    pen, full, a_service, counted_from, begin, target, verdict
):
    services = {"orders": a_service(rto={"target": target, "from": counted_from})}
    other = pen(steps=FULL, services=services)
    other.records[1:] = full.records[1:]
    one = other.close().objectives[0]
    assert (one.counted_from, one.verdict, one.grade) == (begin, verdict, Grade.C)


def test_a_start_that_was_not_measured_decides_nothing(pen, a_service):
    p = pen(services={"orders": a_service(rto={"target": "9s", "from": "detection"})})
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 8.0, "good")
    one = p.close().objectives[0]
    assert (one.verdict, one.text) == (Verdict.INCONCLUSIVE, "not measured")
    assert one.reason.startswith("T1 was not measured")


def test_steps_show_plan_and_conduct(full):
    found = steps(full.close())
    promote = found["promote"]
    assert (promote.kind, promote.uses, promote.on, promote.lane) == (
        "recover",
        "ssh.command",
        "db2",
        "db2",
    )
    assert promote.after == ("declare.go",)
    assert (promote.ready, promote.started, promote.ended) == pytest.approx((5.0, 5.1, 6.0))
    assert (promote.expect, promote.timeout, promote.late) == (1.0, 30.0, False)
    assert promote.planned_end - promote.planned_start == 1.0
    assert promote.progress[0].what == "Promote"
    declare = found["declare"]
    assert (declare.by, declare.answered_by, declare.note) == ("lead", "Kim", "go, now")
    assert (declare.options["go"], declare.default) == ("fail over", "wait")
    assert found["alert"].uses == "down"
    assert found["accept"].uses == "Place an order."
    assert found["lose"].uses == "host.power-off"
    assert found["verify"].lane == "observer"
    assert found["rejoin"].ready == pytest.approx(8.7)
    assert {one.phase for one in found.values()} == {"done"}


def test_the_chain_that_decided_when_it_came_back(full):
    found = steps(full.close())
    assert {id_ for id_, one in found.items() if one.critical} == {
        "lose",
        "detect",
        "alert",
        "declare",
        "promote",
    }


def test_the_chain_ends_with_the_step_at_work_when_it_came_back(pen):
    p = pen(steps=FULL)
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.at(3.1).start("promote")
    p.at(3.2).start("verify")
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 8.0, "good")
    p.at(8.0).end("promote")
    p.end("verify")
    assert {id_ for id_, one in steps(p.close()).items() if one.critical} == {"promote"}


def test_a_late_step_is_late_while_it_runs_and_after(pen):
    p = pen(steps={"fix": {"recover": "ssh.command", "on": "a", "timeout": "9s", "expect": "1s"}})
    p.at(1).start("fix")
    assert not steps(p.view(p.stamp(1.5)))["fix"].late
    assert steps(p.view(p.stamp(2.5)))["fix"].late
    p.at(2.5).end("fix")
    assert steps(p.close())["fix"].late


def test_a_step_that_was_told_to_stop_is_never_done(pen):
    p = pen()
    p.fault(1, 2)
    p.at(2).start("fix")
    p.at(32).write(StepExpired(step="fix"))
    assert steps(p.view())["fix"].phase == "expired"
    p.at(33).end("fix")
    p.undo("lose")
    view = p.close()
    fix = steps(view)["fix"]
    assert (fix.phase, fix.late) == ("indeterminate", True)
    assert "step fix is indeterminate" in view.summary.lower()
    assert view.exit_status == 3


@pytest.mark.parametrize("outcome", [Failed(error="no"), Indeterminate(error="lost")])
def test_a_recovery_step_that_was_not_done_is_never_met(full, outcome):
    full.at(10.1)
    full.start("promote")
    full.end("promote", outcome)
    view = full.close()
    assert (view.verdict, view.exit_status) == (Verdict.INCONCLUSIVE, 3)
    assert f"step promote is {outcome.kind}" in view.summary.lower()
    assert steps(view)["promote"].note == outcome.error


@pytest.mark.parametrize(("kind", "verdict"), [("continue", "met"), ("stop", "inconclusive")])
def test_a_check_that_may_fail_spoils_nothing(pen, full, kind, verdict):
    tried = {**FULL, "verify": {**FULL["verify"], "on-failure": kind}}
    other = pen(steps=tried)
    other.records[1:] = [
        record.model_copy(
            update={"event": record.event.model_copy(update={"outcome": Failed(error="no")})}
        )
        if getattr(record.event, "step", "") == "verify" and record.event.type == "step-ended"
        else record
        for record in full.records[1:]
    ]
    assert other.close().verdict == verdict


def test_an_abort_is_never_met(full):
    full.at(10.1).write(AbortOrdered(by="lead", why="enough"))
    full.write(AbortOrdered(by="head", why="again"))
    view = full.close()
    assert view.aborted == "lead: enough"
    assert (view.verdict, view.exit_status) == (Verdict.INCONCLUSIVE, 3)
    assert "Lead aborted it: enough" in view.summary


@pytest.mark.parametrize(("aborted", "verdict"), [(4.0, "inconclusive"), (5.8, "missed")])
def test_an_abort_before_the_time_was_up_proves_no_miss(pen, a_service, aborted, verdict):
    p = pen(services={"orders": a_service(rto={"target": "2s"})})
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, aborted, "bad")
    p.at(aborted).write(AbortOrdered(by="lead", why="enough"))
    p.series(aborted, 9, "bad")
    assert p.close().objectives[0].verdict == verdict


def test_no_promise_is_no_verdict(pen, a_service):
    p = pen(services={"orders": a_service(rto=None, rpo=None, probe=None, ledger=None)})
    p.fault(1, 2)
    p.at(2).undo("lose")
    view = p.close()
    assert (view.verdict, view.exit_status) == (Verdict.NOT_APPLICABLE, 0)
    assert view.summary.startswith("Nothing was promised")
    assert view.objectives == view.availability == view.ledgers == ()


def test_what_nobody_looks_at_is_not_measured(pen, a_service):
    p = pen(services={"orders": a_service(probe=None, ledger=None)})
    p.fault(1, 2)
    p.undo("lose")
    view = p.close()
    assert [one.verdict for one in view.objectives] == [Verdict.NOT_MEASURED] * 2
    assert [one.text for one in view.objectives] == ["not measured"] * 2
    assert (view.verdict, view.exit_status) == (Verdict.NOT_MEASURED, 3)
    assert mark(view, "T11").grade is Grade.B


def test_without_a_fault_nothing_is_measured(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.0, 2.01)]
    p.read_back(p.node("write-path", kept))
    view = p.close()
    assert {one.reason for one in view.objectives} == {"no fault was injected"}
    assert view.ledgers[0].sets[0].count == 0
    assert mark(view, "T0c").at is None
    assert mark(view, "T11").at is None


def test_a_ledger_that_was_not_read_back_says_nothing(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    p.fault(3, 3.1)
    view = p.close()
    assert view.objectives[1].reason == "the ledger was not read back"
    assert view.ledgers[0].note == "the ledger was not read back"


def test_a_ledger_without_a_probe_needs_a_sign_of_the_fault(pen, a_service):
    def conduct(outcome):
        p = pen(services={"orders": a_service(probe=None, rto=None)})
        p.watch("ledger")
        kept = [p.canary("ok", 2.9, 2.91)]
        p.fault(3, 3.1)
        p.canary(outcome, 3.5, 3.51)
        p.at(5).read_back(p.node("write-path", [*kept, *([1] if outcome == "ok" else [])]))
        return p.close().objectives[0]

    assert conduct("fail").verdict is Verdict.MET
    assert conduct("ok").verdict is Verdict.INVALID


def test_nodes_without_a_write_path_are_taken_together(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.8, 2.81), p.canary("ok", 2.9, 2.91)]
    p.fault(3, 3.05)
    p.series(3.1, 6, "bad")
    p.series(6, 9, "good")
    p.read_back(p.node("db1", kept[:1]), p.node("db2", kept[1:], note="standby"))
    view = p.close()
    assert view.objectives[1].verdict is Verdict.MET
    assert view.ledgers[0].nodes["db2"] == "1 found; standby"


def test_an_rpo_across_a_restart_of_the_observer_is_inconclusive(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.9, 2.91)]
    p.fault(3, 3.05)
    p.series(3.1, 6, "bad")
    p.series(6, 9, "good")
    p.boot, p.boot_zero = "boot-2", 0
    p.read_back(p.node("write-path", kept))
    assert "no clock spans that" in p.close().objectives[1].reason


@pytest.mark.parametrize(("target", "verdict"), [("50ms", "missed"), ("130ms", "inconclusive")])
def test_what_was_lost_is_held_against_the_promise(pen, a_service, target, verdict):
    p = pen(services={"orders": a_service(rpo={"target": target})})
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    numbers = [p.canary("ok", i / 20, i / 20 + 0.01) for i in range(60)]
    p.fault(3.0, 3.05)
    p.canary("ok", 4.0, 4.01)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.read_back(p.node("write-path", numbers[:58]))
    one = p.close().objectives[1]
    assert one.verdict == verdict
    assert one.text == "0.08 to 0.21 s"
    assert one.reason.startswith("2 acknowledged writes are gone; 1 writes acknowledged after")


def test_a_rehearsal_is_an_estimate(pen):
    p = pen(mode="rehearsal")
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 8.0, "good")
    view = p.close()
    assert view.objectives[0].grade is Grade.D
    assert {one.grade for one in view.marks if one.grade} == {Grade.D}


def test_a_default_is_told_from_a_decision(pen):
    p = pen(steps=FULL)
    p.fault(3.0, 3.05)
    step(p, "declare", 4.1, 5.0, Done(choice="wait", defaulted=True))
    view = p.close()
    assert mark(view, "T3").note == "by default: nobody decided in time"
    assert mark(view, "T3").grade is Grade.B
    assert steps(view)["declare"].note == "wait, by default"


def test_only_the_owner_accepts(pen):
    accepted = {**FULL, "accept": {**FULL["accept"], "by": "lead"}}
    p = pen(steps=accepted)
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 8.0, "good")
    step(p, "accept", 8.1, 8.6, by="Robin")
    assert mark(p.close(), "T9").at is None


def test_a_verification_before_the_recovery_verifies_nothing(pen):
    p = pen(steps=FULL)
    p.fault(3.0, 3.05)
    step(p, "verify", 3.1, 3.2)
    assert mark(p.view(), "T7").at is None
    step(p, "promote", 3.3, 3.4)
    assert mark(p.close(), "T7").at is None


def test_an_undo_without_a_good_sample_after_it_is_no_clean_up(pen):
    p = pen()
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.undo("lose")
    assert mark(p.close(), "T11").at is None


def test_a_fault_goes_from_receipt_to_proof(pen):
    p = pen()

    def standing():
        return p.view().faults[0].standing if p.view().faults else None

    seen = [standing()]
    p.at(1).start("lose")
    seen.append(standing())
    p.prepare("lose")
    seen.append(standing())
    p.at(2).end("lose")
    seen.append(standing())
    ticket = p.at(3).write(UndoStarted(step="lose", deadline=p.stamp(9)))
    seen.append(standing())
    p.write(UndoEnded(step="lose", ticket=ticket, outcome=Done(note="power is on")))
    seen.append(standing())
    assert seen == [None, "never-applied", "prepared", "standing", "undoing", "undone"]
    one = p.close().faults[0]
    assert (one.prepared, one.applied, one.undone, one.proof) == (1.0, 2.0, 3.0, "power is on")
    assert (one.fault, one.target) == ("host.power-off", "db1")


def test_a_fault_that_cannot_be_undone_is_stuck_and_says_so_in_the_exit_status(pen):
    p = pen()
    p.fault(1, 2)
    for moment in (3, 4, 5):
        ticket = p.at(moment).write(UndoStarted(step="lose", deadline=p.stamp(moment + 1)))
        p.write(UndoExpired(step="lose"))
        p.write(UndoEnded(step="lose", ticket=ticket, outcome=Indeterminate(error="no answer")))
        standing = p.view().faults[0].standing
    view = p.close()
    assert standing == "stuck"
    assert (view.exit_status, view.faults[0].proof) == (4, "no answer")
    assert "Faults left standing: lose" in view.summary


def test_a_fault_that_failed_was_not_applied_and_is_undone_all_the_same(pen):
    p = pen()
    p.at(1).start("lose")
    p.prepare("lose")
    p.end("lose", Failed(error="refused"))
    one = p.view().faults[0]
    assert (one.standing, one.applied, one.proof) == ("standing", None, "refused")


@pytest.mark.parametrize(
    ("undo", "outcome", "standing"),
    [
        (False, Done(), "standing"),
        (False, Indeterminate(error="?"), "standing"),
        (False, Failed(error="no"), "undone"),
        (True, Done(), "undone"),
    ],
)
def test_a_worker_that_speaks_late_may_have_broken_it_again(pen, undo, outcome, standing):
    p = pen()
    p.fault(1, 2)
    p.undo("lose")
    p.write(StragglerReported(step="lose", ticket=1, undo=undo, outcome=outcome))
    view = p.close()
    assert view.faults[0].standing == standing
    assert outcome.kind in steps(view)["lose"].note


@pytest.mark.parametrize(
    ("undo", "outcome", "standing"),
    [
        (False, Done(), "standing"),
        (False, Indeterminate(error="?"), "standing"),
        (False, Failed(error="no"), "undone"),
        (True, Done(), "undone"),
    ],
)
def test_a_fault_that_was_applied_while_it_was_being_undone_stands(pen, undo, outcome, standing):
    p = pen()
    p.fault(1, 2)
    ticket = p.at(3).write(UndoStarted(step="lose", deadline=p.stamp(9)))
    p.write(StragglerReported(step="lose", ticket=1, undo=undo, outcome=outcome))
    p.at(4).write(UndoEnded(step="lose", ticket=ticket, outcome=Done()))
    assert p.view().faults[0].standing == standing
    assert (p.view().exit_status == 4) == (standing == "standing")
    p.at(5).undo("lose")
    assert p.view().faults[0].standing == "undone"


def test_each_conductor_has_its_own_tries_and_a_success_begins_anew(pen):
    p = pen()
    p.fault(1, 2)
    no = Indeterminate(error="no answer")
    p.undo("lose", no)
    p.undo("lose", no)
    p.write(ConductorResumed())
    p.undo("lose", no)
    assert p.view().faults[0].standing == "standing"
    p.undo("lose")
    p.write(StragglerReported(step="lose", ticket=1, undo=False, outcome=Done()))
    p.undo("lose", no)
    p.undo("lose", no)
    assert p.view().faults[0].standing == "standing"
    p.undo("lose", no)
    p.write(ConductorResumed())
    assert p.view().faults[0].standing == "stuck"


def test_a_worker_that_speaks_late_of_what_nobody_undid_changes_nothing(pen):
    p = pen()
    p.fault(1, 2)
    p.write(StragglerReported(step="lose", ticket=1, undo=False, outcome=Done()))
    p.undo("lose", Failed(error="no"))
    p.write(StragglerReported(step="lose", ticket=1, undo=False, outcome=Done()))
    assert (p.view().faults[0].standing, p.view().faults[0].proof) == ("standing", "no")
    p.undo("lose")
    assert p.view().faults[0].standing == "undone"


def test_where_the_exercise_stands_in_one_word(pen):
    p = pen(steps={"lose": FULL["lose"], "accept": FULL["accept"] | {"after": ["lose"]}})
    seen = [p.view().phase]
    p.watch("ledger")
    p.fault(1, 2)
    seen.append(p.view().phase)
    p.write(StepSkipped(step="accept", because="why not"))
    seen.append(p.view().phase)
    ticket = p.write(UndoStarted(step="lose", deadline=p.stamp(9)))
    seen.append(p.view().phase)
    p.write(UndoEnded(step="lose", ticket=ticket, outcome=Done()))
    p.write(LedgerReadStarted(service="orders", deadline=p.stamp(9)))
    seen.append(p.view().phase)
    assert steps(p.view())["accept"].phase == "skipped"
    assert steps(p.view())["accept"].note == "why not"
    p.write(ExerciseClosed())
    seen.append(p.view().phase)
    assert seen == ["baseline", "running", "settling", "healing", "reading", "closed"]


def test_an_abort_heals(pen):
    p = pen()
    p.fault(1, 2)
    p.write(AbortOrdered(by="lead", why="enough"))
    assert p.view().phase == "healing"


def test_an_open_exercise_has_no_verdict_yet(full):
    view = full.view()
    assert (view.verdict, view.exit_status, view.closed) == (Verdict.INCONCLUSIVE, 3, None)
    assert "not over" in view.summary


def test_every_record_but_samples_and_canaries_is_a_line_of_the_log(full):
    full.write(ConductorResumed())
    full.write(StragglerReported(step="lose", ticket=1, undo=False, outcome=Failed(error="no")))
    full.write(AbortOrdered(by="lead", why="enough"))
    full.write(StepExpired(step="promote"))
    full.write(UndoExpired(step="lose"))
    full.write(StepSkipped(step="promote", because="why not"))
    view = full.close()
    bulk = {"samples-taken", "writes-made"}
    assert [line.seq for line in view.log] == [
        record.seq for record in full.records if record.event.type not in bulk
    ]
    assert all(line.text for line in view.log)
    texts = [line.text for line in view.log]
    assert "declare is done: go, now (by Kim)" in texts
    assert "lose, given up before, now says: failed: no" in texts
    assert view.resumed == 1


@pytest.mark.parametrize("records", [[], ["not an opening"]])
def test_what_does_not_begin_with_an_opening_is_no_journal(pen, records):
    p = pen()
    p.close()
    with pytest.raises(JournalInconsistentError):
        view(p.records[1:] if records else [], None, "")


def test_a_clock_that_is_set_all_the_time_fills_no_page(pen):
    p = pen()
    for n in range(40):
        p.wall_step = float(n % 2)
        p.at(n).write(ConductorResumed())
    assert len(p.close().clock_notes) == 20


def test_threats_are_told(pen):
    p = pen(threat={"category": "infrastructure-failure", "attack": ["T1529"]})
    assert p.close().threat == "infrastructure-failure, severe, T1529"


def test_a_step_that_waits_for_the_clock_is_ready_when_it_comes(pen):
    late = {"recover": "ssh.command", "on": "a", "timeout": "9s", "at": "T+5s", "after": ["lose"]}
    p = pen(steps={"lose": FULL["lose"] | {"until": None}, "late": late})
    p.fault(1, 2)
    assert steps(p.view())["late"].ready == 5.0
    assert steps(p.view())["lose"].ready == 1.0


@pytest.mark.parametrize(
    ("note", "lost"),
    [
        ("as it was, read back (lease)", True),
        ("as it was, read back (undo)", False),
        ("never applied (lease)", True),
    ],
)
def test_a_fault_says_who_ends_it_without_drill_and_whether_that_was_needed(pen, note, lost):
    p = pen()
    p.at(1).start("lose")
    p.prepare("lose", tier="A", ttl=60)
    p.at(2).end("lose")
    assert p.view().faults[0].lease == LeaseView(tier="A", seconds=60, lost=False)
    p.undo("lose", Done(note=note))
    assert p.view().faults[0].lease == LeaseView(tier="A", seconds=60, lost=lost)


def test_a_fault_that_no_host_can_end_has_no_lease(pen):
    p = pen()
    p.fault(1, 2)
    assert p.view().faults[0].lease is None
