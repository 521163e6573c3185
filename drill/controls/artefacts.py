"""Each artefact: what shows it in an exercise, and of what kind the exercise must be.

A table, from the artefact's id to a rule over the View and the kinds of exercise
that can show it. ``rule`` is ``None`` for what belongs to the programme, or to a
record that drill does not keep: no run shows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from drill.controls import conduct, lessons, plans, results
from drill.controls.found import Rule
from drill.model.form import Form
from drill.model.view import View

LIVE = frozenset({"live"})
"""What must be measured: neither a table nor a rehearsal touches anything."""
HELD = frozenset({"live", "tabletop"})
"""What people do: in a rehearsal nobody is asked."""
WRITTEN = frozenset({"live", "tabletop", "rehearsal"})
"""What the plan says, whatever was made of it."""

NOT_KEPT = "drill keeps no such record yet"
_UNFIT = {
    LIVE: "nothing is measured in a {}; it takes a live exercise",
    HELD: "nobody takes part in a {}; it takes people, at a table or live",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    rule: Rule | None = None
    kinds: frozenset[str] = LIVE


TABLE: Mapping[str, Row] = {
    "programme_schedule": Row(),
    "coverage_matrix": Row(),
    "management_report": Row(),
    "trend_report": Row(),
    "training_record": Row(plans.TRAINING, HELD),
    "retention_record": Row(),
    "scenario_file": Row(plans.scenario_file, WRITTEN),
    "exercise_plan": Row(plans.exercise_plan, WRITTEN),
    "objectives_and_criteria": Row(plans.objectives_and_criteria, WRITTEN),
    "bia_snapshot": Row(plans.bia_snapshot, WRITTEN),
    "risk_link": Row(plans.RISK_LINK, HELD),
    "assumptions_ledger": Row(plans.assumptions_ledger, HELD),
    "approval_record": Row(plans.approval_record, HELD),
    "participants_register": Row(plans.participants_register, HELD),
    "independence_statement": Row(plans.INDEPENDENCE, HELD),
    "msel": Row(plans.msel, HELD),
    "safety_case": Row(plans.safety_case, LIVE),
    "readiness_check": Row(),
    "event_log": Row(conduct.event_log, HELD),
    "clock_record": Row(),
    "step_timings": Row(conduct.step_timings, LIVE),
    "injection_proof": Row(conduct.injection_proof, LIVE),
    "detection_result": Row(conduct.detection_result, HELD),
    "decision_log": Row(conduct.decision_log, HELD),
    "declaration_record": Row(conduct.declaration_record, HELD),
    "comms_log": Row(conduct.comms_log, HELD),
    "regulatory_clock": Row(conduct.regulatory_clock, HELD),
    "notification_draft": Row(conduct.DRAFTS, HELD),
    "third_party_record": Row(conduct.third_party_record, HELD),
    "alternate_site_record": Row(conduct.ALTERNATE_SITE, LIVE),
    "security_controls_record": Row(conduct.SECURITY, LIVE),
    "manual_workaround_record": Row(),
    "deviation_log": Row(conduct.deviation_log, HELD),
    "rto_result": Row(results.RTO, LIVE),
    "rpo_result": Row(results.RPO, LIVE),
    "wrt_result": Row(results.WORK_RECOVERY, LIVE),
    "mbco_result": Row(results.MBCO, LIVE),
    "restore_verification": Row(results.RESTORE, LIVE),
    "reconciliation_record": Row(results.RECONCILIATION, LIVE),
    "capacity_result": Row(),
    "reconstitution_record": Row(results.RECONSTITUTION, LIVE),
    "cleanup_record": Row(results.CLEAN_UP, LIVE),
    "evaluator_ratings": Row(lessons.evaluator_ratings, HELD),
    "observations": Row(lessons.observations, HELD),
    "hotwash_notes": Row(lessons.hot_wash, HELD),
    "participant_feedback": Row(lessons.FEEDBACK, HELD),
    "root_cause": Row(lessons.ROOT_CAUSE, HELD),
    "findings": Row(lessons.findings, HELD),
    "improvement_plan": Row(lessons.improvement_plan, HELD),
    "retest_record": Row(),
    "plan_change_record": Row(lessons.PLAN_CHANGE, HELD),
    "aar": Row(lessons.REPORT, HELD),
    "signoff": Row(lessons.SIGN_OFF, HELD),
    "evidence_bundle": Row(conduct.event_log, HELD),
}
"""The 54 artefacts; the bundle is a sealed journal, and every one of them must be sealed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one run."""

    view: View
    unsealed: str = ""
    """Why it does not count as sealed; empty: it is."""
    form: str = ""
    """Why what people filled in does not count as sealed; empty: it does."""


class Standing(IntEnum):
    """How near a run comes to showing an artefact; the least is the nearest."""

    THERE = 0
    UNSEALED = 1
    ABSENT = 2
    UNFIT = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """What one run shows of one artefact."""

    run: str
    on: datetime
    """The day that its interval is counted from: when the exercise was closed."""
    standing: Standing
    because: str
    missed: bool = False
    """What it records was not kept."""


def shown(evidence: Evidence) -> Mapping[str, Piece]:
    """Return what a run shows of each artefact that drill keeps any record of.

    What shows nothing is said with its reason. An exercise that is still open shows nothing.
    """
    return {
        id_: _piece(evidence, row.rule, row.kinds)
        for id_, row in TABLE.items()
        if row.rule is not None
    }


def _piece(evidence: Evidence, rule: Rule, kinds: frozenset[str]) -> Piece:
    view = evidence.view
    on = view.closed or view.opened
    if unfit := _unfit(view, kinds):
        return Piece(view.run, on, Standing.UNFIT, unfit)
    found = rule(view)
    if not found.there:
        return Piece(view.run, on, Standing.ABSENT, found.because)
    if loose := _loose(evidence, rule):
        return Piece(view.run, on, Standing.UNSEALED, f"{found.because}; but {loose}")
    return Piece(view.run, on, Standing.THERE, found.because, found.missed)


def _loose(evidence: Evidence, rule: Rule) -> str:
    """Return why what a rule found is not sealed: the run, or the form, if it rests on that."""
    if evidence.unsealed or not evidence.form:
        return evidence.unsealed
    unfilled = evidence.view.model_copy(update={"form": Form()})
    return "" if rule(unfilled).there else evidence.form


def _unfit(view: View, kinds: frozenset[str]) -> str:
    if view.closed is None:
        return "the exercise is not closed"
    return "" if view.mode in kinds else _UNFIT[kinds].format(view.mode)
