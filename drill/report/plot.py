"""The chapters of the story: what was told, on which clock, within which limits, and claimed."""

from collections.abc import Iterator

from drill.model.people import HoldView
from drill.model.view import ClaimView, DutyView, StepView, View
from drill.report.figures import NOT_MEASURED, interval, moment, promised, seconds, utc
from drill.report.page import Cell, Chapter, Sheet, Table, columns, records_of
from drill.report.signs import LATE, VERDICTS, sign_of, word_of

_STORY = "story"
_SAME = 0.0005
"""Seconds by which gross and net time may differ and still be printed as one."""


def injects(view: View) -> Chapter:
    """Return the pieces of the story, whom they told, and what people ought to have done."""
    key, title = "injects", "Story and injects"
    told = [step for step in view.steps if _is_told(step)]
    if not told:
        return Chapter(key, title, prose=("Nothing was told but the steps themselves.",))
    sheet = Sheet(
        columns("Step", "Told", "To", "#Due", "#Told at", "Expected of people", "Now"),
        note="A decoy has nothing to do with the disruption; a contingency comes only if people "
        "miss another step. Due is on the exercise clock, without holds.",
    )
    return Chapter(key, title, tables=(sheet.of(map(_inject, told)),))


def _is_told(step: StepView) -> bool:
    for_staff = step.expected or step.questions or step.decoy or step.contingency
    return bool(for_staff) or (step.kind == "inject" and step.uses == _STORY)


def _inject(step: StepView) -> tuple[Cell | str, ...]:
    sort = ("decoy" if step.decoy else "", "contingency" if step.contingency else "")
    told = step.story if step.uses == _STORY else step.uses
    return (
        Cell(step.id, note=", ".join(filter(None, (step.kind, *sort)))),
        Cell(told, note="" if told == step.story else step.story),
        ", ".join(step.told_to) or step.by or "everybody",
        "when it is ready" if step.due is None else moment(step.due),
        moment(step.started),
        Cell(step.expected or "not stated", note=" ".join(step.questions)),
        Cell("kept back" if step.kept_back else word_of(step), sign_of(step), note=step.note),
    )


def clock(view: View) -> Chapter:
    """Return gross and net time, and who held the clock, and why."""
    key, title = "clock", "Exercise clock"
    gross, net = seconds(view.gross), seconds(view.net)
    begins = "" if view.story_began is None else f"The story begins on {utc(view.story_began)}."
    if not view.holds and abs(view.gross - view.net) < _SAME:
        never = f"It was never held, nor put forward: {gross}. {begins}"
        return Chapter(key, title, prose=(never.rstrip(),))
    times = Sheet(
        columns("Clock", "Value"),
        note="Gross never stops, and verdicts use it; net is without holds, and with what was "
        f"jumped. {begins}".rstrip(),
    )
    rows = (("Gross", gross), ("Net", net))
    return Chapter(key, title, tables=(times.of(rows), *_held(view), *_net_durations(view)))


def _held(view: View) -> Iterator[Table]:
    sheet = Sheet(
        columns("#Held at", "#For", "By", "Why"),
        title="Holds",
        empty="it was never held",
    )
    yield sheet.of(map(_hold, view.holds))


def _hold(one: HoldView) -> tuple[str, ...]:
    lasted = "it lasts" if one.ends is None else seconds(one.ends - one.begins)
    return moment(one.begins), lasted, one.by, one.why


def _net_durations(view: View) -> Iterator[Table]:
    sheet = Sheet(columns("Measure", "Service", "#Gross", "#Net"), title="Measures, gross and net")
    rows = [
        (one.name, one.service or "", interval(one.actual), interval(one.net))
        for one in view.durations
        if one.actual is not None
    ]
    if rows:
        yield sheet.of(rows)


def duties(view: View) -> Chapter:
    """Return the time limits that laws, contracts and standards set."""
    key, title = "duties", "Time limits"
    if not view.duties:
        return Chapter(key, title, prose=("The scenario names none.",))
    sheet = Sheet(
        columns("What must be done", "#Within", "#From", "#Took", "Verdict", "Records"),
        note="Holds count, and so does time that was jumped; net is without holds.",
    )
    return Chapter(key, title, tables=(sheet.of(map(_duty, view.duties)),))


def _duty(one: DutyView) -> tuple[Cell | str, ...]:
    net = "" if one.net is None or one.net == one.took else f"net {seconds(one.net)}"
    open_end = "not done" if one.took is not None and one.ends is None else ""
    return (
        Cell(one.text, note=one.source),
        promised(one.within),
        moment(one.begins),
        Cell(seconds(one.took), note=", ".join(filter(None, (open_end, net)))),
        Cell(one.verdict.value, VERDICTS[one.verdict]),
        records_of(one.records),
    )


def claims(view: View) -> Chapter:
    """Return what was said at a table beside what was measured when it was done."""
    key, title = "claims", "Claimed against measured"
    if not view.claims:
        nothing = "Nothing was claimed: no earlier tabletop of this scenario is at hand."
        return Chapter(key, title, prose=(nothing,))
    run = view.claims[0].run
    sheet = Sheet(
        columns("What", "#Claimed", "#Planned", "#Measured", "#Measured less claimed"),
        note=f"Claimed at the table of {run}, which is an estimate (grade D).",
    )
    return Chapter(key, title, tables=(sheet.of(map(_claim, view.claims)),))


def _claim(one: ClaimView) -> tuple[Cell | str, ...]:
    known = one.claimed is not None and one.measured is not None
    over = (one.measured or 0.0) - (one.claimed or 0.0)
    return (
        Cell(one.step or one.what, note=one.what if one.step else ""),
        "not claimed" if one.claimed is None else seconds(one.claimed),
        "none" if one.planned is None else promised(one.planned),
        seconds(one.measured),
        Cell(seconds(over), LATE if over > 0 else None) if known else NOT_MEASURED,
    )
