"""The one policy: what must be written next, given all that is known. Pure.

``decide`` walks down :data:`RULES` and takes the first that has something to
say: events to write, or ``()``, which means: wait. ``next_deadline`` says when
waiting must end at the latest.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice

from drill.exercise.conditions import answer_of, time_allowed
from drill.exercise.edges import came_true
from drill.exercise.state import (
    FINAL,
    Phase,
    RunState,
    Standing,
    StepState,
    Watch,
    WatchKind,
    WatchPhase,
    WatchState,
)
from drill.graph.plan import Plan
from drill.model.events import (
    AbortOrdered,
    Event,
    ExerciseClosed,
    LedgerRead,
    LedgerReadStarted,
    StepEnded,
    StepExpired,
    StepSkipped,
    StepStarted,
    UndoEnded,
    UndoExpired,
    UndoStarted,
    WatchEnded,
    WatchStarted,
    WatchStopRequested,
)
from drill.model.outcome import Failed, Indeterminate
from drill.model.scenario import Inject, ServiceName, StepId
from drill.model.time import Stamp, format_duration, seconds_between

Events = tuple[Event, ...]
Rule = Callable[[Plan, RunState, Stamp], Events | None]

_GONE = Indeterminate(error="no answer within the deadline and its grace")
_NS = 1_000_000_000


def decide(plan: Plan, state: RunState, now: Stamp) -> Events:
    """Return the events to write now, oldest first; none means: wait."""
    for rule in RULES:
        events = rule(plan, state, now)
        if events is not None:
            return events
    return ()


def next_deadline(plan: Plan, state: RunState, now: Stamp) -> Stamp | None:
    """Return when ``decide``, which was just asked, must be asked again at the latest."""
    ahead = (stamp for stamp in _deadlines(plan, state) if not stamp.reached(now))
    return min(ahead, key=lambda stamp: seconds_between(now, stamp), default=None)


def _deadlines(plan: Plan, state: RunState) -> Iterator[Stamp]:
    for id_ in state.busy:
        yield from _due(plan, state.steps[id_])
    for id_ in state.ready:
        if moment := _moment(plan, state, id_):
            yield moment
    for watch in state.watches.values():
        if watch.deadline is not None:
            yield watch.deadline.plus(plan.grace)
    if state.idle_since is not None:
        yield state.idle_since.plus(plan.patience)


def _due(plan: Plan, step: StepState) -> Iterator[Stamp]:
    if step.deadline is not None and step.phase not in FINAL:
        late = step.phase is Phase.EXPIRED
        yield step.deadline.plus(plan.grace) if late else step.deadline
    if step.undo_deadline is not None:
        yield step.undo_deadline.plus(plan.grace) if step.undo_expired else step.undo_deadline


def _moment(plan: Plan, state: RunState, id_: StepId) -> Stamp | None:
    at = plan.step(id_).at
    return None if at is None or state.began is None else state.began.plus(at)


def _late(stamp: Stamp | None, now: Stamp, grace: timedelta = timedelta()) -> bool:
    return stamp is not None and stamp.plus(grace).reached(now)


def _over(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    return () if state.closed or state.opened is None else None


def _expire(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    events = tuple(
        event
        for id_ in state.busy
        for event in (
            *_expire_step(plan, state, id_, now),
            *_expire_undo(plan, state.steps[id_], id_, now),
        )
    )
    return events or None


def _expire_step(plan: Plan, state: RunState, id_: StepId, now: Stamp) -> Iterator[Event]:
    step, order = state.steps[id_], plan.step(id_)
    if step.phase is Phase.EXPIRED and _late(step.deadline, now, plan.grace):
        yield StepEnded(step=id_, ticket=step.ticket, outcome=_GONE)
    elif step.phase is Phase.RUNNING:
        late, healing = _late(step.deadline, now), id_ in plan.healing
        outcome = answer_of(order, state, late=late, cut=bool(state.stopping) and not healing)
        if outcome is not None:
            yield StepEnded(step=id_, ticket=step.ticket, outcome=outcome)
        elif late or (state.aborted and not healing):
            yield StepExpired(step=id_)


def _expire_undo(plan: Plan, step: StepState, id_: StepId, now: Stamp) -> Iterator[Event]:
    if step.standing is not Standing.UNDOING:
        return
    if step.undo_expired and _late(step.undo_deadline, now, plan.grace):
        yield UndoEnded(step=id_, ticket=step.undo_ticket, outcome=_GONE)
    elif not step.undo_expired and _late(step.undo_deadline, now):
        yield UndoExpired(step=id_)


def _watch(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
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


def _baseline(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Break nothing before every service was seen to be well: the negative control."""
    if state.stopping or state.busy or state.left < len(plan.order):
        return None
    missing = [why for key in _watches(plan) if (why := _unwell(plan, state, key))]
    if not missing:
        return None
    failed = any(state.watches[key].phase is WatchPhase.ENDED for key in _watches(plan))
    if failed or _late(state.began, now, plan.patience):
        why = f"not well before anything was broken: {'; '.join(missing)}"
        return (AbortOrdered(by="drill", why=why),)
    return ()


def _unwell(plan: Plan, state: RunState, key: Watch) -> str:
    """Return what a watch lacks to count as well; empty if nothing."""
    name, kind = key
    watch = state.watches[key]
    if isinstance(watch.outcome, Failed | Indeterminate):
        return f"the {kind} of {name} stopped: {watch.outcome.error}"
    if kind == "ledger":
        return "" if watch.acknowledged else f"no write of {name} was acknowledged"
    stable = max(plan.baseline, plan.scenario.services[name].stable)
    return "" if _good_for(watch, stable) else f"{name} was not good for {format_duration(stable)}"


def _good_for(watch: WatchState, duration: timedelta) -> bool:
    if watch.good_since is None:
        return False
    return watch.seen - watch.good_since >= duration.total_seconds() * _NS


def _skip(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    skipped = [
        StepSkipped(step=id_, because=_broken_edge(plan, state, id_)) for id_ in state.doomed
    ]
    if state.stopping:
        skipped += [
            StepSkipped(step=id_, because=state.stopping)
            for id_ in state.ready
            if id_ not in plan.healing or isinstance(plan.step(id_), Inject)
        ]
    return tuple(skipped) or None


def _broken_edge(plan: Plan, state: RunState, id_: StepId) -> str:
    edge = next(
        edge for edge in plan.step(id_).after if came_true(edge, state.steps[edge.step]) is False
    )
    return f"{edge.step} is {state.steps[edge.step].phase.value}, not {edge.outcome}"


def _start(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    free = plan.parallel - len(state.busy)
    due = (
        id_
        for id_ in state.ready
        if (moment := _moment(plan, state, id_)) is None or moment.reached(now)
    )
    started = (
        StepStarted(step=id_, deadline=now.plus(time_allowed(plan.step(id_))))
        for id_ in islice(due, max(0, free))
    )
    return tuple(started) or None


def _undo_due(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Undo the faults whose ``until`` has come."""
    return _undo([id_ for id_ in state.standing if id_ in state.due], plan, state, now)


def _wait_for_work(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    return () if state.busy or state.ready else None


def _settle(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Give the services time to be well before anything else happens to them.

    Not while faults stand in a stopped exercise: then healing comes first.
    """
    if (state.stopping and state.standing) or _late(state.idle_since, now, plan.patience):
        return None
    services = plan.scenario.services.items()
    well = all(
        _good_for(watch, service.stable)
        for name, service in services
        if (watch := state.watches.get((name, "probe"), WatchState())).phase is WatchPhase.RUNNING
    )
    return None if well else ()


def _undo_all(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Undo whatever stands, last first, one at a time."""
    return _undo(list(state.standing[-1:]), plan, state, now)


def _undo(ids: list[StepId], plan: Plan, state: RunState, now: Stamp) -> Events | None:
    deadline = now.plus(plan.undo_timeout)
    events = (
        UndoStarted(step=id_, deadline=deadline)
        for id_ in reversed(ids)
        if state.steps[id_].standing is Standing.STANDING and id_ not in state.busy
    )
    return tuple(events) or None


def _drop(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    """Skip what still waits for something that can no longer come."""
    if not state.left:
        return None
    return tuple(
        StepSkipped(step=id_, because="what it waits for can no longer come")
        for id_ in plan.order
        if state.steps[id_].phase is Phase.PENDING
    )


def _close_ledgers(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    return _close_watches("ledger", plan, state, now)


def _close_probes(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    return _close_watches("probe", plan, state, now)


def _close_watches(kind: WatchKind, plan: Plan, state: RunState, now: Stamp) -> Events | None:
    events: list[Event] = []
    waiting = False
    deadline = now.plus(plan.read_timeout)
    for name, watched in _watches(plan):
        watch = state.watches.get((name, watched), WatchState())
        if watched != kind:
            continue
        waiting = waiting or watch.phase in {WatchPhase.STOPPING, WatchPhase.READING}
        if watch.phase is WatchPhase.RUNNING:
            events.append(WatchStopRequested(service=name, kind=kind, deadline=deadline))
        elif watch.phase is WatchPhase.ENDED and kind == "ledger":
            events.append(LedgerReadStarted(service=name, deadline=deadline))
        elif _late(watch.deadline, now, plan.grace):
            events.append(_given_up(name, kind, watch))
    return tuple(events) or (() if waiting else None)


def _given_up(name: ServiceName, kind: WatchKind, watch: WatchState) -> Event:
    if watch.phase is WatchPhase.READING:
        return LedgerRead(service=name, ticket=watch.ticket, outcome=_GONE)
    return WatchEnded(service=name, kind=kind, ticket=watch.ticket, outcome=_GONE)


def _close(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    return (ExerciseClosed(),)


RULES: tuple[Rule, ...] = (
    _over,
    _watch,
    _baseline,
    _expire,
    _skip,
    _undo_due,
    _start,
    _wait_for_work,
    _settle,
    _undo_all,
    _drop,
    _close_ledgers,
    _close_probes,
    _close,
)
"""Every rule, in the order of their say."""
