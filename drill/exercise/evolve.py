"""The one fold: a state and a record make the next state. Pure and total.

Everything a record can do to a step is in :data:`PHASES`; what is not in the
table is an impossible story, and is refused.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from typing import Any, assert_never

from rpds import HashTrieMap, HashTrieSet

from drill.exercise.clock import resumed
from drill.exercise.edges import dependents_of, ripple
from drill.exercise.roster import begun, impossible, over, put, stood, taken
from drill.exercise.said import evolve_escalated, evolve_said
from drill.exercise.state import HEALS, Phase, RunState, Standing, StepState
from drill.exercise.undoing import evolve_straggler, evolve_undo
from drill.exercise.watching import evolve_watch, unwatched
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    Escalated,
    Event,
    ExerciseClosed,
    ExerciseOpened,
    FaultPrepared,
    LedgerRead,
    LedgerReadStarted,
    PersonSaid,
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
from drill.model.names import StepId
from drill.model.time import Stamp

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
    if state.closed or (state.opened is None) != isinstance(record.event, ExerciseOpened):
        raise impossible(record, "the exercise is not open")
    state = _evolve(state, record, record.event)
    return resumed(state, record.at) if state.stopping else state  # what stops is never held


def _evolve(state: RunState, record: Record, event: Event) -> RunState:  # noqa: C901  one arm an event
    match event:
        case ExerciseOpened():
            return _opened(event, record.at)
        case ConductorResumed():
            return _resumed(state, event, record.at)
        case (
            WatchStarted()
            | SamplesTaken()
            | WritesMade()
            | WatchStopRequested()
            | WatchEnded()
            | LedgerReadStarted()
            | LedgerRead()
        ):
            return evolve_watch(state, record, event)
        case AbortOrdered():
            return replace(state, aborted=True, stopping=state.stopping or event.why or "aborted")
        case ExerciseClosed():
            return _closed(state, record)
        case Progressed():
            return state
        case PersonSaid():
            return evolve_said(state, record, event)
        case Escalated():
            return evolve_escalated(state, record, event)
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
        raise impossible(record, f"there is no step {event.step!r}")
    match event:
        case StepStarted():
            return _started(state, record, step, event)
        case StepSkipped():
            return _skipped(state, record, step, event)
        case FaultPrepared():
            return _prepared(state, record, step, event)
        case StepExpired():
            return put(state, event.step, _move(record, step, event.type))
        case StepEnded():
            return _ended(state, record, step, event)
        case StragglerReported():
            return evolve_straggler(state, record, event)
        case UndoStarted() | UndoExpired() | UndoEnded():
            return evolve_undo(state, record, event)
    assert_never(event)


def _opened(event: ExerciseOpened, at: Stamp) -> RunState:
    steps = event.scenario.steps
    return RunState(
        opened=event,
        began=at,
        steps=HashTrieMap({id_: StepState() for id_ in steps}),
        dependents=HashTrieMap(dependents_of(steps)),
        unmet=HashTrieMap({id_: len(step.edges) for id_, step in steps.items()}),
        ready=tuple(id_ for id_, step in steps.items() if not step.edges and step.at is None),
        timed=tuple(id_ for id_, step in steps.items() if not step.edges and step.at is not None),
        busy=HashTrieSet(),
        left=len(steps),
        idle_since=at,
    )


def _resumed(state: RunState, event: ConductorResumed, at: Stamp) -> RunState:
    """Forget what only the dead process knew: its watches, its patience, its tries to undo.

    Once anything began, nothing but healing goes on unless a person approved it; what
    had only been opened goes on.
    """
    steps = state.steps
    began = any(step.ticket >= 0 for step in steps.values())
    interrupted = began and not event.approved_by
    for id_ in state.standing:
        steps = steps.insert(id_, replace(steps[id_], undo_tries=0, undo_ended=None))
    for id_ in state.busy:
        steps = steps.insert(id_, replace(steps[id_], asked=at.boot_ns))
    idle_since = None if state.busy else at
    return replace(
        state,
        steps=steps,
        watches=unwatched(state.watches),
        idle_since=idle_since,
        stopping=state.stopping or (HEALS if interrupted else ""),
        interrupted=state.interrupted or interrupted,
    )


def _closed(state: RunState, record: Record) -> RunState:
    if state.left or state.busy or state.standing:
        raise impossible(record, "there is something left to do")
    return replace(state, closed=True)


def _started(state: RunState, record: Record, step: StepState, event: StepStarted) -> RunState:
    if state.unmet[event.step] != 0:
        raise impossible(record, f"{event.step} still waits for another step")
    now = record.at.boot_ns
    facts = {"ticket": record.seq, "deadline": event.deadline, "asked": now, "since": record.at}
    step = _move(record, step, event.type, **facts)
    return begun(state, event.step, step)


def _prepared(state: RunState, record: Record, step: StepState, event: FaultPrepared) -> RunState:
    if step.standing is not Standing.NONE:
        raise impossible(record, f"the fault of {event.step} is {step.standing.value}")
    _assert_ticket(record, event.ticket, step.ticket)
    step = _move(record, step, event.type, standing=Standing.STANDING, receipt=event.receipt)
    return stood(put(state, event.step, step), event.step, record.at)


def _ended(state: RunState, record: Record, step: StepState, event: StepEnded) -> RunState:
    _assert_ticket(record, event.ticket, step.ticket)
    after = _move(record, step, event.outcome.kind, outcome=event.outcome, deadline=None)
    state = ripple(over(state, event.step, after, record.at), event.step, step)
    if after.phase is Phase.DONE or state.stopping or _goes_on(state, event.step):
        return state
    why = getattr(event.outcome, "error", "done, but too late")
    return replace(state, stopping=f"{event.step} {after.phase.value}: {why}")


def _goes_on(state: RunState, id_: StepId) -> bool:
    return state.opened is not None and state.opened.scenario.steps[id_].on_failure == "continue"


def _skipped(state: RunState, record: Record, step: StepState, event: StepSkipped) -> RunState:
    after = _move(record, step, event.type)
    return ripple(over(taken(state, event.step), event.step, after, record.at), event.step, step)


def _move(record: Record, step: StepState, what: str, **facts: Any) -> StepState:
    phase = PHASES.get((step.phase, what))
    if phase is None:
        raise impossible(record, f"{what} while the step is {step.phase.value}")
    return replace(step, phase=phase, **facts)


def _assert_ticket(record: Record, said: int, given: int) -> None:
    if said != given:
        raise impossible(record, f"ticket {said}, but the step's is {given}")
