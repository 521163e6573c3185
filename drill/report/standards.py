"""The appendix that lists what standards ask of the report, and where each of it is."""

from collections.abc import Iterator

from drill.model.view import View
from drill.report.answers import ANSWERS
from drill.report.fields import PEOPLE, Field, depth_of, fields
from drill.report.figures import count
from drill.report.page import Cell, Chapter, Sheet, columns
from drill.report.signs import GOOD, LATE, SKIPPED, Sign

MISSING = "missing"
_PEOPLES_PART = "What people have to add is missing."
_OPTIONAL = "not given, and optional at this depth"


def standards(view: View) -> Chapter:
    """Return every field, with its value or where it stands; what is not there is told so."""
    depth = depth_of(view)
    asked = [one for one in fields() if one.asked(depth) != "-"]
    spared = [one.id for one in fields() if one.asked(depth) == "-"]
    rows = [_row(view, one, depth) for one in asked]
    lacking = len(missing(view))
    sheet = Sheet(
        columns("Field", "What is asked", "Answer, or where it stands"),
        title=f"{count(len(rows))} fields, {count(lacking)} of them wait for people",
        note="M, filled in by the machine; C, computed; H, by people, in after-action.yaml beside "
        "the journal; drill report RUN --form writes an empty one.",
        folded=True,
    )
    prose = (
        "The union of what HSEEP, NIST, DORA, ISO 22301 and others ask for, in drill's own words. "
        f"This is what they ask of a {depth}."
    )
    left_out = f"Not asked of a {depth}: {', '.join(spared)}." if spared else ""
    return Chapter(
        "standards",
        "What standards ask of this report",
        prose=tuple(filter(None, (prose, left_out))),
        tables=(sheet.of(rows),),
    )


def missing(view: View) -> tuple[Field, ...]:
    """Return the fields that apply, and in which people have still to fill in their part."""
    depth = depth_of(view)
    return tuple(
        one for one in fields() if one.peoples and one.asked(depth) == "x" and not given(view, one)
    )


def given(view: View, one: Field) -> str:
    """Return what people filled in; empty if they did not."""
    return view.form.fields.get(one.id, "").strip()


def _row(view: View, one: Field, depth: str) -> Iterator[Cell | str]:
    yield Cell(one.id, note=f"{one.by}, {one.section.removeprefix('Results: ')}")
    yield Cell(one.title, note=one.source)
    yield _answer(view, one, optional=one.asked(depth) == "o")


def _answer(view: View, one: Field, *, optional: bool) -> Cell:
    said, ours = given(view, one), _ours(view, one)
    if one.by == PEOPLE:
        return Cell(said or (_OPTIONAL if optional else MISSING), _sign(said, optional), note=ours)
    if not one.peoples:
        return Cell(ours)
    if said:
        return Cell(ours, note=said)
    return Cell(ours, note=f"{_OPTIONAL}." if optional else _PEOPLES_PART)


def _sign(said: str, optional: bool) -> Sign:
    if said:
        return GOOD
    return SKIPPED if optional else LATE


def _ours(view: View, one: Field) -> str:
    answer = ANSWERS.get(one.id)
    return answer(view) if answer else ""
