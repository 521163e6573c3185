"""The rules about services: when to look, when they are well, when to stop looking. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from drill.exercise.deadlines import is_late
from drill.exercise.rules import GONE, Events
from drill.exercise.state import RunState, Watch, WatchKind, WatchPhase, WatchState
from drill.graph.plan import Plan
from drill.model.events import (
    AbortOrdered,
    Event,
    LedgerRead,
    LedgerReadStarted,
    WatchEnded,
    WatchStarted,
    WatchStopRequested,
)
from drill.model.names import ServiceName
from drill.model.time import Stamp, format_duration

_NS = 1_000_000_000
_UNDER_WAY = frozenset({WatchPhase.STOPPING, WatchPhase.READING})


def watch(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    """Begin to look before anything is touched."""
    idle = (
        WatchStarted(service=name, kind=kind)
        for name, kind in _watches(plan)
        if state.watches.get((name, kind), WatchState()).phase is WatchPhase.IDLE
    )
    return tuple(idle) or None


def _watches(plan: Plan) -> Iterator[Watch]:
    for name, service in plan.scenario.services.items():
        if service.probe is not None:
            yield name, "probe"
        if service.ledger is not None:
            yield name, "ledger"


def baseline(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Break nothing before every service was seen to be well: the negative control."""
    if state.stopping or state.begun:
        return None
    missing = [why for key in _watches(plan) if (why := _unwell(plan, state, key))]
    if not missing:
        return None
    failed = any(state.watches[key].phase is WatchPhase.ENDED for key in _watches(plan))
    waited = state.held_since is None and is_late(state.idle_since, now, plan.patience)
    if failed or waited:
        why = f"not well before anything was broken: {'; '.join(missing)}"
        return (AbortOrdered(by="drill", why=why),)
    return ()


def _unwell(plan: Plan, state: RunState, key: Watch) -> str:
    """Return what a watch lacks to count as well; empty if nothing."""
    name, kind = key
    watch = state.watches[key]
    if watch.phase is WatchPhase.ENDED:
        why = getattr(watch.outcome, "error", "nobody asked it to")
        return f"the {kind} of {name} stopped: {why}"
    if kind == "ledger":
        return "" if watch.acknowledged else f"no write of {name} was acknowledged"
    stable = max(plan.baseline, plan.scenario.services[name].stable)
    if _good_for(watch, stable, since=0):
        return ""
    return f"{name} was not good for {format_duration(stable)}"


def _good_for(watch: WatchState, duration: timedelta, since: int) -> bool:
    """Tell whether a service was good for so long, not counting what was before ``since``."""
    if watch.good_since is None:
        return False
    return watch.seen - max(watch.good_since, since) >= duration.total_seconds() * _NS


def settle(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Give the services time to show that they are well before anything else happens to them.

    Not while faults stand in a stopped exercise: then healing comes first.
    """
    idle = state.idle_since
    if (state.stopping and state.standing) or idle is None or is_late(idle, now, plan.patience):
        return None
    well = all(
        _good_for(watch, service.stable, since=idle.boot_ns)
        for name, service in plan.scenario.services.items()
        if (watch := state.watches.get((name, "probe"), WatchState())).phase is WatchPhase.RUNNING
    )
    return None if well else ()


def close_ledgers(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Stop the writes, then read them back."""
    return _close("ledger", plan, state, now)


def close_probes(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Look until the very end."""
    return _close("probe", plan, state, now)


def _close(kind: WatchKind, plan: Plan, state: RunState, now: Stamp) -> Events | None:
    keys = [key for key in _watches(plan) if key[1] == kind]
    events = [event for name, _ in keys for event in _next_to_close(name, kind, plan, state, now)]
    waiting = any(state.watches[key].phase in _UNDER_WAY for key in keys)
    return tuple(events) or (() if waiting else None)


def _next_to_close(
    name: ServiceName, kind: WatchKind, plan: Plan, state: RunState, now: Stamp
) -> Iterator[Event]:
    watch, deadline = state.watches[name, kind], now.plus(plan.read_timeout)
    if watch.phase is WatchPhase.RUNNING:
        yield WatchStopRequested(service=name, kind=kind, deadline=deadline)
    elif watch.phase is WatchPhase.ENDED and kind == "ledger":
        yield LedgerReadStarted(service=name, deadline=deadline)
    elif is_late(watch.deadline, now, plan.grace):
        yield _given_up(name, kind, watch)


def _given_up(name: ServiceName, kind: WatchKind, watch: WatchState) -> Event:
    if watch.phase is WatchPhase.READING:
        return LedgerRead(service=name, ticket=watch.ticket, outcome=GONE)
    return WatchEnded(service=name, kind=kind, ticket=watch.ticket, outcome=GONE)
