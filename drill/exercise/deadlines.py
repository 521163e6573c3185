"""When a rule must be asked again though nobody reports anything. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from drill.exercise.clock import stands
from drill.exercise.state import Phase, RunState, WatchState
from drill.graph.plan import Plan
from drill.model.names import StepId
from drill.model.safety import StopCondition
from drill.model.steps import Notify
from drill.model.time import Stamp, seconds_between

Deadline = tuple[Stamp | None, timedelta]
"""A stamp, if there is one, and how long after it something falls due."""

_NONE = timedelta()
_DELIVERY = timedelta(seconds=1)
"""How long a sample may take from its end to the journal."""


def is_late(stamp: Stamp | None, now: Stamp, grace: timedelta = _NONE) -> bool:
    """Tell whether a deadline, if there is one, and its grace have passed."""
    return stamp is not None and seconds_between(stamp, now) >= grace.total_seconds()


def next_deadline(plan: Plan, state: RunState, now: Stamp) -> Stamp | None:
    """Return when ``decide``, which was just asked, must be asked again at the latest.

    It lies ahead, and is of the boot of ``now``: a crew can wait for it.
    """
    waits = (
        seconds_between(now, stamp) + grace.total_seconds()
        for stamp, grace in _deadlines(plan, state)
        if stamp is not None
    )
    soonest = min((seconds for seconds in waits if seconds > 0), default=None)
    return None if soonest is None else now.plus(_at_least(timedelta(seconds=soonest)))


def _at_least(wait: timedelta) -> timedelta:
    """Round up: a wait that ends a moment before its time would be asked for again at once."""
    return wait + timedelta.resolution


def _deadlines(plan: Plan, state: RunState) -> Iterator[Deadline]:
    for id_ in state.busy:
        yield from _due(plan, state, id_)
    for id_ in state.standing:
        yield state.steps[id_].undo_ended, plan.undo_pause
    for id_ in state.timed if state.held_since is None else ():
        yield state.began, (plan.step(id_).at or _NONE) + state.shift
    yield from _unattended(plan, state)
    for watch in state.watches.values():
        yield watch.deadline, plan.grace
    for condition in plan.scenario.stop:
        yield watch_of(state, condition).heard, silence(plan, condition)
    yield state.idle_since, plan.patience
    yield exhausted(plan, state)


def exhausted(plan: Plan, state: RunState) -> Deadline:
    """Return when faults have stood for as long as they may, all together."""
    limits = plan.scenario.limits
    since = [at for id_ in state.standing if (at := state.steps[id_].stood_from) is not None]
    if not since or limits is None or limits.fault_seconds is None:
        return None, _NONE
    # each adds a second a second; what the later ones have not stood yet is left for all
    missed = sum(seconds_between(since[0], at) for at in since)
    left = limits.fault_seconds.total_seconds() - state.stood + missed
    return since[0], timedelta(seconds=left / len(since))


def watch_of(state: RunState, condition: StopCondition) -> WatchState:
    """Return what is known of the service that a condition asks about."""
    return state.watches.get((condition.probe, "probe"), WatchState())


def silence(plan: Plan, condition: StopCondition) -> timedelta:
    """Return for how long nothing may be heard: a sample that hangs is told late."""
    probe = plan.scenario.services[condition.probe].probe
    return condition.for_ + _DELIVERY + (probe.within + probe.every if probe else _NONE)


def _due(plan: Plan, state: RunState, id_: StepId) -> Iterator[Deadline]:
    step, order = state.steps[id_], plan.step(id_)
    yield step.undo_deadline, plan.grace if step.undo_expired else _NONE
    if stands(state, id_):
        return
    if step.claim is not None and step.phase is Phase.RUNNING:
        yield step.since, step.claim.takes
    else:
        yield step.deadline, plan.grace if step.phase is Phase.EXPIRED else _NONE
    if isinstance(order, Notify):
        yield from ((step.since, each.after) for each in order.escalate[step.escalations :])


def _unattended(plan: Plan, state: RunState) -> Iterator[Deadline]:
    """Yield when drill stops waiting for a facilitator."""
    yield state.held_since, plan.unattended
    if state.kept or (state.opened is not None and state.opened.facilitated):
        yield state.idle_since, plan.unattended
    yield from ((since, plan.unattended) for since in state.kept.values())
