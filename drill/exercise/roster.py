"""The lists a state keeps, so that no rule must look through all steps. Pure."""

from dataclasses import replace

from drill.errors import JournalInconsistentError
from drill.exercise.state import RunState, StepState
from drill.model.events import Record
from drill.model.names import StepId
from drill.model.time import Stamp, seconds_between


def put(state: RunState, id_: StepId, step: StepState) -> RunState:
    """Return the state in which a step's story is ``step``."""
    return replace(state, steps=state.steps.insert(id_, step))


def without(ids: tuple[StepId, ...], id_: StepId) -> tuple[StepId, ...]:
    """Take one name off a list; cheaply if it is the first, as it nearly always is."""
    return ids[1:] if ids[:1] == (id_,) else tuple(other for other in ids if other != id_)


def readied(state: RunState, id_: StepId) -> RunState:
    """Put a step whose edges all came true on the list of those that start next."""
    if _is_timed(state, id_):
        return replace(state, timed=(*state.timed, id_))
    return replace(state, ready=(*state.ready, id_))


def begun(state: RunState, id_: StepId, step: StepState) -> RunState:
    """Return the state in which a step that waited is at work, its story being ``step``."""
    return replace(
        taken(state, id_),
        steps=state.steps.insert(id_, step),
        busy=state.busy.insert(id_),
        idle_since=None,
        begun=True,
    )


def taken(state: RunState, id_: StepId) -> RunState:
    """Take a step that starts, or never will, off the list on which it waits."""
    if id_ in state.kept:
        state = replace(state, kept=state.kept.discard(id_))
    if state.unmet[id_] < 0:
        return replace(state, doomed=without(state.doomed, id_))
    if _is_timed(state, id_):
        return replace(state, timed=without(state.timed, id_))
    return replace(state, ready=without(state.ready, id_))


def _is_timed(state: RunState, id_: StepId) -> bool:
    if state.opened is None or id_ in state.released:
        return False
    return state.opened.scenario.steps[id_].at is not None


def readied_at_once(state: RunState, id_: StepId) -> RunState:
    """Let a step wait for no moment, nor for anybody to release it; for its edges it still does."""
    waited = id_ in state.timed
    state = replace(
        state,
        kept=state.kept.discard(id_),
        released=state.released.insert(id_),
        timed=without(state.timed, id_),
    )
    return replace(state, ready=(*state.ready, id_)) if waited else state


def over(state: RunState, id_: StepId, step: StepState, at: Stamp) -> RunState:
    """Return the state in which a step has ended for good, its story being ``step``."""
    busy = state.busy.discard(id_)
    return replace(
        state,
        steps=state.steps.insert(id_, step),
        busy=busy,
        idle_since=None if busy else at,
        left=state.left - 1,
    )


def busied(state: RunState, id_: StepId) -> RunState:
    """Note that somebody is at work on a step's undo."""
    return replace(state, busy=state.busy.insert(id_), idle_since=None)


def idled(state: RunState, id_: StepId, at: Stamp) -> RunState:
    """Note that nobody is any more."""
    busy = state.busy.discard(id_)
    return replace(state, busy=busy, idle_since=None if busy else at)


def stood(state: RunState, id_: StepId, at: Stamp) -> RunState:
    """Note that a fault stands from now on, the newest of all."""
    steps = state.steps.insert(id_, replace(state.steps[id_], stood_from=at))
    return replace(state, steps=steps, standing=(*without(state.standing, id_), id_))


def fell(state: RunState, id_: StepId, at: Stamp) -> RunState:
    """Note that a fault stands no more, or that nothing more can be done about it."""
    since = state.steps[id_].stood_from
    lasted = 0.0 if since is None else seconds_between(since, at)
    return replace(
        state, standing=without(state.standing, id_), stood=state.stood + max(0.0, lasted)
    )


def impossible(record: Record, why: str) -> JournalInconsistentError:
    """Return the refusal of a record that cannot follow on what came before."""
    return JournalInconsistentError(f"record {record.seq} ({record.event.type}): {why}")
