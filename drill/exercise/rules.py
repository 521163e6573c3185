"""The rules about steps and faults: each says what to write, ``()`` to wait, or ``None``. Pure."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain, islice

from drill.exercise.answers import ASSUMED
from drill.exercise.clock import is_claimable, stands
from drill.exercise.conditions import answer_of, time_allowed
from drill.exercise.deadlines import is_late
from drill.exercise.edges import came_true
from drill.exercise.state import Claim, Phase, RunState, Standing, StepState
from drill.graph.plan import Plan
from drill.model.events import (
    Event,
    StepEnded,
    StepExpired,
    StepSkipped,
    StepStarted,
    UndoEnded,
    UndoExpired,
    UndoStarted,
)
from drill.model.names import StepId
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.model.steps import Inject
from drill.model.time import Stamp

Events = tuple[Event, ...]
Rule = Callable[[Plan, RunState, Stamp], Events | None]

_UNCLAIMED = Done(note="nobody at the table said how it goes: as the plan claims")
GONE = Indeterminate(error="no answer within the deadline and its grace")


def over(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    """Nothing follows the close, and nothing comes before the opening."""
    return () if state.closed or state.opened is None else None


def expire(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """End what answers itself; stop what took too long, and give up what does not stop."""
    events: list[Event] = []
    for id_ in state.busy:
        events += _expire_step(plan, state, id_, now)
        events += _expire_undo(plan, state.steps[id_], id_, now)
    return tuple(events) or None


def _expire_step(plan: Plan, state: RunState, id_: StepId, now: Stamp) -> Iterator[Event]:
    step = state.steps[id_]
    if step.phase is Phase.EXPIRED and is_late(step.deadline, now, plan.grace):
        yield StepEnded(step=id_, ticket=step.ticket, outcome=GONE)
    elif step.phase is Phase.RUNNING:
        yield from _expire_running(plan, state, id_, now)


def _expire_running(plan: Plan, state: RunState, id_: StepId, now: Stamp) -> Iterator[Event]:
    step, order, unneeded = state.steps[id_], plan.step(id_), _is_unneeded(plan, state, id_)
    stopped = unneeded and (state.aborted or isinstance(order, Inject))
    if is_claimable(state, id_) and not stopped:
        yield from _told_at_table(state, id_, now)
        return
    late = is_late(step.deadline, now) and not stands(state, id_)
    outcome = answer_of(order, step, state, late=late, cut=unneeded)
    if outcome is not None:
        yield StepEnded(step=id_, ticket=step.ticket, outcome=outcome)
    elif late or stopped:
        yield StepExpired(step=id_)


def _told_at_table(state: RunState, id_: StepId, now: Stamp) -> Iterator[Event]:
    """End a step of a facilitated table as it was claimed there, or as planned if nobody did."""
    step = state.steps[id_]
    if stands(state, id_):
        return
    if step.claim is not None and is_late(step.since, now, step.claim.takes):
        yield StepEnded(
            step=id_, ticket=step.ticket, outcome=_claimed(step.claim), by=step.claim.by
        )
    elif step.claim is None and is_late(step.deadline, now):
        yield StepEnded(step=id_, ticket=step.ticket, outcome=_UNCLAIMED, by=ASSUMED)


def _claimed(claim: Claim) -> Outcome:
    if claim.works:
        return Done(note=claim.note or "as the table says")
    return Failed(error="it would not work, the table says" + (claim.note and f": {claim.note}"))


def _is_unneeded(plan: Plan, state: RunState, id_: StepId) -> bool:
    """Tell whether the exercise stops and a step does not heal; a fault never does."""
    return bool(state.stopping) and not plan.heals(id_)


def _expire_undo(plan: Plan, step: StepState, id_: StepId, now: Stamp) -> Iterator[Event]:
    if step.standing is not Standing.UNDOING:
        return
    if step.undo_expired and is_late(step.undo_deadline, now, plan.grace):
        yield UndoEnded(step=id_, ticket=step.undo_ticket, outcome=GONE)
    elif not step.undo_expired and is_late(step.undo_deadline, now):
        yield UndoExpired(step=id_)


def skip(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    """Skip what can never start and, when the exercise stops, all that does not heal."""
    skipped = [
        StepSkipped(step=id_, because=_broken_edge(plan, state, id_)) for id_ in state.doomed
    ]
    if state.stopping:
        skipped += [
            StepSkipped(step=id_, because=state.stopping)
            for id_ in (*state.ready, *state.timed)
            if _is_unneeded(plan, state, id_)
        ]
    return tuple(skipped) or None


def _broken_edge(plan: Plan, state: RunState, id_: StepId) -> str:
    broken = (
        f"{edge.step} is {state.steps[edge.step].phase.value}, not {edge.outcome}"
        for edge in plan.step(id_).edges
        if came_true(edge, state.steps[edge.step]) is False
    )
    # a straggler may have let the fault stand again that was stuck a moment ago
    return next(broken, "what it waits for did not come in time")


def start(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Start what may start, as many side by side as the plan allows."""
    free = plan.parallel - len(state.busy)
    due = chain(whose_moment_came(plan, state, now), state.ready)
    free_to_go = (id_ for id_ in due if not _is_kept(plan, state, id_))
    started = (
        StepStarted(step=id_, deadline=now.plus(time_allowed(plan.step(id_))))
        for id_ in islice(free_to_go, max(0, free))
    )
    return tuple(started) or None


def _is_kept(plan: Plan, state: RunState, id_: StepId) -> bool:
    """Tell whether a step must wait for a facilitator; what heals waits for nobody."""
    return (state.held_since is not None or id_ in state.kept) and not plan.heals(id_)


def whose_moment_came(plan: Plan, state: RunState, now: Stamp) -> Iterator[StepId]:
    """Yield what waited for its moment; when the exercise stops, what heals waits no more."""
    for id_ in state.timed:
        at = plan.step(id_).at
        if state.stopping or at is None or _has_come(state, at, now):
            yield id_


def _has_come(state: RunState, at: timedelta, now: Stamp) -> bool:
    return state.held_since is None and is_late(state.began, now, at + state.shift)


def wait_for_work(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    """While somebody works, or will, nothing is wound up."""
    return () if state.busy or state.ready or state.timed else None


def undo_due(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Undo the faults whose ``until`` has come, last first."""
    events = tuple(
        _undo(plan, id_, now)
        for id_ in reversed(state.standing)
        if id_ in state.due and id_ not in state.busy and not _rests(plan, state, id_, now)
    )
    return events or None


def undo_all(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Undo whatever stands, last first, one at a time."""
    if not state.standing:
        return None
    newest = state.standing[-1]
    return () if _rests(plan, state, newest, now) else (_undo(plan, newest, now),)


def _rests(plan: Plan, state: RunState, id_: StepId, now: Stamp) -> bool:
    """Tell whether an undo failed a moment ago: what kept it from working may pass."""
    ended = state.steps[id_].undo_ended
    return ended is not None and not is_late(ended, now, plan.undo_pause)


def _undo(plan: Plan, id_: StepId, now: Stamp) -> UndoStarted:
    return UndoStarted(step=id_, deadline=now.plus(plan.undo_timeout))
