"""One screen of text: what ``drill run`` says when it ends."""

from collections.abc import Iterator

from drill.model.view import DutyView, ObjectiveView, View
from drill.report.figures import count, interval, margin, moment, promised, seconds
from drill.report.lessons import changes
from drill.report.signs import STANDING, UNSURE, VERDICTS

_MOST = 5
"""What must change, at most so many of it: the report has the rest."""


def plain(view: View) -> str:
    """Return the outcome of an exercise in a few lines."""
    return "\n".join(_one_line(line) for line in _lines(view)) + "\n"


def _lines(view: View) -> Iterator[str]:
    sign = VERDICTS[view.verdict]
    yield f"{sign.char} {view.verdict.value.upper()}  {view.title}"
    yield f"  {view.summary}"
    yield ""
    yield from map(_objective, view.objectives)
    yield from map(_duty, view.duties)
    for ledger in view.ledgers:
        sets = ", ".join(f"{one.name} {count(one.count)}" for one in ledger.sets if one.count)
        yield (
            f"  {ledger.service}: {count(ledger.acknowledged)} of {count(ledger.written)} writes "
            f"acknowledged; {sets or 'nothing lost'}"
        )
    yield from _faults(view)
    yield from _changes(view)
    yield ""
    yield f"  run {view.run}, {seconds(view.clock)}, {count(view.records)} records"
    yield f"  head {view.head}"


def _objective(one: ObjectiveView) -> str:
    sign = VERDICTS[one.verdict]
    measured = one.text or interval(one.actual)
    left = f" ({margin(one.target, one.actual)})" if one.actual else ""
    return (
        f"  {sign.char} {one.service} {one.measure}: {measured} of {promised(one.target)}{left}, "
        f"{one.verdict.value}"
    )


def _duty(one: DutyView) -> str:
    sign = VERDICTS[one.verdict]
    took = "" if one.took is None else f"{seconds(one.took)} of "
    return f"  {sign.char} duty {one.name}: {took}{promised(one.within)}, {one.verdict.value}"


def _faults(view: View) -> Iterator[str]:
    for fault in view.faults:
        sign = STANDING.get(fault.standing, UNSURE)
        at = f" at {moment(fault.undone)}" if fault.undone is not None else ""
        yield f"  {sign.char} fault {fault.fault} on {fault.target}: {fault.standing}{at}"


def _changes(view: View) -> Iterator[str]:
    points = changes(view) or ("No rule found anything.",)
    yield ""
    yield "  What must change:"
    for point in points[:_MOST]:
        yield f"  - {point}"
    if len(points) > _MOST:
        yield f"  - and {len(points) - _MOST} more, in the report"


def _one_line(text: str) -> str:
    """Return the text without what would move a terminal's cursor."""
    return "".join(c if c.isprintable() else " " for c in text).rstrip()
