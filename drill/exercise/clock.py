"""The exercise clock: the time since the beginning, without holds, and with jumps. Pure.

People's time runs on it, and what the scenario places at a moment waits for it.
Machines, faults and their undo know nothing of it: a hold never delays healing.
"""

from dataclasses import replace
from datetime import timedelta

from drill.exercise.state import Phase, RunState, StepState
from drill.model.events import ExerciseOpened
from drill.model.names import StepId
from drill.model.steps import PEOPLES, SERVICE_STATE, Check, Inject, Recover, Step, StoryInject
from drill.model.time import Stamp, seconds_between


def exercise_time(state: RunState, now: Stamp) -> timedelta:
    """Return what the exercise clock shows; it stands while the exercise is held."""
    if state.began is None:
        return timedelta()
    until = state.held_since or now
    return timedelta(seconds=seconds_between(state.began, until)) - state.shift


def next_moment(state: RunState, now: Stamp) -> timedelta | None:
    """Return the earliest moment ahead that a step still waits for."""
    time = exercise_time(state, now)
    ahead = (at for id_ in state.steps if (at := _awaited(state, id_)) is not None and at > time)
    return min(ahead, default=None)


def _awaited(state: RunState, id_: StepId) -> timedelta | None:
    waits = state.steps[id_].phase is Phase.PENDING and state.unmet[id_] >= 0
    if not waits or state.opened is None or id_ in state.released:
        return None
    return state.opened.scenario.steps[id_].at


def asked_of_people(opened: ExerciseOpened) -> bool:
    """Tell whether people answer for themselves, through the conductor, and no crew does."""
    return opened.facilitated or opened.mode == "live"


def claimable(step: Step, opened: ExerciseOpened) -> bool:
    """Tell whether the people at a facilitated table say how a step goes, for no machine does."""
    if not opened.facilitated or opened.mode != "tabletop":
        return False
    machines = isinstance(step, Inject | Recover | Check)
    return machines and not (isinstance(step, Check) and step.check == SERVICE_STATE)


def is_claimable(state: RunState, id_: StepId) -> bool:
    """Tell that of a step of the exercise."""
    return state.opened is not None and claimable(state.opened.scenario.steps[id_], state.opened)


def is_timed_for_people(state: RunState, id_: StepId) -> bool:
    """Tell whether a step's time runs on the exercise clock."""
    return state.opened is not None and is_for_people(
        state.opened.scenario.steps[id_], state.opened
    )


def is_for_people(step: Step, opened: ExerciseOpened) -> bool:
    """Tell whether people answer a step, or say at a table how it goes."""
    return isinstance(step, PEOPLES) or claimable(step, opened)


def stands(state: RunState, id_: StepId) -> bool:
    """Tell whether a step's time stands still, because the exercise is held."""
    return state.held_since is not None and is_timed_for_people(state, id_)


def held(state: RunState, at: Stamp) -> RunState:
    """Return the state in which the exercise clock stands from ``at`` on."""
    return replace(state, held_since=at)


def resumed(state: RunState, at: Stamp) -> RunState:
    """Return the state in which the exercise clock goes on.

    Nobody loses time by it; and what became due of the story meanwhile waits to be
    released one by one, instead of all at once.
    """
    since, opened = state.held_since, state.opened
    if since is None or opened is None:
        return state
    time = exercise_time(state, at)
    length = timedelta(seconds=max(0.0, seconds_between(since, at)))
    steps, kept = state.steps, state.kept
    for id_ in state.busy:
        if is_timed_for_people(state, id_):
            steps = steps.insert(id_, _moved(steps[id_], since, length))
    for id_ in _overdue(state, opened, time):
        kept = kept.insert(id_, at)
    return replace(state, held_since=None, shift=state.shift + length, steps=steps, kept=kept)


def _moved(step: StepState, since: Stamp, length: timedelta) -> StepState:
    """Give a step back the time for which it was held: what began meanwhile, only its share."""
    if step.since is None or step.deadline is None:
        return step
    before = timedelta(seconds=max(0.0, seconds_between(since, step.since)))
    share = max(timedelta(), length - before)
    return replace(step, since=step.since.plus(share), deadline=step.deadline.plus(share))


def _overdue(state: RunState, opened: ExerciseOpened, time: timedelta) -> list[StepId]:
    steps = opened.scenario.steps
    come = (*state.ready, *(id_ for id_ in state.timed if (steps[id_].at or timedelta()) <= time))
    told = (id_ for id_ in come if isinstance(steps[id_], StoryInject))
    return [id_ for id_ in told if id_ not in state.released]


def jumped(state: RunState, at: Stamp) -> RunState:
    """Return the state in which the exercise clock shows the next moment ahead.

    What the table claimed comes nearer by it; the time that people have to answer does not
    grow shorter.
    """
    moment = next_moment(state, at)
    if moment is None:
        return state
    ahead, steps = moment - exercise_time(state, at), state.steps
    for id_ in state.busy:
        step = steps[id_]
        if step.claim is not None and step.since is not None:
            steps = steps.insert(id_, replace(step, since=step.since.plus(-ahead)))
    return replace(state, shift=state.shift - ahead, steps=steps)
