"""Tests of the course of things: is it told completely, and by sound clocks."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from drill.evidence.findings import Case, Finding, judged
from drill.model.events import FaultPrepared, Record, StepStarted
from drill.model.steps import Inject

_OVER = frozenset({"done", "failed", "indeterminate", "skipped"})


def completeness(case: Case) -> Finding:
    """CT-03: no number is left out, every step came to an end, every fault has its receipt."""
    records, steps = case.run.records, case.view.steps
    wrong = [
        f"step {step.id} is {step.phase}, and never ended"
        for step in steps
        if step.phase not in _OVER
    ]
    if records[-1].event.type != "exercise-closed":
        wrong.append("the exercise was not closed")
    prepared = {one.event.step for one in records if isinstance(one.event, FaultPrepared)}
    planned = case.run.opened.scenario.steps
    wrong += [
        f"the fault of {step.id} was applied, and has no receipt"
        for step in steps
        if isinstance(planned[step.id], Inject) and step.phase == "done" and step.id not in prepared
    ]
    begun = [one.seq for one in records if isinstance(one.event, FaultPrepared | StepStarted)]
    text = (
        f"{len(records)} records without a gap; all {len(steps)} steps ended, "
        "and every fault that was applied has a receipt"
    )
    return judged(wrong, text, begun)


def clock(case: Case) -> Finding:
    """CT-07: no clock went backwards, was set, or stood still."""
    back = list(_backwards(case.run.records))
    wrong = [f"record {seq} is earlier than the one before it" for seq in back]
    text = (
        "the boot clock never went back, and the wall clock was never set against it; "
        "the offset to a reference (NTP) is not recorded by this drill"
    )
    ends = [0, case.run.records[-1].seq]
    return judged([*wrong, *case.view.clock_notes], text, back or ends)


def _backwards(records: Iterable[Record]) -> Iterator[int]:
    for one, other in pairwise(records):
        if one.at.boot == other.at.boot and other.at.boot_ns < one.at.boot_ns:
            yield other.seq
