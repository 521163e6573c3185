"""A plan for the terminal, and as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from drill.graph.draw import lane_of, word_of
from drill.graph.paths import Course, course_of, expected, limit
from drill.graph.plan import Plan
from drill.model.names import StepId
from drill.model.steps import Inject
from drill.model.time import format_duration
from drill.plugins import Registry


@dataclass(frozen=True, slots=True)
class Outlook:
    """A plan, laid on the clock by what it claims and by what it allows."""

    plan: Plan
    claimed: Course
    longest: Course


def outlook_of(plan: Plan) -> Outlook:
    """Lay a plan on the clock, twice."""
    return Outlook(
        plan=plan,
        claimed=course_of(plan.scenario, expected),
        longest=course_of(plan.scenario, limit, plan.undo_timeout),
    )


def shown(plan: Plan, registry: Registry) -> RenderableType:
    """Return a plan for a person at a terminal."""
    outlook = outlook_of(plan)
    return Group(
        Text(plan.scenario.title, style="bold"),
        Text(plan.scenario.purpose),
        "",
        _steps(outlook),
        "",
        *_paths(outlook),
        "",
        _targets(plan),
        _faults(plan, registry),
        Text(f"Digest: {plan.digest}"),
    )


def _steps(outlook: Outlook) -> Table:
    table = Table(box=None, pad_edge=False, title=None, padding=(0, 2, 0, 0))
    for heading in ("Step", "Kind", "Target or role", "After"):
        table.add_column(heading, overflow="fold")
    for heading in ("Starts", "Takes", "At most", "Slack"):
        table.add_column(heading, justify="right", no_wrap=True)
    for id_ in outlook.plan.order:
        table.add_row(*_row(outlook, id_))
    return table


def _row(outlook: Outlook, id_: StepId) -> tuple[Text, ...]:
    step, stretch = outlook.plan.step(id_), outlook.claimed.steps[id_]
    after = ", ".join(
        e.step if e.outcome == "done" else f"{e.step}.{e.outcome}" for e in step.edges
    )
    critical = id_ in outlook.claimed.critical
    cells = (
        id_,
        word_of(step),
        lane_of(step),
        after,
        f"T+{format_duration(stretch.start)}",
        format_duration(stretch.end - stretch.start),
        format_duration(limit(step)),
        "critical" if critical else format_duration(stretch.slack),
    )
    return tuple(Text(cell, style="bold" if critical else "") for cell in cells)


def _paths(outlook: Outlook) -> Iterator[Text]:
    for name, course in (("Expected", outlook.claimed), ("At most", outlook.longest)):
        yield Text(f"{name} {format_duration(course.total)}: {' → '.join(course.critical)}")


def _targets(plan: Plan) -> Tree:
    tree = Tree("Targets touched")
    touched = _touched(plan)
    for name in touched:
        target = plan.targets[name]
        tree.add(Text(f"{name}  {target.site}  {target.address}: {', '.join(touched[name])}"))
    return tree


def _faults(plan: Plan, registry: Registry) -> Tree:
    tree = Tree("Faults, and how each is undone")
    for fault in _injects(plan, registry):
        tree.add(Text(f"{fault['step']}: {fault['fault']} on {fault['on']}; {fault['undo']}"))
    return tree


def _touched(plan: Plan) -> dict[Any, list[StepId]]:
    """Return each target that a step names, and those steps."""
    touched: dict[Any, list[StepId]] = {}
    for id_ in plan.order:
        name = getattr(plan.step(id_), "on", None)
        if name is not None:
            touched.setdefault(name, []).append(id_)
    return touched


def _injects(plan: Plan, registry: Registry) -> Iterator[dict[str, str]]:
    for id_ in plan.order:
        step = plan.step(id_)
        if isinstance(step, Inject):
            until = f"until {step.until.step}" if step.until else "until the end"
            removal = registry.faults[step.inject].removal
            undo = f"{until}: {removal}"
            yield {"step": id_, "fault": step.inject, "on": step.on, "undo": undo}


def as_json(plan: Plan, registry: Registry) -> dict[str, Any]:
    """Return a plan for other programs; durations as in a scenario."""
    outlook = outlook_of(plan)
    return {
        "id": plan.scenario.id,
        "title": plan.scenario.title,
        "digest": plan.digest,
        "steps": [_step(outlook, id_) for id_ in plan.order],
        "expected": _course(outlook.claimed),
        "longest": _course(outlook.longest),
        "targets": _touched(plan),
        "faults": list(_injects(plan, registry)),
        "files": dict(plan.files),
    }


def _step(outlook: Outlook, id_: StepId) -> dict[str, Any]:
    step, stretch = outlook.plan.step(id_), outlook.claimed.steps[id_]
    return {
        "id": id_,
        "kind": step.kind,
        "lane": lane_of(step),
        "after": step.model_dump(mode="json")["after"],
        "if-missed": list(step.if_missed),
        "start": format_duration(stretch.start),
        "end": format_duration(stretch.end),
        "slack": format_duration(stretch.slack),
        "limit": format_duration(limit(step)),
        "healing": id_ in outlook.plan.healing,
    }


def _course(course: Course) -> dict[str, Any]:
    return {"total": format_duration(course.total), "critical": list(course.critical)}
