"""The conditions that end an exercise early. Pure.

They fail closed: a service of which nothing is heard is as bad as a bad one,
because nobody can say that it is well.
"""

from drill.exercise.deadlines import is_late, silence, watch_of
from drill.exercise.rules import Events
from drill.exercise.state import RunState, WatchPhase
from drill.graph.plan import Plan
from drill.model.events import AbortOrdered
from drill.model.scenario import StopCondition
from drill.model.time import Stamp, format_duration

_NS = 1_000_000_000


def breach(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Order the end of the exercise once one of its conditions holds."""
    if state.stopping or not _is_under_way(plan, state):
        return None
    for condition in plan.scenario.stop:
        if why := _breached(plan, state, condition, now):
            return (AbortOrdered(by="stop condition", why=why),)
    return None


def _is_under_way(plan: Plan, state: RunState) -> bool:
    """Tell whether something has begun, and something is left to do."""
    return state.left > 0 and (bool(state.busy) or state.left < len(plan.order))


def _breached(plan: Plan, state: RunState, condition: StopCondition, now: Stamp) -> str:
    watch, name = watch_of(state, condition), condition.probe
    lasting = format_duration(condition.for_)
    if watch.phase is WatchPhase.ENDED:
        return f"nobody watches {name} any more"
    bad = watch.bad_since
    if bad is not None and watch.seen - bad >= condition.for_.total_seconds() * _NS:
        return f"{name} was bad for {lasting}"
    if is_late(watch.heard, now, silence(plan, condition)):
        return f"nothing was heard of {name} for {lasting}"
    return ""
