"""The fold of what people say, as far as nothing else in the journal tells what follows. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from drill.exercise.clock import held, jumped, resumed
from drill.exercise.roster import impossible, put, readied_at_once
from drill.exercise.state import Claim, Phase, RunState
from drill.model.events import Escalated, PersonSaid, Record
from drill.model.sayings import (
    Accepted,
    Claimed,
    Ended,
    Held,
    Joined,
    Jumped,
    KeptBack,
    Left,
    Released,
    Resumed,
)

Fold = Callable[[RunState, Record, PersonSaid, Any], RunState]


def evolve_said(state: RunState, record: Record, event: PersonSaid) -> RunState:
    """Return the state after somebody said something; what was refused changes nothing."""
    fold = _FOLDS.get(type(event.saying))
    if event.refused or fold is None:
        return state
    step = getattr(event.saying, "step", None)
    if step is not None and step not in state.steps:
        raise impossible(record, f"there is no step {step!r}")
    return fold(state, record, event, event.saying)


def evolve_escalated(state: RunState, record: Record, event: Escalated) -> RunState:
    """Return the state after a message was sent again."""
    step = state.steps.get(event.step)
    if step is None or step.phase is not Phase.RUNNING or step.ticket != event.ticket:
        raise impossible(record, f"{event.step} waits for nobody under ticket {event.ticket}")
    return put(state, event.step, replace(step, escalations=step.escalations + 1))


def _joined(state: RunState, _: Record, said: PersonSaid, __: Joined) -> RunState:
    return replace(state, present=state.present.insert((said.person, said.role)))


def _left(state: RunState, _: Record, said: PersonSaid, __: Left) -> RunState:
    return replace(state, present=state.present.discard((said.person, said.role)))


def _accepted(state: RunState, _: Record, said: PersonSaid, saying: Accepted) -> RunState:
    return put(state, saying.step, replace(state.steps[saying.step], accepted_by=said.person))


def _claimed(state: RunState, record: Record, said: PersonSaid, saying: Claimed) -> RunState:
    step = state.steps[saying.step]
    if step.phase is not Phase.RUNNING:
        raise impossible(record, f"{saying.step} is {step.phase.value}: nobody can claim it")
    claim = Claim(saying.takes, saying.works, said.person, saying.note)
    return put(state, saying.step, replace(step, claim=claim))


def _held(state: RunState, record: Record, _: PersonSaid, __: Held) -> RunState:
    if state.held_since is not None:
        raise impossible(record, "the clock is held already")
    return held(state, record.at)


def _resumed(state: RunState, record: Record, _: PersonSaid, __: Resumed) -> RunState:
    if state.held_since is None:
        raise impossible(record, "the clock is not held")
    return resumed(state, record.at)


def _jumped(state: RunState, record: Record, _: PersonSaid, __: Jumped) -> RunState:
    return jumped(state, record.at)


def _kept_back(state: RunState, record: Record, _: PersonSaid, saying: KeptBack) -> RunState:
    """Let a step wait for its release; a moment that it waits for no more stays behind it."""
    return replace(state, kept=state.kept.insert(saying.step, record.at))


def _released(state: RunState, _: Record, __: PersonSaid, saying: Released) -> RunState:
    return readied_at_once(state, saying.step)


def _ended(state: RunState, _: Record, __: PersonSaid, ___: Ended) -> RunState:
    return replace(state, ended=True)


_FOLDS: Mapping[type, Fold] = {
    Joined: _joined,
    Left: _left,
    Accepted: _accepted,
    Claimed: _claimed,
    Held: _held,
    Resumed: _resumed,
    Jumped: _jumped,
    KeptBack: _kept_back,
    Released: _released,
    Ended: _ended,
}
"""What each thing that is said changes by itself; of the others, the events that follow tell."""
