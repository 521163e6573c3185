"""What drill itself has to say to each field of the report: a short value, or where it stands.

Nothing is measured here, and nothing is left blank: what no record shows is said to be
*not recorded*.
"""

from collections.abc import Mapping

from drill.report import tell_deeds as deeds
from drill.report import tell_edges as edges
from drill.report import tell_measures as measures
from drill.report.tell import Answer, durations, named, of_rule

_OF_BACKUPS = ("backup", "snapshot", "restore", "dump", "archive")
_OF_CLEANNESS = ("inspect", "scan", "malware", "integrity", "checksum", "clean")

_NUMBERED: Mapping[str, Answer] = {
    "001": edges.identity,
    "003": edges.organisation,
    "004": edges.evidence,
    "010": edges.results,
    "011": edges.summary,
    "013": edges.limits,
    "020": edges.dates,
    "021": edges.scope,
    "022": edges.scenario,
    "023": edges.criteria,
    "024": edges.plans,
    "025": edges.participants,
    "027": edges.approvals,
    "028": edges.versions,
    "030": measures.marks,
    "031": durations("RTA"),
    "032": durations("machine", "human", "detection", "assessment", "decision", "mobilisation"),
    "033": durations("work recovery", "outage"),
    "034": measures.level,
    "035": measures.steps,
    "036": measures.critical,
    "037": measures.failback,
    "038": measures.uncertainty,
    "040": measures.recovery_point,
    "041": named(_OF_BACKUPS, ("recover", "inject", "task"), "no step is about a backup"),
    "042": named(_OF_CLEANNESS, ("recover", "check", "task"), "no step checked before use"),
    "043": measures.restored_checks,
    "044": measures.reconciliation,
    "045": measures.sample,
    "050": deeds.decisions,
    "051": deeds.declaration,
    "052": deeds.escalations,
    "053": of_rule("key-person", "none: no step hung on one person"),
    "054": deeds.roles,
    "060": deeds.notifications,
    "061": deeds.duties,
    "070": measures.security,
    "072": edges.suppliers,
    "073": edges.alternate,
    "074": edges.boundary,
    "075": edges.personal,
    "080": deeds.faults,
    "081": deeds.deviations,
    "082": deeds.assumptions,
    "083": deeds.realism,
    "084": deeds.safety,
    "085": deeds.cleaned,
    "086": deeds.not_done,
    "090": deeds.ratings,
    "094": edges.compared,
    "100": deeds.findings,
    "101": deeds.planned,
    "102": deeds.planned,
    "103": deeds.planned,
    "104": deeds.verified,
    "105": deeds.planned,
    "106": lambda _: "drill does not see changes of the plan",
    "110": edges.controls,
    "111": edges.statement,
    "130": edges.appendices,
}

ANSWERS: Mapping[str, Answer] = {f"AAR-{number}": one for number, one in _NUMBERED.items()}
"""Each field's number to what drill says to it; a field of people alone may have none."""
