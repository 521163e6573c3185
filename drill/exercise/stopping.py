"""What ends an exercise early though nobody asks for it. Pure.

Stop conditions fail closed: a service of which nothing is heard is as bad as a
bad one, because nobody can say that it is well.
"""

from drill.exercise.deadlines import exhausted, is_late, silence, watch_of
from drill.exercise.rules import Events
from drill.exercise.state import FINAL, HEALS, RunState, WatchPhase
from drill.graph.plan import Plan
from drill.model.events import AbortOrdered
from drill.model.safety import StopCondition
from drill.model.steps import Inject
from drill.model.time import Stamp, format_duration

_NS = 1_000_000_000


def breach(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Order the end of the exercise once one of its conditions holds.

    Not when all is done and healed: then the probes themselves are told to stop.
    """
    if state.stopping or not (state.left or state.standing):
        return None
    for condition in plan.scenario.stop:
        if why := _breached(plan, state, condition, now):
            return (AbortOrdered(by="stop condition", why=why),)
    return None


def exceed(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Order the end of the exercise once faults have stood for as long as they may."""
    since, allowed = exhausted(plan, state)
    if state.stopping or not is_late(since, now, allowed):
        return None
    return (AbortOrdered(by="limits", why="faults stood for as long as fault-seconds allows"),)


def heal_first(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    """Say, where everybody reads it, that an interrupted exercise does less than it planned."""
    if state.interrupted and not state.aborted and _more_than_healing(plan, state):
        return (AbortOrdered(by="drill", why=HEALS),)
    return None


def _more_than_healing(plan: Plan, state: RunState) -> bool:
    heals = (id_ for id_ in plan.healing if not isinstance(plan.step(id_), Inject))
    return state.left > sum(state.steps[id_].phase not in FINAL for id_ in heals)


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
