"""The chapters that look ahead: what is not proven, and who is to improve what, by when."""

from collections.abc import Iterator, Sequence

from drill.measure.findings import DAYS
from drill.model.form import Action
from drill.model.lessons import FindingView, LimitView
from drill.model.view import View
from drill.report.figures import utc
from drill.report.page import Cell, Chapter, Sheet, Table, columns, records_of
from drill.report.signs import BAD, GOOD, LATE, WAITING, Sign

_SEVERITIES: dict[str, Sign] = {"high": BAD, "medium": LATE, "low": WAITING}
_ORDER = (*DAYS, "")
_DUE = (
    "Proposed by rule, and not accepted yet. Due within "
    f"{', '.join(f'{days} days ({severity})' for severity, days in DAYS.items())} of the closing: "
    "drill's own rule, which people may change in the form. An id stays the same from run to run."
)


def limits(view: View) -> Chapter:
    """Return what nobody should read into this report."""
    sheet = Sheet(
        columns("Not proven", "Because"),
        note="Each line is there by rule, until an exercise takes its comfort away. A note may be "
        "added to a line; none can be deleted.",
        empty="no rule found anything",
    )
    rows = (_limit(view, one) for one in view.limits)
    return Chapter("limits", "What this exercise does not prove", tables=(sheet.of(rows),))


def _limit(view: View, one: LimitView) -> tuple[Cell, Cell]:
    note = view.form.notes.get(one.key, "").strip()
    return Cell(one.text), Cell(one.because, note=f"Note: {note}" if note else "")


def to_improve(view: View) -> list[FindingView]:
    """Return what must be improved, the gravest first."""
    found = [one for one in view.findings if one.about == "improvement"]
    return sorted(found, key=lambda one: _ORDER.index(one.severity))


def findings(view: View) -> Chapter:
    """Return what the hot wash said, and what rules found: proposed for people to accept."""
    key, title = "findings", "Findings and improvement plan"
    if not view.findings:
        nothing = "Nothing was said in a hot wash, and no rule found anything."
        return Chapter(key, title, prose=(nothing,))
    found = to_improve(view)
    sheet = Sheet(
        columns("Finding", "Severity", "Owner", "Due", "Action", "Proven fixed by"),
        note=_DUE,
        empty="nothing is to be improved",
    )
    plan = sheet.of(_finding(view, one) for one in found)
    return Chapter(key, title, tables=(plan, *_others(view)))


def _finding(view: View, one: FindingView) -> Iterator[Cell | str]:
    decided = view.form.findings.get(one.id, Action())
    yield Cell(one.text, note=_source(one))
    yield Cell(one.severity or "not rated", _SEVERITIES.get(one.severity))
    yield decided.owner or one.owner or "nobody, by the plan"
    yield _due(one, decided)
    yield _action(decided)
    yield f"{one.check}, in a later run" if one.check else "nothing, by rule"


def _source(one: FindingView) -> str:
    """Return the id, and what a finding rests on."""
    parts = (
        one.id,
        f"objective {one.objective}" if one.objective else "",
        f"said by {', '.join(one.by)}" if one.by else "",
        f"records {records_of(one.records)}" if one.records else "",
    )
    return "; ".join(filter(None, parts))


def _due(one: FindingView, decided: Action) -> str:
    if decided.due is not None:
        return f"{decided.due:%d %b %Y}".lstrip("0")
    return utc(one.due).split(", ")[0] if one.due else "once it is closed"


def _action(decided: Action) -> Cell:
    more = (
        decided.element,
        f"cause: {decided.cause}" if decided.cause else "",
        f"risk accepted: {decided.accepted}" if decided.accepted else "",
    )
    note = "; ".join(filter(None, more))
    if decided.action or decided.accepted:
        return Cell(decided.action or "none: the risk is accepted", note=note)
    return Cell("missing", LATE, note=note)


def _others(view: View) -> Iterator[Table]:
    others = [one for one in view.findings if one.about != "improvement"]
    if others:
        sheet = Sheet(columns("Said in the hot wash", "As", "By"), title="Strengths and more")
        yield sheet.of(map(_said, others))


def _said(one: FindingView) -> Sequence[Cell | str]:
    sign = GOOD if one.about == "strength" else None
    return Cell(one.text, note=_source(one)), Cell(one.about, sign), ", ".join(one.by)
