"""The chapters of what was done: time, teams, steps, faults, log."""

from collections.abc import Iterator

from drill.model.view import FaultView, StepView, View
from drill.report.asking import is_answered
from drill.report.figures import count, moment, promised, seconds, utc
from drill.report.page import Cell, Chapter, Sheet, Table, columns, records_of
from drill.report.signs import (
    LATE,
    PROGRESS,
    STANDING,
    UNSURE,
    overran,
    sign_of,
    took_of,
    waited_of,
    word_of,
)

_TIERS = {
    "A": "also after a reboot (tier A: a unit of systemd that keeps time, and is started at boot)",
    "B": "but not after a reboot (tier B: a detached process, there is no systemd)",
    "fis": "by the durations of its own actions (AWS FIS), which nobody renews",
}
_TIMES = columns("Step", "For", "#Waited", "#Worked", "#Planned", "#Slack")
_DEAREST = 5
"""Steps whose cost is told."""
_HOST = "the host itself, at latest {} after the last word"
_ENDS = {"fis": "the experiment itself, at latest {} after it began"}


def time(view: View) -> Chapter:
    """Return where the time went: every step on one axis, the chain that decided, and the rest."""
    chain = [step for step in view.steps if step.critical]
    decided = Sheet(
        _TIMES,
        title="The chain that decided when the service came back",
    )
    dear = Sheet(
        _TIMES,
        title="The steps that cost most",
        note="Slack is how much later the plan could have had a step end, with the whole no later. "
        "Waited, ready to start and not started: it is no work.",
        empty="no step took any time",
    )
    return Chapter(
        "time",
        "Where the time went",
        prose=tuple(_shares(view, chain)),
        drawing="time",
        tables=(
            *((decided.of(map(_timed, chain)),) if chain else ()),
            dear.of(map(_timed, _dearest(view))),
        ),
    )


def _shares(view: View, chain: list[StepView]) -> Iterator[str]:
    """Yield in a sentence how much of the chain was work, and how much people were waited for."""
    worked = sum(took_of(step) or 0.0 for step in chain)
    waited = sum(waited_of(step) or 0.0 for step in chain)
    people = sum(took_of(step) or 0.0 for step in chain if is_answered(step))
    if not chain:
        yield "There is no critical chain: no service was seen to come back."
    else:
        yield (
            f"The chain that decided is {len(chain)} of {len(view.steps)} steps: {seconds(worked)} "
            f"of work, of which people took {seconds(people)}, and {seconds(waited)} of waiting."
        )


def _dearest(view: View) -> list[StepView]:
    ended = [step for step in view.steps if took_of(step)]
    return sorted(ended, key=lambda step: took_of(step) or 0.0, reverse=True)[:_DEAREST]


def _timed(step: StepView) -> tuple[Cell | str, ...]:
    return (
        step.id,
        step.lane,
        seconds(waited_of(step)),
        Cell(seconds(took_of(step)), LATE if overran(step) else None),
        _planned(step),
        "not planned" if step.slack is None else seconds(step.slack),
    )


def lanes(view: View) -> Chapter:
    """Return who waited for whom."""
    return Chapter("lanes", "Steps and teams", drawing="lanes" if view.steps else "")


def steps(view: View) -> Chapter:
    """Return every step with its outcome, and what happened inside it."""
    sheet = Sheet(
        columns("Step", "Uses", "On", "#Started", "#Took", "#Plan", "Outcome", "Records"),
        note="Took is work alone; waiting is told apart above. Plan is what the scenario claims.",
        empty="no steps",
    )
    inside = tuple(_inside(step) for step in view.steps if step.progress or step.evidence)
    return Chapter(
        "steps", "Every step", tables=(sheet.of(_step(step) for step in view.steps), *inside)
    )


def _step(step: StepView) -> tuple[Cell | str, ...]:
    return (
        Cell(step.id, note=step.story),
        Cell(step.uses, note=step.kind),
        step.on or step.lane,
        moment(step.started),
        Cell(seconds(took_of(step)), LATE if overran(step) else None),
        _planned(step),
        Cell(word_of(step), sign_of(step), note=step.note),
        records_of(step.records),
    )


def _planned(step: StepView) -> str:
    return "none" if step.expect is None else promised(step.expect)


def _inside(step: StepView) -> Table:
    number = len(step.progress)
    sheet = Sheet(
        columns("Task", "Outcome", "#Took"),
        title=f"{step.id}: {count(number)} {'task' if number == 1 else 'tasks'} inside",
        evidence=step.evidence,
        folded=True,
        empty="no tasks",
    )
    return sheet.of(
        (
            Cell(one.what, note=one.note),
            Cell(one.outcome, PROGRESS.get(one.outcome, UNSURE)),
            seconds(one.seconds),
        )
        for one in step.progress
    )


def faults(view: View) -> Chapter:
    """Return each fault from its receipt to the proof of its removal."""
    key, title = "faults", "Faults injected, and proven removed"
    if not view.faults:
        return Chapter(key, title, prose=("No fault was injected.",))
    sheet = Sheet(
        columns("Fault", "Target", "#Receipt", "#Applied", "#Undone", "Now", "Proof", "Records"),
        note="A receipt is what was captured before the fault was applied; undone means that the "
        "captured state was read back.",
    )
    return Chapter(
        key, title, tables=(sheet.of(_fault(fault) for fault in view.faults), *_leases(view))
    )


def _leases(view: View) -> tuple[Table, ...]:
    """Return for each host who would have ended its faults without drill, and who had to."""
    sheet = Sheet(
        columns("Host", "Fault", "Without drill", "Was that needed?"),
        title="Who ends a fault when drill is gone",
        note="A lease is renewed as long as drill lives. It is lost when drill, or the way to the "
        "host, was away for longer than it lasts; the host then puts back what it captured.",
    )
    prepared = sorted(
        (fault for fault in view.faults if fault.prepared is not None),
        key=lambda fault: (fault.target, fault.prepared),
    )
    return (sheet.of(map(_leased, prepared)),) if prepared and view.mode == "live" else ()


def _leased(fault: FaultView) -> tuple[Cell | str, ...]:
    head = fault.target, Cell(fault.fault, note=fault.step)
    lease = fault.lease
    if lease is None:
        return *head, Cell("nobody: the host cannot end this fault, drill must", LATE), "no lease"
    ends = _ENDS.get(lease.tier, _HOST).format(promised(lease.seconds))
    lost = Cell("yes: the lease was lost, and the host ended the fault by itself", LATE)
    return (
        *head,
        Cell(f"{ends}, {_TIERS.get(lease.tier, lease.tier)}"),
        lost if lease.lost else "no",
    )


def _fault(fault: FaultView) -> tuple[Cell | str, ...]:
    return (
        Cell(fault.fault, note=fault.step),
        fault.target,
        moment(fault.prepared),
        moment(fault.applied),
        moment(fault.undone),
        Cell(fault.standing, STANDING.get(fault.standing, UNSURE)),
        fault.proof or "none",
        records_of(fault.records),
    )


def log(view: View) -> Chapter:
    """Return the log."""
    sheet = Sheet(
        columns("#Record", "#Clock", "UTC", "What", "Step", "Said"),
        title=f"{count(len(view.log))} lines",
        folded=True,
        empty="nothing was logged",
    )
    lines = (
        (
            str(line.seq),
            moment(line.at),
            utc(line.wall).split(", ")[1],
            line.what,
            line.step,
            line.text,
        )
        for line in view.log
    )
    return Chapter("log", "Log", tables=(sheet.of(lines),))
