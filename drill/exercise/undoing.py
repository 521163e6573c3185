"""The fold of what happens to a fault after it was prepared. Pure."""

from dataclasses import replace
from typing import assert_never

from drill.exercise.edges import ripple
from drill.exercise.roster import busied, fell, idled, impossible, put, stood
from drill.exercise.state import FINAL, RunState, Standing, StepState
from drill.model.events import Record, StragglerReported, UndoEnded, UndoExpired, UndoStarted
from drill.model.outcome import Done, Failed

UNDO_TRIES = 3
"""After so many undos by one conductor without success a fault is stuck: a person must act."""

_FROM: dict[str, Standing] = {
    "undo-started": Standing.STANDING,
    "undo-expired": Standing.UNDOING,
    "undo-ended": Standing.UNDOING,
}
"""In which standing of a fault each event can happen."""


def evolve_undo(
    state: RunState, record: Record, event: UndoStarted | UndoExpired | UndoEnded
) -> RunState:
    """Return the state after a record that speaks of an undo."""
    step = state.steps[event.step]
    if step.standing is not _FROM[event.type]:
        raise impossible(record, f"the fault of {event.step} is {step.standing.value}")
    match event:
        case UndoStarted():
            return _started(state, record, step, event)
        case UndoExpired():
            if step.undo_expired:
                raise impossible(record, f"the undo of {event.step} has expired before")
            return put(state, event.step, replace(step, undo_expired=True))
        case UndoEnded():
            return _ended(state, record, step, event)
    assert_never(event)


def _started(state: RunState, record: Record, step: StepState, event: UndoStarted) -> RunState:
    if step.phase not in FINAL:
        raise impossible(record, f"{event.step} is still being applied")
    step = replace(
        step,
        standing=Standing.UNDOING,
        undo_ticket=record.seq,
        undo_deadline=event.deadline,
        undo_expired=False,
        undo_tries=step.undo_tries + 1,
        undo_again=False,
    )
    return busied(put(state, event.step, step), event.step)


def _ended(state: RunState, record: Record, step: StepState, event: UndoEnded) -> RunState:
    if event.ticket != step.undo_ticket:
        raise impossible(record, f"the undo of {event.step} has ticket {step.undo_ticket}")
    becomes = _standing_after(step, event)
    tries = 0 if isinstance(event.outcome, Done) else step.undo_tries
    after = replace(
        step,
        standing=becomes,
        undo_deadline=None,
        undo_tries=tries,
        undo_ended=record.at,
        undo_told=step.undo_told or becomes is not Standing.STANDING,
    )
    state = idled(put(state, event.step, after), event.step, record.at)
    if becomes is not Standing.STANDING:
        state = fell(state, event.step, record.at)
    return ripple(state, event.step, step)


def _standing_after(step: StepState, event: UndoEnded) -> Standing:
    if isinstance(event.outcome, Done):
        return Standing.STANDING if step.undo_again else Standing.UNDONE
    return Standing.STANDING if step.undo_tries < UNDO_TRIES else Standing.STUCK


def evolve_straggler(state: RunState, record: Record, event: StragglerReported) -> RunState:
    """Let a fault stand again if a worker that was given up applied it after all.

    It may have done so at any moment since it was given up: while the fault was
    being undone, and after.
    """
    step = state.steps[event.step]
    if event.undo or isinstance(event.outcome, Failed):
        return state
    if step.standing is Standing.UNDOING:
        return put(state, event.step, replace(step, undo_again=True))
    if step.standing in {Standing.UNDONE, Standing.STUCK}:
        again = replace(step, standing=Standing.STANDING, undo_tries=0, undo_ended=None)
        return stood(put(state, event.step, again), event.step, record.at)
    return state
