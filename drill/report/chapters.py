"""The chapters of the after-action report, in the order they are read."""

from dataclasses import replace

from drill.model.overview import About
from drill.model.view import View
from drill.report import (
    conduct,
    controls,
    deviations,
    improvement,
    lessons,
    people,
    plot,
    proof,
    results,
    scope,
    standards,
)
from drill.report.fields import depth_of
from drill.report.figures import moment, utc
from drill.report.page import Chapter

_ORDER = (
    results.objectives,
    lessons.well,
    lessons.change,
    improvement.limits,
    improvement.findings,
    conduct.time,
    conduct.lanes,
    results.availability,
    results.marks,
    plot.clock,
    results.ledgers,
    plot.claims,
    people.people,
    people.ratings,
    people.attendance,
    plot.duties,
    scope.scope,
    plot.injects,
    conduct.faults,
    deviations.deviations,
    conduct.steps,
    controls.controls,
    proof.environment,
    proof.evidence,
    standards.standards,
    conduct.log,
)

_PEOPLES = (people.ratings, plot.duties)
"""What an exercise is judged by that promises no recovery."""

_TYPES = {
    "live": "{depth}, on live targets",
    "rehearsal": "Rehearsal: nothing was touched, every time is the plan's claim",
    "tabletop": "Discussion-based, at a table: nothing was touched, every time is what was said",
}

_STATE = "AAR-001"
_DRAFT = "draft: nobody has called it final"


def chapters_of(view: View) -> tuple[Chapter, ...]:
    """Return every chapter of the report; where no service is promised, people come first."""
    lead = () if view.objectives else _PEOPLES
    rest = tuple(one for one in _ORDER if one not in lead)
    first = (replace(one(view), front=True) for one in lead)
    return (rest[0](view), *first, *(one(view) for one in rest[1:]))


def facts_of(view: View) -> tuple[tuple[str, str], ...]:
    """Return what the head of the report says: label and fact."""
    about = view.about or About()
    said = (
        ("Exercise type", _type(view)),
        ("Date", _dates(view)),
        ("Length", moment(view.clock).removeprefix("+") if view.clock else "not measured"),
        ("Announced", {True: "yes", False: "no", None: "not recorded"}[view.announced]),
        ("Scenario", view.scenario),
        ("Threat", view.threat or "not stated"),
        ("Sites", ", ".join(dict.fromkeys(site for _, site, _ in view.targets)) or "none"),
        ("Organisation", about.organisation),
        ("Who may read this", about.classification),
        ("Report state", view.form.fields.get(_STATE, "").strip() or _DRAFT),
        ("Run", view.run),
    )
    return tuple((label, fact) for label, fact in said if fact)


def _type(view: View) -> str:
    depth = depth_of(view).capitalize()
    return _TYPES.get(view.mode, view.mode).format(depth=depth)


def _dates(view: View) -> str:
    ended = "not closed" if view.closed is None else utc(view.closed).split(", ")[1]
    return f"{utc(view.opened).removesuffix(' UTC')} to {ended}"
