"""The chapter of where an exercise left its plan: by whom, why, and what was not done."""

from collections.abc import Iterator, Mapping

from drill.model.people import SayingView
from drill.model.view import StepView, View
from drill.report.figures import moment
from drill.report.page import Cell, Chapter, Sheet, columns, records_of
from drill.report.signs import sign_of, word_of

_STAFF = "facilitator"
_LEAVES: Mapping[str, str] = {
    "held": "the clock was held",
    "jumped": "the clock was put forward",
    "kept-back": "kept back",
    "released": "released",
    "skipped": "left out",
    "refused": "refused",
    "aborted": "aborted",
}
_ANSWERS = frozenset({"acknowledged", "decided", "accepted", "finished", "claimed"})
_NOT_DONE = frozenset({"failed", "indeterminate", "expired", "skipped"})

Row = tuple[Cell | str, ...]


def deviations(view: View) -> Chapter:
    """Return each deviation with who answers for it, and each step that was not done."""
    key, title = "deviations", "Deviations"
    found = [*_interventions(view), *_not_done(view), *_resumed(view)]
    if not found:
        return Chapter(key, title, prose=("It went as planned: no deviation was recorded.",))
    sheet = Sheet(
        columns("What", "#When", "Deviation", "By", "Why", "Records"),
        note="Whoever deviates says why, and answers for it; what is left out by the plan's own "
        "rules has nobody to name.",
    )
    return Chapter(key, title, tables=(sheet.of(found),))


def _interventions(view: View) -> Iterator[Row]:
    for one in view.sayings:
        if not one.refused and _leaves(one):
            how = _LEAVES.get(one.says, f"answered for a role: {one.says}")
            yield (
                one.step or "the exercise",
                moment(one.at),
                how,
                Cell(one.person, note=one.role),
                one.text or "no reason was given",
                records_of((one.seq,)),
            )


def _leaves(one: SayingView) -> bool:
    return one.says in _LEAVES or (one.role == _STAFF and one.says in _ANSWERS)


def _not_done(view: View) -> Iterator[Row]:
    told = {one.step for one in view.sayings if not one.refused and _leaves(one)}
    steps = (step for step in view.steps if step.phase in _NOT_DONE and step.id not in told)
    yield from (_step(step) for step in steps)


def _step(step: StepView) -> Row:
    return (
        step.id,
        moment(step.started) if step.started is not None else "not begun",
        Cell(word_of(step), sign_of(step)),
        step.answered_by or "nobody",
        step.note or "not recorded",
        records_of(step.records),
    )


def _resumed(view: View) -> Iterator[Row]:
    if view.resumed:
        times = "once" if view.resumed == 1 else f"{view.resumed} times"
        yield "the conductor", "", f"taken up again {times}", "nobody", "it had ended", ""
    if view.aborted:
        yield "the exercise", "", "ended early", "", view.aborted, ""
