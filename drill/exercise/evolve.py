"""The one fold: a state and a record make the next state. Pure and total.

Everything a record can do to a step is in :data:`PHASES`; what is not in the
table is an impossible story, and is refused.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from typing import Any, assert_never

from rpds import HashTrieMap, HashTrieSet

from drill.errors import JournalInconsistentError
from drill.exercise.edges import dependents_of, ripple
from drill.exercise.state import FINAL, Phase, RunState, Standing, StepState
from drill.exercise.watching import evolve_watch
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    ExerciseClosed,
    ExerciseOpened,
    FaultPrepared,
    LedgerRead,
    LedgerReadStarted,
    Progressed,
    Record,
    SamplesTaken,
    StepEnded,
    StepExpired,
    StepSkipped,
    StepStarted,
    StragglerReported,
    UndoEnded,
    UndoExpired,
    UndoStarted,
    WatchEnded,
    WatchStarted,
    WatchStopRequested,
    WritesMade,
)
from drill.model.outcome import Done, Failed, Outcome
from drill.model.scenario import StepId
from drill.model.time import Stamp

UNDO_TRIES = 3
"""After so many undos without success a fault is stuck, and a person must act."""

PHASES: dict[tuple[Phase, str], Phase] = {
    (Phase.PENDING, "step-started"): Phase.RUNNING,
    (Phase.PENDING, "step-skipped"): Phase.SKIPPED,
    (Phase.RUNNING, "fault-prepared"): Phase.RUNNING,
    (Phase.EXPIRED, "fault-prepared"): Phase.EXPIRED,
    (Phase.RUNNING, "step-expired"): Phase.EXPIRED,
    (Phase.RUNNING, "done"): Phase.DONE,
    (Phase.RUNNING, "failed"): Phase.FAILED,
    (Phase.RUNNING, "indeterminate"): Phase.INDETERMINATE,
    # It was told to stop: that it says "done" does not make it be in time.
    (Phase.EXPIRED, "done"): Phase.INDETERMINATE,
    (Phase.EXPIRED, "failed"): Phase.FAILED,
    (Phase.EXPIRED, "indeterminate"): Phase.INDETERMINATE,
}


def fold(records: Iterable[Record], start: RunState | None = None) -> RunState:
    """Fold records into a state."""
    return reduce(evolve, records, start or RunState())


def evolve(state: RunState, record: Record) -> RunState:
    """Return the state after ``record``.

    Raises:
        JournalInconsistentError: the record cannot follow on what came before.
    """
    event = record.event
    if state.closed or (state.opened is None) != isinstance(event, ExerciseOpened):
        raise _impossible(record, "the exercise is not open")
    match event:
        case ExerciseOpened():
            return _opened(event, record.at)
        case ConductorResumed():
            return evolve_watch(state, record)
        case (
            WatchStarted()
            | SamplesTaken()
            | WritesMade()
            | WatchStopRequested()
            | WatchEnded()
            | LedgerReadStarted()
            | LedgerRead()
        ):
            return evolve_watch(state, record)
        case AbortOrdered():
            return replace(state, aborted=True, stopping=state.stopping or event.why)
        case ExerciseClosed():
            return replace(state, closed=True)
        case Progressed():
            return state
        case _:
            return _step(state, record, event)


StepEvent = (
    StepStarted
    | FaultPrepared
    | StepExpired
    | StepEnded
    | StepSkipped
    | UndoStarted
    | UndoExpired
    | UndoEnded
    | StragglerReported
)


def _step(state: RunState, record: Record, event: StepEvent) -> RunState:  # noqa: C901  one arm an event
    step = state.steps.get(event.step)
    if step is None:
        raise _impossible(record, f"there is no step {event.step!r}")
    match event:
        case StepStarted():
            step = _move(record, step, event.type, ticket=record.seq, deadline=event.deadline)
            return _busy(_taken(_with(state, event.step, step), event.step), event.step)
        case StepSkipped():
            step = _move(record, step, event.type)
            return _ended(_taken(state, event.step), event.step, step, record.at)
        case FaultPrepared():
            step = _move(record, step, event.type, receipt=event.receipt)
            return _stands(_with(state, event.step, step), event.step)
        case StepExpired():
            return _with(state, event.step, _move(record, step, event.type))
        case StepEnded():
            step = _move(record, step, event.outcome.kind, outcome=event.outcome, deadline=None)
            state = _ended(state, event.step, step, record.at)
            return _stop_on_failure(state, event.step, event.outcome)
        case StragglerReported():
            return _straggler(state, step, event)
        case UndoStarted() | UndoExpired() | UndoEnded():
            return _undo(state, record, step, event)
    assert_never(event)


def _undo(
    state: RunState, record: Record, step: StepState, event: UndoStarted | UndoExpired | UndoEnded
) -> RunState:
    needed = Standing.STANDING if isinstance(event, UndoStarted) else Standing.UNDOING
    if step.standing is not needed:
        raise _impossible(record, f"the fault of {event.step} is {step.standing.value}")
    match event:
        case UndoStarted():
            step = replace(
                step,
                standing=Standing.UNDOING,
                undo_ticket=record.seq,
                undo_deadline=event.deadline,
                undo_expired=False,
                undo_tries=step.undo_tries + 1,
            )
            return _busy(_with(state, event.step, step), event.step)
        case UndoExpired():
            return _with(state, event.step, replace(step, undo_expired=True))
        case UndoEnded():
            becomes = _standing_after(event.outcome, step.undo_tries)
            after = replace(step, standing=becomes, undo_deadline=None)
            state = _idle(_with(state, event.step, after), event.step, record.at)
            if becomes is not Standing.STANDING:
                state = replace(state, standing=_without(state.standing, event.step))
            return ripple(state, event.step, step)
    assert_never(event)


def _standing_after(outcome: Outcome, tries: int) -> Standing:
    if isinstance(outcome, Done):
        return Standing.UNDONE
    return Standing.STANDING if tries < UNDO_TRIES else Standing.STUCK


def _straggler(state: RunState, step: StepState, event: StragglerReported) -> RunState:
    """Let a fault stand again if a worker that was given up applied it after all."""
    if event.undo or step.standing is Standing.NONE or isinstance(event.outcome, Failed):
        return state
    if step.standing in {Standing.STANDING, Standing.UNDOING}:
        return state
    again = replace(step, standing=Standing.STANDING, undo_tries=0)
    return _stands(_with(state, event.step, again), event.step)


def _opened(event: ExerciseOpened, at: Stamp) -> RunState:
    steps = event.scenario.steps
    return RunState(
        opened=event,
        began=at,
        steps=HashTrieMap({id_: StepState() for id_ in steps}),
        dependents=HashTrieMap(dependents_of(steps)),
        unmet=HashTrieMap({id_: len(step.after) for id_, step in steps.items()}),
        ready=tuple(id_ for id_, step in steps.items() if not step.after),
        busy=HashTrieSet(),
        left=len(steps),
        idle_since=at,
    )


def _move(record: Record, step: StepState, what: str, **facts: Any) -> StepState:
    phase = PHASES.get((step.phase, what))
    if phase is None:
        raise _impossible(record, f"{what} while the step is {step.phase.value}")
    return replace(step, phase=phase, standing=_standing(step, what), **facts)


def _standing(step: StepState, what: str) -> Standing:
    return Standing.STANDING if what == "fault-prepared" else step.standing


def _with(state: RunState, id_: StepId, step: StepState) -> RunState:
    return replace(state, steps=state.steps.insert(id_, step))


def _taken(state: RunState, id_: StepId) -> RunState:
    """Take a step that starts, or never will, off the lists of those that wait."""
    ready = state.ready[1:] if state.ready[:1] == (id_,) else _without(state.ready, id_)
    return replace(state, ready=ready, doomed=_without(state.doomed, id_))


def _without(ids: tuple[StepId, ...], id_: StepId) -> tuple[StepId, ...]:
    return tuple(other for other in ids if other != id_)


def _busy(state: RunState, id_: StepId) -> RunState:
    return replace(state, busy=state.busy.insert(id_), idle_since=None)


def _idle(state: RunState, id_: StepId, at: Stamp) -> RunState:
    step = state.steps[id_]
    if step.phase not in FINAL or step.standing is Standing.UNDOING:
        return state
    busy = state.busy.discard(id_)
    return replace(state, busy=busy, idle_since=None if busy else at)


def _ended(state: RunState, id_: StepId, step: StepState, at: Stamp) -> RunState:
    before = state.steps[id_]
    state = _idle(_with(state, id_, step), id_, at)
    return ripple(replace(state, left=state.left - 1), id_, before)


def _stop_on_failure(state: RunState, id_: StepId, outcome: Outcome) -> RunState:
    stops = state.opened is not None and state.opened.scenario.steps[id_].on_failure == "stop"
    if isinstance(outcome, Done) or not stops or state.stopping:
        return state
    return replace(state, stopping=f"{id_} {outcome.kind}: {outcome.error}")


def _stands(state: RunState, id_: StepId) -> RunState:
    return replace(state, standing=(*_without(state.standing, id_), id_))


def _impossible(record: Record, why: str) -> JournalInconsistentError:
    return JournalInconsistentError(f"record {record.seq} ({record.event.type}): {why}")
