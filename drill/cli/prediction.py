"""What a rehearsal or a tabletop predicts, and takes for granted, for a person at a terminal."""

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from drill.cli.history import History
from drill.cli.ink import ink, joined, printable
from drill.crews.fates import mending_of
from drill.exercise.answers import ASSUMED
from drill.graph.case import watched
from drill.graph.paths import course_of
from drill.graph.plan import Plan
from drill.model.steps import Decide, Step, StoryInject
from drill.model.time import format_duration
from drill.model.view import DutyView, FaultView, ObjectiveView, StepView, Verdict, View
from drill.report.figures import moment, promised, seconds
from drill.report.signs import PHASES, SKIPPED, VERDICTS

_HEADINGS = ("At", "Takes", "Known", "Step", "What")
_FIGURES = ("At", "Takes")
_RTA = "RTA from onset"
_ACTUAL = {"RTO": "RTA"}
"""What is measured against a promise has a name of its own, where there is one."""
_UNSAID = ("", ASSUMED, "--yes-as")
"""Who answers where nobody at a table did: they say what, not how long."""


def prediction(plan: Plan, view: View, took: History) -> RenderableType:
    """Return the timeline, what it means for each service, the critical path, the assumptions.

    ``took`` is how long steps took before, where the rehearsal went by that.
    """
    assumed = tuple(_assumptions(plan, view, took)) or ("nothing",)
    return Group(
        Text(f"{view.mode.capitalize()}: {printable(view.title)}", style="bold"),
        "",
        _timeline(plan, view, took),
        "",
        *_promises(view),
        "",
        *_paths(plan, view),
        "",
        Text("Taken for granted"),
        *(Text(f"- {printable(line)}") for line in assumed),
        "",
    )


def _timeline(plan: Plan, view: View, took: History) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in _HEADINGS:
        figures = heading in _FIGURES
        table.add_column(heading, justify="right" if figures else "left", no_wrap=figures)
    rows = {step.id: _row(plan.step(step.id), step, took) for step in view.steps}
    begun = [(step.started, rows[step.id]) for step in view.steps if step.started]
    undone = [(fault.undone, _undo(fault)) for fault in view.faults if fault.undone is not None]
    for _, row in sorted([*undone, *begun], key=lambda pair: pair[0]):
        table.add_row(*row)
    for step in view.steps:
        if not step.started:
            table.add_row(*rows[step.id])
    return table


def _row(step: Step, seen: StepView, before: History) -> tuple[Text, ...]:
    took = None if seen.started is None or seen.ended is None else seen.ended - seen.started
    sign = PHASES[seen.phase]
    what = " ".join(part for part in (seen.kind, seen.uses, seen.on and f"on {seen.on}") if part)
    who = f"{seen.by}: {what}" if seen.by else what
    return (
        Text("" if seen.started is None else moment(seen.started)),
        Text("" if took is None else seconds(took)),
        Text("" if seen.started is None else _known(step, seen, before)),
        joined(ink(f"{sign.char} ", sign.tone), seen.id),
        Text(printable(f"{who} → {seen.note}" if seen.note else who)),
    )


def _undo(fault: FaultView) -> tuple[Text, ...]:
    what = f"undo {fault.fault} on {fault.target}"
    return Text(moment(fault.undone)), Text(seconds(0)), Text("assumed"), Text(), Text(what)


def _known(step: Step, seen: StepView, before: History) -> str:
    """Return where a step's duration comes from."""
    if watched(step) is not None:
        return "simulated"
    if isinstance(step, StoryInject):
        return "told"
    if seen.id in before:
        return "as before"
    if seen.answered_by not in _UNSAID:
        return "said"
    return "assumed" if step.expect is None else "claimed"


def _promises(view: View) -> Iterator[Text]:
    sign = VERDICTS[view.verdict]
    yield ink(f"{sign.char} predicted: {view.verdict.value}", sign.tone, bold=True)
    if view.aborted:
        yield Text(f"  it would end early: {printable(view.aborted)}")
    for one in view.objectives:
        yield _predicted(one)
        if one.measure == "RTO" and one.verdict is not Verdict.MET:
            yield Text(f"    {printable(one.reason)}")
    yield from map(_limited, view.duties)
    promised_for = {one.service for one in view.objectives if one.measure == "RTO"}
    for each in view.durations:
        if each.name == _RTA and each.actual and each.service not in promised_for:
            yield Text(f"  {SKIPPED.char} {each.service} RTA: {seconds(each.actual.hi)} at most")


def _predicted(one: ObjectiveView) -> Text:
    """Return what becomes of a promise; of a recovery point a rehearsal cannot know it."""
    if one.measure == "RPO":
        return Text(f"  {SKIPPED.char} {one.service} RPA: not predicted")
    sign = VERDICTS[one.verdict]
    measure = _ACTUAL.get(one.measure, one.measure)
    said = f"{one.service} {measure}: {one.text} of {promised(one.target)}, {one.verdict.value}"
    return joined(ink(f"  {sign.char} ", sign.tone), said)


def _limited(one: DutyView) -> Text:
    """Return what becomes of a time limit that binds from outside."""
    sign = VERDICTS[one.verdict]
    took = "" if one.took is None else f"{seconds(one.took)} of "
    said = f"duty {one.name}: {took}{promised(one.within)}, {one.verdict.value}"
    return joined(ink(f"  {sign.char} ", sign.tone), printable(said))


def _paths(plan: Plan, view: View) -> Iterator[Text]:
    course = course_of(plan.scenario)
    yield Text(f"Critical path {format_duration(course.total)}: {' → '.join(course.critical)}")
    chain = sorted((step.started or 0.0, step.id) for step in view.steps if step.critical)
    if chain:
        yield Text(f"Decides the recovery: {' → '.join(id_ for _, id_ in chain)}")


def _assumptions(plan: Plan, view: View, took: History) -> Iterator[str]:
    faults = bool(view.faults)
    if faults and plan.scenario.services:
        yield "every fault takes every service down, and its undo takes no time"
    for name, id_ in mending_of(plan).items():
        yield f"{name} is well again once {id_} is done"
    if took:
        yield f"what is as before takes as long as in {view.environment['history']}"
    if unclaimed := _unclaimed(plan, view, took):
        yield f"without a claim (`expect`) a step takes its limit: {', '.join(unclaimed)}"
    if seen_by_probes := [id_ for id_ in plan.order if watched(plan.step(id_))]:
        yield (
            "a service's state is known as soon as a probe would know, "
            f"whatever is claimed: {', '.join(seen_by_probes)}"
        )
    yield from _decisions(plan, {step.id: step for step in view.steps})
    if any(service.rpo for service in plan.scenario.services.values()):
        yield "no acknowledged write is lost: what the ledger would show is not predicted"


def _unclaimed(plan: Plan, view: View, took: History) -> list[str]:
    return [step.id for step in view.steps if _known(plan.step(step.id), step, took) == "assumed"]


def _decisions(plan: Plan, seen: Mapping[str, StepView]) -> Iterator[str]:
    for id_ in plan.order:
        step, one = plan.step(id_), seen[id_]
        if isinstance(step, Decide) and one.answered_by == ASSUMED:
            yield f"{step.by} decides {one.note} in {id_}; for another: --yes-as {step.by}=OPTION"
