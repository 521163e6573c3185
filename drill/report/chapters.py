"""The chapters of the after-action report, in the order they are read."""

from drill.model.view import View
from drill.report import conduct, controls, lessons, people, plot, proof, results
from drill.report.figures import moment, utc
from drill.report.page import Chapter

_ORDER = (
    results.objectives,
    plot.claims,
    results.availability,
    results.marks,
    plot.clock,
    conduct.time,
    conduct.lanes,
    results.ledgers,
    plot.duties,
    people.ratings,
    people.attendance,
    plot.injects,
    people.people,
    conduct.steps,
    conduct.faults,
    lessons.well,
    lessons.change,
    people.findings,
    lessons.limits,
    controls.controls,
    proof.environment,
    proof.evidence,
    conduct.log,
)

_TYPES = {
    "live": "Functional, on live targets",
    "rehearsal": "Rehearsal: nothing was touched, every time is the plan's claim",
    "tabletop": "Discussion-based, at a table: nothing was touched, every time is what was said",
}


def chapters_of(view: View) -> tuple[Chapter, ...]:
    """Return every chapter of the report."""
    return tuple(chapter(view) for chapter in _ORDER)


def facts_of(view: View) -> tuple[tuple[str, str], ...]:
    """Return what the head of the report says: label and fact."""
    return (
        ("Exercise type", _TYPES.get(view.mode, view.mode)),
        ("Date", _dates(view)),
        ("Length", moment(view.clock).removeprefix("+") if view.clock else "not measured"),
        ("Announced", {True: "yes", False: "no", None: "not recorded"}[view.announced]),
        ("Scenario", view.scenario),
        ("Threat", view.threat or "not stated"),
        ("Environment", ", ".join(dict.fromkeys(site for _, site, _ in view.targets)) or "none"),
        ("Targets", ", ".join(name for name, _, _ in view.targets) or "none"),
        ("Run", view.run),
        ("Plan digest", view.digest),
    )


def _dates(view: View) -> str:
    ended = "not closed" if view.closed is None else utc(view.closed).split(", ")[1]
    return f"{utc(view.opened).removesuffix(' UTC')} to {ended}"
