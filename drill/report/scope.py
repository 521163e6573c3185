"""The chapter of the exercise's edges: whose it is, what is in it, assumed, and supplied."""

from collections.abc import Iterator

from drill.model.lessons import AssumptionView, SupplierView
from drill.model.view import View
from drill.report.figures import NOT_MEASURED, promised, seconds
from drill.report.page import Cell, Chapter, Sheet, Table, columns, records_of
from drill.report.signs import BAD, GOOD, LATE, SKIPPED, Sign

_STATES: dict[str, Sign] = {"held": GOOD, "disproved": BAD, "not tested": SKIPPED}


def scope(view: View) -> Chapter:
    """Return the scope, the assumptions with what became of them, and the suppliers."""
    edges = Sheet(columns("Scope", "Value"))
    return Chapter(
        "scope",
        "Scope, assumptions and suppliers",
        tables=(edges.of(_edges(view)), *_assumptions(view), *_suppliers(view)),
    )


def _edges(view: View) -> Iterator[tuple[str, Cell | str]]:
    about = view.about
    said = {
        "Organisation": about.organisation if about else "",
        "Sponsor": about.sponsor if about else "",
        "Contact": about.contact if about else "",
        "Location": about.location if about else "",
        "Who may read this": about.classification if about else "",
        "Records kept for": about.retention if about else "",
        "Risks it tests": "; ".join(about.risks) if about else "",
    }
    services = (f"{name}, accepted by {owner}" for name, owner in view.owners.items())
    yield "Services", "; ".join(services) or "none"
    yield "Targets", ", ".join(name for name, _, _ in view.targets) or "none"
    yield "Excluded", "; ".join(about.excludes if about else ()) or "nothing is stated"
    yield "Plan under test", view.plan or "none is named"
    yield from ((name, text) for name, text in said.items() if text)
    unsaid = ", ".join(name.lower() for name, text in said.items() if not text)
    if unsaid:
        yield "Not stated", Cell(unsaid, note="The scenario's about: block has room for it.")


def _assumptions(view: View) -> Iterator[Table]:
    sheet = Sheet(
        columns("Assumed", "State", "Records"),
        title="Assumptions",
        note="Held only if each step that challenges it was really done; at a table machines' "
        "steps show nothing.",
    )
    if view.assumptions:
        yield sheet.of(map(_assumption, view.assumptions))


def _assumption(one: AssumptionView) -> tuple[Cell | str, ...]:
    state = Cell(one.state, _STATES.get(one.state))
    return Cell(one.text, note=one.name), state, records_of(one.records)


def _suppliers(view: View) -> Iterator[Table]:
    sheet = Sheet(
        columns("Supplier", "Role", "#Committed", "#Answered in", "Who", "Records"),
        title="Suppliers",
    )
    if view.suppliers:
        yield sheet.of(map(_supplier, view.suppliers))


def _supplier(one: SupplierView) -> tuple[Cell | str, ...]:
    return (
        Cell(one.name, note=one.text),
        one.role or "none: it was absent",
        "not stated" if one.commitment is None else promised(one.commitment),
        NOT_MEASURED if one.responded is None else Cell(seconds(one.responded), _late(one)),
        ", ".join(one.persons) or "nobody",
        records_of(one.records),
    )


def _late(one: SupplierView) -> Sign | None:
    if one.commitment is None or one.responded is None:
        return None
    return LATE if one.responded > one.commitment else GOOD
