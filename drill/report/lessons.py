"""The first page: what went well, and what must change, by rules, each with its evidence.

People add the causes; a rule only points at what the figures already say.
"""

from collections.abc import Callable, Iterator

from drill.model.view import DutyView, LedgerSet, LedgerView, Verdict, View
from drill.report.figures import count, margin, promised, seconds
from drill.report.improvement import to_improve
from drill.report.page import Chapter, records_of
from drill.report.results import set_sign
from drill.report.signs import BAD, LATE, overran

Rule = Callable[[View], Iterator[str]]

_ROOM = 13
"""Rows of tables and points that a first page has room for."""
_MOST, _LEAST = 5, 3
"""Points of each sort that are on it at most, and however many rows there are."""
_ASKED = "AAR-012"


def well(view: View) -> Chapter:
    """Return the strengths that the figures show, and those that people named."""
    points = [text for rule in _STRENGTHS for text in rule(view)]
    shown = _shortened(view, points, "in the chapters below")
    return Chapter("well", "What went well", points=shown, front=True)


def change(view: View) -> Chapter:
    """Return what must change, the gravest first, and what is asked of management."""
    asked = view.form.fields.get(_ASKED, "").strip()
    return Chapter(
        "change",
        "What must change",
        points=_shortened(view, list(changes(view)), "in Findings and improvement plan"),
        after=f"Asked of management: {asked}" if asked else "",
        front=True,
    )


def changes(view: View) -> tuple[str, ...]:
    """Return all that must change, in a line each, the gravest first."""
    return tuple(_cite(one.text, one.records) for one in to_improve(view))


def _shortened(view: View, points: list[str], where: str) -> tuple[str, ...]:
    most = _room(view)
    more = len(points) - most
    rest = (f"And {count(more)} more, {where}.",) if more > 0 else ()
    return (*points[:most], *rest) or ("No rule found anything.",)


def _room(view: View) -> int:
    """Return how many points of one sort there is room for, beside the first page's tables."""
    rows = len(view.objectives) or len(view.ratings) + len(view.duties)
    return min(_MOST, max(_LEAST, (_ROOM - rows) // 2))


def _cite(text: str, records: tuple[int, ...]) -> str:
    cited = records_of(records)
    return f"{text} (records {cited})" if cited else text


def _met(view: View) -> Iterator[str]:
    for one in view.objectives:
        if one.verdict is Verdict.MET:
            left = margin(one.target, one.actual)
            yield _cite(
                f"{one.service} kept its {one.measure}: {one.text} of {promised(one.target)}, "
                f"{left}.",
                one.records,
            )


def _in_time(view: View) -> Iterator[str]:
    for one in view.duties:
        if one.verdict is Verdict.MET:
            yield _cite(f"In time: {one.text} ({_of_limit(one)}).", one.records)


def _of_limit(one: DutyView) -> str:
    return f"{seconds(one.took)} of {promised(one.within)}"


def _nothing_lost(view: View) -> Iterator[str]:
    for ledger in view.ledgers:
        if ledger.reads and ledger.acknowledged and not _bad_sets(ledger):
            yield (
                f"{ledger.service}: none of {count(ledger.acknowledged)} acknowledged writes "
                "was lost."
            )


def _removed(view: View) -> Iterator[str]:
    removed = [fault for fault in view.faults if fault.standing == "undone"]
    if removed and len(removed) == len(view.faults):
        yield f"Every fault was removed and read back ({count(len(removed))})."


def _in_plan(view: View) -> Iterator[str]:
    planned = [step for step in view.steps if step.expect is not None and step.phase == "done"]
    kept = [step for step in planned if not overran(step)]
    if kept:
        yield f"{len(kept)} of {len(planned)} timed steps took no longer than planned."


def _bad_sets(ledger: LedgerView) -> list[LedgerSet]:
    return [one for one in ledger.sets if set_sign(one) in (BAD, LATE)]


def _praised(view: View) -> Iterator[str]:
    for one in view.findings:
        if one.about == "strength":
            yield f"{one.text} (said by {', '.join(one.by)})"


_STRENGTHS: tuple[Rule, ...] = (_met, _in_time, _nothing_lost, _removed, _praised, _in_plan)
