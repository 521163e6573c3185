"""The chapter of controls: which of those that the scenario claims this exercise evidences."""

from collections.abc import Iterable, Mapping

from drill.model.lessons import ArtefactView, ControlView
from drill.model.view import View
from drill.report.figures import utc
from drill.report.page import Cell, Chapter, Sheet, Table, columns
from drill.report.signs import BAD, GOOD, LATE, UNSURE, Sign

LIMITS = (
    "This is evidence for the scope and the date of the exercise only (AAR-111). Evidenced "
    "says that every record that the control asks for is there, sealed and in date; it does not "
    "say that what it records is good. Drill certifies nothing and nobody: whether a control is "
    "fulfilled is for an auditor to judge."
)
_NOTHING = "The scenario claims no control (about.controls)."
_NOT_LOOKED_UP = "Nobody looked up what this exercise is evidence of; drill report does."
STATES: Mapping[str, Sign] = {"evidenced": GOOD, "partly evidenced": LATE, "not evidenced": BAD}
_BLANK: Mapping[str, str] = {
    "unknown": "drill's catalogue has no such control",
    "unverified": "its id was not read in its source, so nothing is said of it",
}


def controls(view: View) -> Chapter:
    """Return the controls that are claimed, with what each lacks."""
    key, title = "controls", "Controls"
    if not view.controls:
        claims = view.about is not None and view.about.controls
        return Chapter(key, title, prose=(_NOT_LOOKED_UP if claims else _NOTHING,))
    sheet = Sheet(columns("Control", "State", "Missing", "Valid until"))
    rows = sheet.of(map(_control, view.controls))
    return Chapter(key, title, prose=(LIMITS,), tables=(rows, *_artefacts(view.controls)))


def _control(one: ControlView) -> tuple[Cell | str, ...]:
    until = utc(one.valid_until).split(", ")[0] if one.valid_until else "not valid"
    return (
        Cell(one.name, note=one.title),
        Cell(one.state, STATES.get(one.state, UNSURE)),
        Cell(_BLANK.get(one.state) or ", ".join(missing(one)) or "nothing", note=misses(one)),
        until,
    )


def missing(one: ControlView) -> tuple[str, ...]:
    """Return the names of the artefacts that a control lacks."""
    return tuple(each.name for each in one.artefacts if not each.there)


def misses(one: ControlView) -> str:
    """Return which artefacts record that something was not kept; nothing if none does."""
    names = [each.name for each in one.artefacts if each.missed]
    return f"records a miss: {', '.join(names)}" if names else ""


def _artefacts(controls_: Iterable[ControlView]) -> tuple[Table, ...]:
    """Return each artefact that was asked for, once for each thing that is said of it."""
    asked: dict[ArtefactView, list[str]] = {}
    for control in controls_:
        for one in control.artefacts:
            asked.setdefault(one, []).append(control.name)
    sheet = Sheet(
        columns("Artefact", "There", "Where, or why not", "For"),
        title="What the controls ask for",
        folded=True,
    )
    rows = (
        (
            Cell(one.name, note=one.id),
            Cell("yes", LATE if one.missed else GOOD) if one.there else Cell("no", BAD),
            one.because,
            ", ".join(names),
        )
        for one, names in asked.items()
    )
    return (sheet.of(rows),) if asked else ()
