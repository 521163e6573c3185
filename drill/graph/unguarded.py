"""The plan as a table plays it: where nothing can be harmed, nothing is cut short."""

from dataclasses import replace
from datetime import timedelta

from drill.graph.case import watched
from drill.graph.plan import Plan
from drill.model.steps import Check, Recover, Step

_TALK = timedelta(days=30)
"""Longer than any recovery that people at a table would claim."""


def unguarded(plan: Plan) -> Plan:
    """Return the plan without stop conditions, limits, and time limits of what machines would do.

    They guard hosts, and there are none. What people claim may be longer than
    all of them: that is what a tabletop is to bring to light. People's own
    deadlines stay. It is still the same plan, of the same digest.
    """
    free = unlimited(plan)
    steps = {id_: _untimed(step) for id_, step in plan.scenario.steps.items()}
    return replace(free, scenario=free.scenario.model_copy(update={"steps": steps}))


def unlimited(plan: Plan) -> Plan:
    """Return the plan without stop conditions and limits, but with the time limits of its steps.

    At a facilitated table those say how long people have to claim how a step goes;
    what they claim may be longer.
    """
    free = {"stop": (), "limits": None}
    return replace(plan, scenario=plan.scenario.model_copy(update=free))


def _untimed(step: Step) -> Step:
    if isinstance(step, Recover | Check) and watched(step) is None:
        return step.model_copy(update={"timeout": _TALK})
    return step
