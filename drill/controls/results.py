"""The rules of what was measured: all of them for live exercises only."""

from drill.controls.found import Found, Rule, every, filled, lacking, marked, there
from drill.model.view import ObjectiveView, Verdict, View

_DECIDED = (Verdict.MET, Verdict.MISSED)
"""A promise that was missed is measured as well as one that was kept."""


def decided(measure: str) -> Rule:
    """Return the rule that each promise of a measure was decided by what was measured."""

    def rule(view: View) -> Found:
        promises = [one for one in view.objectives if one.measure == measure]
        undecided = [one for one in promises if one.verdict not in _DECIDED]
        if not promises:
            return lacking(f"no {measure} is promised")
        if undecided:
            return lacking("; ".join(map(_verdict, undecided)))
        missed = any(one.verdict is Verdict.MISSED for one in promises)
        return there("; ".join(map(_measured, promises)), missed=missed)

    return rule


def _verdict(one: ObjectiveView) -> str:
    return f"{one.service} {one.measure} is {one.verdict.value}"


def _measured(one: ObjectiveView) -> str:
    return f"{one.service} {one.measure} {one.text} of {one.target:g} s, {one.verdict.value}"


def _read_back(view: View) -> Found:
    if not view.ledgers:
        return lacking("no ledger of writes was kept")
    unread = [one.service for one in view.ledgers if not one.reads]
    if unread:
        return lacking(f"the ledger was not read back: {', '.join(unread)}")
    return there(
        "; ".join(f"{one.service}: {one.written} writes accounted" for one in view.ledgers)
    )


def _standing(view: View) -> Found:
    left = [one.fault for one in view.faults if one.left]
    return lacking(f"left standing: {', '.join(left)}") if left else there("no fault is left")


RTO: Rule = decided("RTO")
RPO: Rule = decided("RPO")
MBCO: Rule = decided("MBCO")
WORK_RECOVERY: Rule = every(
    marked("T6", "technically restored"), marked("T9", "accepted by the service's owner")
)
RESTORE: Rule = every(
    marked("T7", "data verified after the recovery"),
    filled("AAR-041", "the backup sets used, and their age"),
    filled("AAR-042", "the check of their integrity and for malware before use"),
)
RECONCILIATION: Rule = every(_read_back, filled("AAR-044", "the reconciliation of what was lost"))
RECONSTITUTION: Rule = every(
    marked("T10", "reconstituted"), filled("AAR-037", "who declared the recovery over")
)
CLEAN_UP: Rule = every(_standing, marked("T11", "cleaned up, and the probes well again"))
