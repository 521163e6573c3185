"""The chapters of what was measured: objectives, availability, marks, durations, ledgers."""

from collections.abc import Mapping

from drill.model.view import (
    AvailabilityView,
    ConsistencyView,
    LedgerSet,
    LedgerView,
    MarkView,
    ObjectiveView,
    View,
)
from drill.report.figures import (
    NOT_MEASURED,
    count,
    interval,
    margin,
    moment,
    promised,
    seconds,
    utc,
)
from drill.report.page import Cell, Chapter, Sheet, Table, columns, records_of
from drill.report.signs import BAD, GOOD, LATE, SKIPPED, UNSURE, VERDICTS, Sign

_GRADES = (
    "Grade: what a number rests on. A, an independent machine probe; B, the executor's own record; "
    "C, a human time stamp; D, an estimate or a claim."
)
_HARMLESS = frozenset({"kept", "kept-unknown", "unreported"})
"""Sets whose members are no loss; any other set should be empty."""
_GRAVE = frozenset({"lost", "split-brain", "lost-later", "phantom", "alien"})


def objectives(view: View) -> Chapter:
    """Return each promise and what became of it."""
    if not view.objectives:
        nothing = "No service has a recovery objective in this exercise."
        return Chapter("objectives", "Recovery objectives", prose=(nothing,), front=True)
    sheet = Sheet(
        columns("Objective", "#Target", "#Measured", "#Margin", "Verdict", "Grade", "Records"),
        note="Met only if the whole interval lies within the target, missed only if none of it "
        "does. " + _GRADES,
    )
    return Chapter(
        "objectives",
        "Recovery objectives",
        tables=(sheet.of(map(_objective, view.objectives)),),
        front=True,
    )


def _objective(one: ObjectiveView) -> tuple[Cell | str, ...]:
    counted = f"counted from {one.counted_from}" if one.counted_from else "by the ledger"
    return (
        Cell(f"{one.service} {one.measure}", note=counted),
        promised(one.target),
        one.text or interval(one.actual),
        margin(one.target, one.actual),
        Cell(one.verdict.value, VERDICTS[one.verdict], note=one.reason),
        one.grade.value,
        records_of(one.records),
    )


def availability(view: View) -> Chapter:
    """Return what the independent probes saw."""
    if not view.availability:
        return Chapter("availability", "Availability", prose=("No service was probed.",))
    sheet = Sheet(
        columns("Service", "#Interval", "#Good", "#Bad", "#Unknown", "#Floor", "Controls"),
        note="Floor: the largest gap between two samples; a shorter outage could have been missed. "
        "Controls: green before the fault (negative), and the fault was seen (positive).",
    )
    answered = Sheet(columns("Service", "Outages seen", "Restored at", "Answered by"))
    probed = view.availability
    return Chapter(
        "availability",
        "Availability",
        drawing="availability",
        tables=(sheet.of(map(_probe, probed)), answered.of(map(_answers, probed))),
    )


def _probe(one: AvailabilityView) -> tuple[Cell | str, ...]:
    states = [state for _, state in one.samples]
    return (
        one.service,
        promised(one.every),
        *(count(states.count(state)) for state in ("good", "bad", "unknown")),
        seconds(one.detection_floor),
        controls(one),
    )


def controls(one: AvailabilityView) -> Cell:
    """Return whether the probe was right about what is known for sure."""
    good, total = one.baseline
    before = f"{count(good)} of {count(total)} good before the fault"
    saw = "the fault was seen" if one.saw_fault else "the fault was not seen"
    held = total > 0 and good == total and one.saw_fault
    return Cell(f"{before}; {saw}", GOOD if held else UNSURE)


def _answers(one: AvailabilityView) -> tuple[str, ...]:
    spans = [
        f"{moment(begin)} to {'its end not seen' if end is None else moment(end)}"
        for begin, end in one.outages
    ]
    by = [f"{who or 'nobody named'} ({count(times)})" for who, times in one.answered_by.items()]
    restored = one.restored
    return (
        one.service,
        "; ".join(spans) or "none",
        NOT_MEASURED if restored is None else f"+{interval(restored)}",
        ", ".join(by) or "nobody",
    )


def marks(view: View) -> Chapter:
    """Return the marks T0c to T11, and the durations between them."""
    found = Sheet(
        columns("Mark", "Meaning", "Service", "#Exercise clock", "UTC", "Grade", "Records")
    )
    spans = Sheet(columns("Measure", "Service", "From", "To", "#Took", "Grade"))
    return Chapter(
        "marks",
        "Marks and durations",
        tables=(
            found.of(map(_mark, view.marks)),
            spans.of(
                (one.name, one.service or "", one.begins, one.ends, interval(one.actual),
                 one.grade.value if one.grade else "")
                for one in view.durations
            ),
        ),
    )  # fmt: skip


def _mark(mark: MarkView) -> tuple[Cell | str, ...]:
    return (
        Cell(mark.name),
        Cell(mark.title, note="" if mark.note == NOT_MEASURED else mark.note),
        mark.service or "",
        moment(mark.at),
        NOT_MEASURED if mark.wall is None else utc(mark.wall).split(", ")[1],
        mark.grade.value if mark.grade else "",
        records_of(mark.records),
    )


def ledgers(view: View) -> Chapter:
    """Return what the ledgers of acknowledged writes say: what was lost, by number."""
    tables = [table for ledger in view.ledgers for table in _ledger(ledger)]
    if view.consistency is not None:
        tables.append(_consistency(view.consistency))
    prose = () if tables else ("No ledger was kept: nothing is known about lost data.",)
    return Chapter("ledger", "Acknowledged writes", prose=prose, tables=tuple(tables))


def _ledger(one: LedgerView) -> tuple[Table, Table]:
    sets = Sheet(
        columns("Set", "#Count", "Meaning", "Examples"),
        title=f"{one.service}: one write each {promised(one.every)}",
        note=f"{count(one.written)} written: {count(one.acknowledged)} acknowledged, "
        f"{count(one.refused)} refused, {count(one.unknown)} unknown. "
        f"Read back {one.reads} times. {one.note}".rstrip(),
    )
    nodes = Sheet(columns("Node", "Found there"), empty="no node was read")
    return sets.of(map(_set, one.sets)), nodes.of(_nodes(one.nodes))


def _consistency(one: ConsistencyView) -> Table:
    agreed = "all of them, to the end" if one.point is None else f"+{interval(one.point)}"
    stores = Sheet(
        columns("Store", "#Whole until", "#Writes beyond the point"),
        title=f"Consistency point across stores: {agreed}",
        note="Up to the point no store lacks an acknowledged write. What a store has from after it "
        "may lack what belongs to it in another.",
    )
    return stores.of(
        (
            each.service,
            "its end" if each.whole_until is None else f"+{interval(each.whole_until)}",
            count(each.beyond),
        )
        for each in one.stores
    )


def _set(one: LedgerSet) -> tuple[Cell | str, ...]:
    return (
        Cell(one.name, set_sign(one)),
        count(one.count),
        one.meaning,
        Cell(", ".join(one.examples), code=True),
    )


def set_sign(one: LedgerSet) -> Sign:
    """Return how good the news of a set is."""
    if one.name in _HARMLESS:
        return GOOD if one.count else SKIPPED
    if not one.count:
        return GOOD
    return BAD if one.name in _GRAVE else LATE


def _nodes(nodes: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(nodes.items())
