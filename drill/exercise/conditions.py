"""What the conductor answers by itself: what the probes see, and time run out. Pure."""

from datetime import timedelta
from typing import assert_never

from drill.exercise.state import RunState, StepState, WatchState
from drill.model.outcome import Done, Failed, Outcome
from drill.model.steps import (
    SERVICE_STATE,
    Check,
    Decide,
    Inject,
    Notify,
    Recover,
    ServiceState,
    Step,
    StoryInject,
    Task,
)
from drill.model.time import Duration

_NS = 1_000_000_000
_AT_ONCE = timedelta()


def time_allowed(step: Step) -> Duration:
    """Return how long a step may take."""
    match step:
        case Inject() | Recover() | Check() | Task():
            return step.timeout
        case Notify():
            return step.acknowledge
        case Decide():
            return step.default.after
        case StoryInject():
            return _AT_ONCE
    assert_never(step)


def needs_crew(step: Step) -> bool:
    """Tell whether somebody must work on it: not on what is told, nor on what the probes see."""
    if isinstance(step, StoryInject):
        return False
    return not (isinstance(step, Check) and step.check == SERVICE_STATE)


def may_repeat(step: Step) -> bool:
    """Tell whether trying it again after a crash changes nothing in the world."""
    return isinstance(step, Check | StoryInject | Notify | Decide | Task)


def answer_of(
    step: Step, known: StepState, state: RunState, *, late: bool, cut: bool
) -> Outcome | None:
    """Return the outcome that needs no worker's word, if there is one by now.

    Args:
        step: the step that is waiting.
        known: its story so far.
        state: what is known of the services.
        late: its time is over.
        cut: the exercise stops and does not wait for it.
    """
    if isinstance(step, Inject | Recover) or (isinstance(step, Check) and needs_crew(step)):
        return None
    if isinstance(step, StoryInject):
        return Done(note="told")
    if isinstance(step, Check):
        seen = _seen(ServiceState.model_validate(step.with_), state, known.asked)
        return seen or (Failed(error="not seen for long enough") if late or cut else None)
    if cut:
        return Failed(error="the exercise stopped before an answer came")
    return _unanswered(step) if late else None


def _unanswered(step: Notify | Decide | Task) -> Outcome:
    match step:
        case Notify():
            return Failed(error=f"{step.notify} did not acknowledge in time")
        case Task():
            return Failed(error=f"{step.by} did not confirm in time")
        case Decide():
            note = f"{step.by} did not decide in time"
            return Done(note=note, choice=step.default.option, defaulted=True)
    assert_never(step)


def _seen(wanted: ServiceState, state: RunState, asked: int) -> Outcome | None:
    """Answer from what was seen since the question.

    That a service is bad is an alarm: it may have begun before. That it is good
    is a proof: what was good before a fault says nothing about after it.
    """
    watch = state.watches.get((wanted.service, "probe"), WatchState())
    since = watch.good_since if wanted.is_ == "good" else watch.bad_since
    if since is None or watch.seen < asked:
        return None
    begun = max(since, asked) if wanted.is_ == "good" else since
    if watch.seen - begun < wanted.for_.total_seconds() * _NS:
        return None
    return Done(note=f"{wanted.service} was {wanted.is_} without a break")
