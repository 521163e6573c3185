"""Checks of what waits for what."""

from collections.abc import Iterator

import networkx as nx

from drill.graph.case import Case
from drill.graph.plan import Node, waits_of
from drill.graph.source import Loc
from drill.graph.words import did_you_mean
from drill.model.names import StepId
from drill.model.problem import Problem
from drill.model.scenario import Scenario
from drill.model.steps import After, Decide, Inject, Step, StoryInject

_MISSED = "missed"
_ENDS = ("done", "failed", "indeterminate", "ended", _MISSED)
_TOLD = ("done", "ended")
_UNDONE = "undone"


def edges_of(scenario: Scenario) -> Iterator[tuple[StepId, After, Loc]]:
    """Yield each edge: the step that waits, what for, and where it is written."""
    for id_, step in scenario.steps.items():
        for i, edge in enumerate(step.after):
            yield id_, edge, ("steps", id_, "after", i)
        for i, missed in enumerate(step.if_missed):
            yield id_, After(step=missed, outcome=_MISSED), ("steps", id_, "if-missed", i)
        if isinstance(step, Inject) and step.until is not None:
            yield id_, step.until, ("steps", id_, "until")


def outcomes_of(step: Step) -> tuple[str, ...]:
    """Return each outcome that an edge can hang on."""
    if isinstance(step, Inject):
        return (*_ENDS, _UNDONE)
    if isinstance(step, StoryInject):
        return _TOLD
    return (*_ENDS, *step.options) if isinstance(step, Decide) else _ENDS


def unknown_steps(case: Case) -> Iterator[Problem]:
    """Yield each edge from a step that is not there."""
    steps = case.scenario.steps
    for _, edge, loc in edges_of(case.scenario):
        if edge.step not in steps:
            yield case.error(loc, f"there is no step `{edge.step}`", did_you_mean(edge.step, steps))


def unknown_outcomes(case: Case) -> Iterator[Problem]:
    """Yield each edge on an outcome that its step cannot have."""
    for _, edge, loc in edges_of(case.scenario):
        step = case.scenario.steps.get(edge.step)
        if step is not None and edge.outcome not in outcomes_of(step):
            kind = "story" if isinstance(step, StoryInject) else step.kind
            what = f"a {kind} step never ends `{edge.outcome}`"
            yield case.error(loc, what, did_you_mean(edge.outcome, outcomes_of(step)))


def contrary_outcomes(case: Case) -> Iterator[Problem]:
    """Yield each step that waits for two outcomes of which only one can come."""
    wanted: dict[tuple[StepId, StepId], After] = {}
    for id_, edge, loc in edges_of(case.scenario):
        if loc[2] == "until":
            continue
        other = wanted.setdefault((id_, edge.step), edge)
        defaults = isinstance(case.scenario.steps.get(edge.step), Decide)
        if not _agree(other.outcome, edge.outcome, defaults=defaults):
            what = f"`{edge.step}` cannot end both `{other.outcome}` and `{edge.outcome}`"
            cure = f"`{id_}` would wait for ever: let two steps wait, for one outcome each"
            yield case.error(loc, what, cure)


def _agree(one: str, other: str, *, defaults: bool) -> bool:
    """Tell whether two outcomes can come together; a decision that falls to its default is both."""
    pair = {one, other}
    if _MISSED in pair:
        return defaults or not pair & {"done"}
    return (
        len(pair) == 1
        or bool(pair & {"ended", _UNDONE})
        or ("done" in pair and not pair & {"failed", "indeterminate"})
    )


def circles(case: Case) -> Iterator[Problem]:
    """Yield one problem for each set of steps that wait for each other, and name a chain."""
    graph = waits_of(case.scenario)
    for knot in nx.strongly_connected_components(graph):
        tied = graph.subgraph(knot)
        if not tied.edges:
            continue
        first = next(id_ for id_ in case.scenario.steps if ("step", id_) in knot)
        entry: Node = ("step", first)
        chain = [start for start, _ in nx.find_cycle(tied, entry)]
        names = [name if sort == "step" else f"{name}.undone" for sort, name in chain]
        what = f"these wait for each other: {' → '.join([*names, names[0]])}"
        yield case.error(("steps", first, "after"), what, "remove one of these edges")


def decisions(case: Case) -> Iterator[Problem]:
    """Yield each decision whose default or options cannot be."""
    for id_, step in case.scenario.steps.items():
        if not isinstance(step, Decide):
            continue
        if step.default.option not in step.options:
            what = f"the default `{step.default.option}` is not one of the options"
            loc: Loc = ("steps", id_, "default", "option")
            yield case.error(loc, what, did_you_mean(step.default.option, step.options))
        for option in step.options:
            if option in (*_ENDS, _UNDONE):
                what = f"an option cannot be named `{option}`: every step may end so"
                yield case.error(("steps", id_, "options", option), what, "name it another way")
