"""The findings as an OSCAL 1.2.1 plan of action and milestones (NIST)."""

from datetime import UTC, datetime, time

from drill.errors import UsageError
from drill.model.form import Action
from drill.model.lessons import FindingView
from drill.model.view import View
from drill.report.oscal import (
    Part,
    ended,
    line,
    metadata_of,
    observations_of,
    props_of,
    prose,
    token,
    uuid_of,
    written,
)
from drill.report.rows import rows_of

_STRENGTH = "strength"
_NOTHING = Action()


def poam(view: View) -> str:
    """Return what is to be done about the findings, as JSON; the figures are observations.

    Raises:
        UsageError: there is no finding but strengths, and OSCAL knows no empty plan.
    """
    found = [one for one in view.findings if one.about != _STRENGTH]
    if not found:
        raise UsageError(
            f"{view.run}: nothing was found that asks for an action, and OSCAL knows no plan "
            "without one; there is none to write"
        )
    parts = [_planned(view, str(number), one) for number, one in enumerate(found)]
    document = {
        "uuid": uuid_of(view, "poam"),
        "metadata": metadata_of(view, "Plan of action and milestones"),
        "system-id": {"id": token(view.scenario)},
        "observations": observations_of(view, rows_of(view)),
        "risks": [risk for risk, _ in parts],
        "poam-items": [item for _, item in parts],
    }
    return written({"plan-of-action-and-milestones": document})


def _planned(view: View, number: str, one: FindingView) -> tuple[Part, Part]:
    """Return a finding as a risk, whose remediation has the milestone, and as an item."""
    decided = view.form.findings.get(one.id, _NOTHING)
    key = (one.id or number, number)
    due = _due(one, decided)
    risk: Part = {
        "uuid": uuid_of(view, "risk", *key),
        "title": line(one.text),
        "description": prose(one.text),
        "statement": prose(decided.cause or "The cause was not filled in."),
        "status": "deviation-approved" if decided.accepted else "open",
        "remediations": [_remediation(view, key, decided, due)],
    }
    if due is not None:
        risk["deadline"] = due.isoformat()
    told = {
        "about": one.about,
        "finding": one.id,
        "severity": one.severity,
        "owner": decided.owner or one.owner,
        "element": decided.element,
        "check": one.check,
        "accepted": decided.accepted,
        "said-by": ", ".join(one.by),
        "records": " ".join(map(str, one.records)),
    }
    item = {
        "uuid": uuid_of(view, "item", *key),
        "title": line(one.text),
        "description": prose(decided.action or one.text),
        "props": props_of(told),
        "related-risks": [{"risk-uuid": risk["uuid"]}],
    }
    return risk, item


def _due(one: FindingView, decided: Action) -> datetime | None:
    return one.due if decided.due is None else datetime.combine(decided.due, time.min, UTC)


def _remediation(view: View, key: tuple[str, str], decided: Action, due: datetime | None) -> Part:
    action = prose(decided.action or "No action was filled in.")
    plan: Part = {
        "uuid": uuid_of(view, "remediation", *key),
        "lifecycle": "planned" if decided.action else "recommendation",
        "title": line(action),
        "description": action,
    }
    if due is not None:
        plan["tasks"] = [
            {
                "uuid": uuid_of(view, "milestone", *key),
                "type": "milestone",
                "title": line(action),
                "timing": {
                    "within-date-range": {
                        "start": min(ended(view), due).isoformat(),
                        "end": due.isoformat(),
                    }
                },
            }
        ]
    return plan
