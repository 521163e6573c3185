"""Each artefact is there when its rule finds all it asks for, and goes when that goes."""

import pytest
from controls.shelves import (
    DAY,
    FEW,
    action,
    both,
    changed,
    emptied,
    every_part,
    full,
    silent,
    unasked,
    undecided,
    unmarked,
    unpromised,
    without,
)

from drill.controls.artefacts import HELD, LIVE, TABLE, WRITTEN, Evidence, Standing, shown
from drill.controls.coverage import coverage
from drill.model.form import Form
from drill.model.lessons import FindingView
from drill.model.overview import About
from drill.model.view import Verdict

KEPT = {id_ for id_, row in TABLE.items() if row.rule is not None}
PEOPLE = {"training_record", "participants_register"}
SIGNED = {"approval_record", "safety_case"}
TAKEN = {
    "no file is named": (emptied("files", {}), {"scenario_file"}),
    "no purpose": (emptied("purpose", ""), {"exercise_plan"}),
    "nothing is excluded": (emptied("about", About(risks=("R-7",))), {"exercise_plan"}),
    "nothing is told of it": (emptied("about", None), {"exercise_plan", "risk_link"}),
    "no roles": (emptied("roles"), {"exercise_plan", *PEOPLE}),
    "no risk is named": (emptied("about", About(excludes=("x",))), {"risk_link"}),
    "AAR-096": (without("AAR-096"), {"risk_link"}),
    "no assumption": (emptied("assumptions"), {"assumptions_ledger"}),
    "nobody approved": (emptied("approvals"), SIGNED),
    "no targets": (emptied("targets"), {"safety_case"}),
    "nobody came": (every_part("roles", present=()), PEOPLE),
    "AAR-054": (without("AAR-054"), {"training_record"}),
    "AAR-026": (without("AAR-026"), {"independence_statement"}),
    "no inject": (unasked("inject", started=None), {"msel"}),
    "no step was timed": (
        both(*(unasked(kind, ended=None) for kind in
               ("inject", "recover", "check", "notify", "decide", "task"))),
        {"step_timings"},
    ),
    "no fault": (emptied("faults"), {"injection_proof"}),
    "a fault never took effect": (every_part("faults", applied=None), {"injection_proof"}),
    "no probe saw it": (every_part("availability", saw_fault=False), {"injection_proof"}),
    "a fault is stuck": (
        every_part("faults", standing="stuck", undone=None), {"injection_proof", "cleanup_record"},
    ),
    "nothing detected": (unmarked("T1m", "T1"), {"detection_result"}),
    "only people, who knew": (unmarked("T1m"), {"detection_result"}),
    "--yes-as decided": (
        unasked("decide", answered_by="--yes-as"), {"decision_log", "declaration_record"},
    ),
    "decided by default": (unasked("decide", defaulted=True), {"decision_log"}),
    "nothing was asked": (unasked("decide", started=None), {"decision_log"}),
    "no declaration": (unmarked("T3"), {"declaration_record"}),
    "--yes-as heard": (unasked("notify", answered_by="--yes-as"), {"comms_log"}),
    "nothing was sent": (unasked("notify", started=None), {"comms_log"}),
    "no duty": (emptied("duties"), {"regulatory_clock"}),
    "no duty began": (every_part("duties", begins=None), {"regulatory_clock"}),
    "AAR-062": (without("AAR-062"), {"notification_draft"}),
    "no supplier": (emptied("suppliers"), {"third_party_record"}),
    "the supplier is silent": (every_part("suppliers", responded=None), {"third_party_record"}),
    "AAR-073": (without("AAR-073"), {"alternate_site_record"}),
    "AAR-070": (without("AAR-070"), {"security_controls_record"}),
    "RTO undecided": (undecided("RTO"), {"rto_result"}),
    "RTO invalid": (undecided("RTO", Verdict.INVALID), {"rto_result"}),
    "no RTO": (unpromised("RTO"), {"rto_result", "bia_snapshot"}),
    "RPO undecided": (undecided("RPO"), {"rpo_result"}),
    "no RPO": (unpromised("RPO"), {"rpo_result", "bia_snapshot"}),
    "no promise": (
        emptied("objectives"), {"rto_result", "rpo_result", "mbco_result", "bia_snapshot"},
    ),
    "no objective at all": (
        both(emptied("objectives"), emptied("ratings")),
        {"rto_result", "rpo_result", "mbco_result", "bia_snapshot", "exercise_plan",
         "objectives_and_criteria", "evaluator_ratings"},
    ),
    "MBCO undecided": (undecided("MBCO"), {"mbco_result"}),
    "not accepted": (unmarked("T9"), {"wrt_result"}),
    "not restored": (unmarked("T6"), {"wrt_result"}),
    "no mark at all": (
        emptied("marks"),
        {"wrt_result", "restore_verification", "reconstitution_record", "cleanup_record",
         "detection_result", "declaration_record"},
    ),
    "data not verified": (unmarked("T7"), {"restore_verification"}),
    "AAR-041": (without("AAR-041"), {"restore_verification"}),
    "AAR-042": (without("AAR-042"), {"restore_verification"}),
    "no ledger": (emptied("ledgers"), {"reconciliation_record"}),
    "not read back": (every_part("ledgers", reads=0), {"reconciliation_record"}),
    "AAR-044": (without("AAR-044"), {"reconciliation_record"}),
    "not reconstituted": (unmarked("T10"), {"reconstitution_record"}),
    "AAR-037": (without("AAR-037"), {"reconstitution_record"}),
    "not cleaned up": (unmarked("T11"), {"cleanup_record"}),
    "no rating is asked": (emptied("ratings"), {"evaluator_ratings"}),
    "nobody rated": (every_part("ratings", set=""), {"evaluator_ratings"}),
    "nobody observed": (silent("observed"), {"observations"}),
    "no hot wash": (silent("reflected"), {"hotwash_notes"}),
    "all was refused": (every_part("sayings", refused="no"), {"observations", "hotwash_notes"}),
    "AAR-095": (without("AAR-095"), {"participant_feedback"}),
    "no cause is known": (both(without("AAR-093"), action(cause="")), {"root_cause"}),
    "no finding": (
        both(without("AAR-093"), emptied("findings")),
        {"root_cause", "findings", "improvement_plan"},
    ),
    "no owner": (every_part("findings", owner=""), {"findings", "improvement_plan"}),
    "no severity": (every_part("findings", severity=""), {"findings"}),
    "no action": (action(action=" "), {"improvement_plan"}),
    "no date": (action(due=None), {"improvement_plan"}),
    "AAR-106": (without("AAR-106"), {"plan_change_record"}),
    "AAR-002": (without("AAR-002"), {"aar"}),
    "AAR-120": (without("AAR-120"), {"signoff"}),
}  # fmt: skip
"""What is taken away, to the artefacts that go with it."""


def there(view, unsealed=""):
    return {
        id_
        for id_, piece in shown(Evidence(view, unsealed)).items()
        if piece.standing is Standing.THERE
    }


def test_a_full_run_shows_each_artefact_that_a_run_can_show():
    assert there(full()) == KEPT
    assert len(KEPT) == 44
    assert set(TABLE) - KEPT == {
        *("programme_schedule", "coverage_matrix", "management_report", "trend_report"),
        *("retention_record", "readiness_check", "clock_record", "manual_workaround_record"),
        *("capacity_result", "retest_record"),
    }


@pytest.mark.parametrize("what", TAKEN)
def test_what_is_taken_away_takes_just_its_artefacts_and_their_controls(what):
    take, gone = TAKEN[what]
    view = take(full())
    assert KEPT - there(view) == gone
    for one in coverage(FEW, [Evidence(view)], view.closed + DAY):
        lacks = {each.id for each in one.artefacts if not each.there}
        assert lacks == {each.id for each in one.artefacts} & (gone | (set(TABLE) - KEPT))


def test_each_artefact_that_a_run_shows_was_taken_away_once():
    never = {"event_log", "evidence_bundle", "deviation_log"}  # a journal is never without them
    assert set().union(*(gone for _, gone in TAKEN.values())) == KEPT - never


def test_what_a_person_adds_stands_in_for_what_a_rule_lacks():
    view = every_part("findings", owner="")(full())
    assert {"findings", "improvement_plan"} <= there(action(owner="lead")(view))
    assert "improvement_plan" in there(action(action="", accepted="the board, until May")(view))
    assert "root_cause" in there(without("AAR-093")(full()))
    assert "root_cause" in there(action(cause="")(full()))
    later = FindingView(about="improvement", text="new", id="new", severity="low", owner="lead")
    assert "improvement_plan" not in there(changed(full(), findings=(*full().findings, later)))


def test_people_who_did_not_know_of_it_are_a_detection():
    assert "detection_result" in there(both(unmarked("T1m"), emptied("announced", False))(full()))


def test_a_message_that_nobody_acknowledged_is_on_record_too():
    unheard = unasked("notify", answered_by="", phase="failed")
    assert (
        shown(Evidence(unheard(full())))["comms_log"].because == "2 messages sent, 0 acknowledged"
    )


def test_what_was_missed_is_measured_and_said_to_be_missed():
    piece = shown(Evidence(undecided("RTO", Verdict.MISSED)(full())))["rto_result"]
    assert piece.standing is Standing.THERE
    assert piece.because.endswith("of 60 s, missed")
    assert piece.missed
    assert not shown(Evidence(full()))["rto_result"].missed
    late = every_part("duties", verdict=Verdict.MISSED)(full())
    assert shown(Evidence(late))["regulatory_clock"].missed


@pytest.mark.parametrize(("mode", "kinds"), [("tabletop", HELD), ("rehearsal", WRITTEN)])
def test_a_kind_of_exercise_shows_only_what_is_fit_for_it(mode, kinds):
    expected = {id_ for id_ in KEPT if mode in TABLE[id_].kinds}
    assert there(changed(full(), mode=mode)) == expected
    assert expected
    assert mode in kinds


def test_a_tabletop_never_evidences_a_recovery_time_a_recovery_point_or_a_restore():
    at_table = shown(Evidence(changed(full(), mode="tabletop")))
    for id_ in ("rto_result", "rpo_result", "restore_verification"):
        assert TABLE[id_].kinds == LIVE
        assert at_table[id_].standing is Standing.UNFIT
        assert "nothing is measured in a tabletop" in at_table[id_].because


def test_what_is_not_sealed_does_not_count_and_says_what_it_would_be():
    assert there(full(), "not sealed (drill seal)") == set()
    piece = shown(Evidence(full(), "not sealed (drill seal)"))["approval_record"]
    assert piece.because == "the plan was signed by Ada; but not sealed (drill seal)"


def test_what_people_filled_in_later_than_the_seal_does_not_count_and_takes_nothing_else():
    pieces = shown(Evidence(full(), form="after-action.yaml is not as it was sealed"))
    loose = {id_ for id_, piece in pieces.items() if piece.standing is Standing.UNSEALED}
    assert loose == KEPT - there(changed(full(), form=Form()))
    assert {"signoff", "aar", "restore_verification", "improvement_plan"} <= loose
    assert pieces["signoff"].because.endswith("; but after-action.yaml is not as it was sealed")


def test_a_form_that_is_not_sealed_seals_no_run():
    pieces = shown(Evidence(full(), "not sealed", form="the form was changed"))
    assert {piece.standing for piece in pieces.values()} == {Standing.UNSEALED}
    assert all(piece.because.endswith("; but not sealed") for piece in pieces.values())


def test_an_exercise_that_is_still_open_shows_nothing():
    assert there(changed(full(), closed=None)) == set()
