"""Faults on a whole site: ``on: site.a`` strikes each host that the targets file has there.

What a step says of a site is said of each of its hosts by a step of its own,
with its own receipt, lease and undo: a site comes back host by host. Whoever
waits for the site waits for every one of them.
"""

from collections.abc import Iterator, Mapping, Sequence

from drill.graph.case import Case
from drill.graph.edges import edges_of
from drill.model.names import SITE, StepId, TargetName
from drill.model.problem import Problem
from drill.model.scenario import Scenario
from drill.model.steps import After, Inject, Step
from drill.model.targets import Target

Parts = Mapping[StepId, Mapping[StepId, TargetName]]
"""A step on a site, to the steps that it becomes, one a host."""

_ALL = frozenset({"done", "ended", "undone"})
"""Outcomes that a site has when each of its hosts has them."""


def parts_of(scenario: Scenario, targets: Sequence[Target]) -> Parts:
    """Return what each step on a site becomes; a site without hosts stays as it is written."""
    found: dict[StepId, dict[StepId, TargetName]] = {}
    for id_, step in scenario.steps.items():
        if isinstance(step, Inject) and step.on.startswith(SITE):
            site = step.on.removeprefix(SITE)
            hosts = (target.name for target in targets if target.site == site)
            found[id_] = {StepId(f"{id_}-{host}"): host for host in hosts}
    return {id_: parts for id_, parts in found.items() if parts}


def spread(scenario: Scenario, targets: Sequence[Target]) -> Scenario:
    """Put a step for each host in the place of each step on a site."""
    parts = parts_of(scenario, targets)
    if not parts:
        return scenario
    steps: dict[StepId, Step] = {}
    for id_, step in scenario.steps.items():
        missed = (part for missed in step.if_missed for part in parts.get(missed, (missed,)))
        waits = step.model_copy(
            update={"after": tuple(_edges(step.after, parts)), "if_missed": tuple(missed)}
        )
        steps |= dict(_struck(waits, parts[id_])) if id_ in parts else {id_: waits}
    return scenario.model_copy(update={"steps": steps})


def sites(case: Case) -> Iterator[Problem]:
    """Yield each step that would stand there twice, and each edge that a site cannot have."""
    parts = parts_of(case.written, tuple((case.targets or {}).values()))
    for id_, each in parts.items():
        for twice in each.keys() & case.written.steps.keys():
            what = f"`{id_}` on each host of its site would be `{twice}`, which is there already"
            yield case.error(("steps", twice), what, "name one of the two another way")
    for id_, step in case.written.steps.items():
        if isinstance(step, Inject) and step.until is not None and step.until.step in parts:
            what = f"`{step.until.step}` is on a site: no fault can last until all of it"
            cure = f"name one host of it, as `{next(iter(parts[step.until.step]))}`"
            yield case.error(("steps", id_, "until"), what, cure)
    for _, edge, loc in edges_of(case.written):
        if edge.step in parts and edge.outcome not in _ALL and loc[2] != "until":
            what = f"`{edge.step}` is on a site: no step can wait for it to be {edge.outcome}"
            cure = f"wait for one host of it, as `{next(iter(parts[edge.step]))}`"
            yield case.error(loc, what, cure)


def _edges(after: Sequence[After], parts: Parts) -> Iterator[After]:
    for edge in after:
        for id_ in parts.get(edge.step, (edge.step,)):
            yield edge.model_copy(update={"step": id_})


def _struck(step: Step, hosts: Mapping[StepId, TargetName]) -> Iterator[tuple[StepId, Step]]:
    """Yield the step for each host; the story is told once."""
    story = step.story
    for id_, host in hosts.items():
        yield id_, step.model_copy(update={"on": host, "story": story})
        story = ""
