"""A scenario with its recovery left out: the negative control of the drill itself. Pure.

If what is promised holds although nobody recovers anything, then the fault broke
nothing, or the checks see nothing, and the drill proves nothing either.
"""

from collections.abc import Iterator

from drill.graph.plan import Plan, healing_of, order_of, plan_of
from drill.model.names import StepId
from drill.model.scenario import Scenario
from drill.model.steps import After, Inject, Recover, Step, Task


def unrecovered(plan: Plan) -> Plan:
    """Plan the same exercise with its recovery left out; its digest is another."""
    return plan_of(without_recovery(plan.scenario), tuple(plan.targets.values()), plan.files)


def without_recovery(scenario: Scenario) -> Scenario:
    """Leave out what is done after a fault, by machines or people, to mend what it broke.

    Faults, checks, messages and decisions stay; whatever waited for a step that is left out
    waits for what that step waited for. What prepares a fault stays, and so does what
    tidies up after its undo, unless it builds on a step that is left out.
    """
    out = _left_out(scenario)
    steps = {id_: _without(step, out) for id_, step in scenario.steps.items() if id_ not in out}
    title = f"{scenario.title}, without recovery"
    return scenario.model_copy(update={"title": title, "steps": steps})


def _left_out(scenario: Scenario) -> dict[StepId, Step]:
    """Return the steps that recover, in the order of the march."""
    out: dict[StepId, Step] = {}
    broken: set[StepId] = set()
    order = order_of(scenario)
    healing = healing_of(scenario, order)
    for id_ in order:
        step = scenario.steps[id_]
        if isinstance(step, Inject) or any(edge.step in broken for edge in step.edges):
            broken.add(id_)
        builds = any(edge.step in out and edge.outcome == "done" for edge in step.edges)
        mends = isinstance(step, Recover | Task) and id_ in broken
        if mends and (id_ not in healing or builds):
            out[id_] = step
    return out


def _without(step: Step, out: dict[StepId, Step]) -> Step:
    """Let it wait for what those waited for that are left out; what they miss is missed."""
    waits = (*step.after, *(After(step=id_) for id_ in step.if_missed if id_ in out))
    change: dict[str, object] = {
        "after": tuple(dict.fromkeys(_edges(waits, out))),
        "if_missed": tuple(id_ for id_ in step.if_missed if id_ not in out),
    }
    if isinstance(step, Inject) and step.until is not None and step.until.step in out:
        change["until"] = None
    return step.model_copy(update=change)


def _edges(edges: tuple[After, ...], out: dict[StepId, Step]) -> Iterator[After]:
    for edge in edges:
        if edge.step in out:
            yield from _edges(out[edge.step].edges, out)
        else:
            yield edge
