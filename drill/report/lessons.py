"""What went well, what must change, what is not proven: by rules, each with its evidence.

People add the causes; a rule only points at what the figures already say.
"""

from collections.abc import Callable, Iterator

from drill.model.view import DutyView, LedgerSet, LedgerView, StepView, Verdict, View
from drill.report.figures import count, margin, promised, seconds
from drill.report.page import Chapter, records_of
from drill.report.results import set_sign
from drill.report.signs import BAD, LATE, overran, took_of

Rule = Callable[[View], Iterator[str]]

_UNWELL = ("failed", "indeterminate", "expired")


def well(view: View) -> Chapter:
    """Return the strengths that the figures show."""
    return Chapter("well", "What went well", points=_apply(_STRENGTHS, view))


def change(view: View) -> Chapter:
    """Return what the figures say must change, the gravest first."""
    return Chapter("change", "What must change", points=_apply(_WEAKNESSES, view))


def limits(view: View) -> Chapter:
    """Return what nobody should read into this report."""
    return Chapter("limits", "What this exercise does not prove", points=_apply(_LIMITS, view))


def _apply(rules: tuple[Rule, ...], view: View) -> tuple[str, ...]:
    return tuple(text for rule in rules for text in rule(view)) or ("No rule found anything.",)


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


def _unkept(view: View) -> Iterator[str]:
    for one in view.objectives:
        if one.verdict in (Verdict.MISSED, Verdict.INVALID, Verdict.INCONCLUSIVE):
            yield _cite(
                f"{one.service} {one.measure} is {one.verdict.value}: {one.text} of "
                f"{promised(one.target)}. {one.reason}",
                one.records,
            )


def _too_late(view: View) -> Iterator[str]:
    for one in view.duties:
        if one.verdict is Verdict.MISSED:
            source = f", {one.source}" if one.source else ""
            yield _cite(f"Not in time: {one.text} ({_of_limit(one)}{source}).", one.records)


def _left_standing(view: View) -> Iterator[str]:
    for fault in view.faults:
        if fault.standing in ("prepared", "standing", "undoing", "stuck"):
            yield _cite(
                f"The fault {fault.fault} on {fault.target} is {fault.standing}: remove it now. "
                f"{fault.proof}".rstrip(),
                fault.records,
            )


def _losses(view: View) -> Iterator[str]:
    for ledger in view.ledgers:
        for one in _bad_sets(ledger):
            yield f"{ledger.service}: {count(one.count)} writes {one.name}: {one.meaning}."


def _bad_sets(ledger: LedgerView) -> list[LedgerSet]:
    return [one for one in ledger.sets if set_sign(one) in (BAD, LATE)]


def _unwell(view: View) -> Iterator[str]:
    for step in view.steps:
        if step.phase in _UNWELL:
            yield _cite(f"{step.id} is {step.phase}. {step.note}".rstrip(), step.records)


def _slow(view: View) -> Iterator[str]:
    for step in sorted(filter(overran, view.steps), key=_overrun, reverse=True):
        yield _cite(
            f"{step.id} took {seconds(took_of(step))}; the plan claims "
            f"{promised(step.expect or 0)}.",
            step.records,
        )


def _overrun(step: StepView) -> float:
    return (took_of(step) or 0) - (step.expect or 0)


def _clocks(view: View) -> Iterator[str]:
    yield from view.clock_notes


def _aborted(view: View) -> Iterator[str]:
    if view.aborted:
        yield f"The exercise was aborted: {view.aborted}"


def _not_closed(view: View) -> Iterator[str]:
    if view.closed is None:
        yield "The exercise is not closed: every figure may still change."


def _unmeasured(view: View) -> Iterator[str]:
    for one in view.objectives:
        if one.verdict is Verdict.NOT_MEASURED:
            yield f"{one.service} {one.measure} was not measured. {one.reason}".rstrip()


def _no_ledger(view: View) -> Iterator[str]:
    kept = {ledger.service for ledger in view.ledgers}
    for one in view.availability:
        if one.service not in kept:
            yield f"Whether {one.service} lost data: no ledger of its writes was kept."


def _rehearsed(view: View) -> Iterator[str]:
    if view.mode != "live":
        yield f"Anything about the real systems: this was a {view.mode}, which touches nothing."


def _announced(view: View) -> Iterator[str]:
    if view.announced:
        yield "How people act unprepared: the exercise was announced."


def _skipped(view: View) -> Iterator[str]:
    skipped = [step.id for step in view.steps if step.phase in ("skipped", "pending")]
    if skipped:
        yield f"Steps that were not attempted: {', '.join(skipped)}."


_STRENGTHS: tuple[Rule, ...] = (_met, _in_time, _nothing_lost, _removed, _in_plan)
_WEAKNESSES: tuple[Rule, ...] = (
    _left_standing, _aborted, _unkept, _too_late, _losses, _unwell, _slow, _clocks,
)  # fmt: skip
_LIMITS: tuple[Rule, ...] = (
    _not_closed, _rehearsed, _unmeasured, _no_ledger, _announced, _skipped,
)  # fmt: skip
