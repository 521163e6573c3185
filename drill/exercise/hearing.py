"""What comes of what people say: who may say it, when, and what follows. Pure.

:data:`RULES` is the whole of it: for each thing that can be said, the objections to
it in the order in which they are asked, and the events that follow if there is none.
Whatever is said is kept, also what counts for nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from drill.exercise.clock import claimable, exercise_time, next_moment, stands
from drill.exercise.deadlines import is_late
from drill.exercise.state import Phase, RunState
from drill.graph.absence import roles_of
from drill.graph.plan import Plan
from drill.model.events import AbortOrdered, Event, PersonSaid, StepEnded, StepSkipped
from drill.model.names import RoleName, StepId
from drill.model.outcome import Done, Failed, Outcome
from drill.model.sayings import (
    EVALUATOR,
    FACILITATOR,
    OBSERVER,
    STAFF,
    Aborted,
    Accepted,
    Acknowledged,
    Claimed,
    Decided,
    Ended,
    Finished,
    Held,
    Joined,
    Jumped,
    KeptBack,
    Left,
    Noted,
    Observed,
    Reflected,
    Refused,
    Released,
    Resumed,
    Skipped,
)
from drill.model.steps import Decide, Notify, Step, Task
from drill.model.time import Stamp

CLOSED = "the exercise is closed"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, and all that there is to judge it by."""

    plan: Plan
    state: RunState
    now: Stamp
    said: PersonSaid

    @property
    def saying(self) -> Any:
        """Return what was said; each rule knows which of the sayings it judges."""
        return self.said.saying

    @property
    def id(self) -> StepId:
        """Return the step that it is about."""
        return StepId(self.saying.step)

    @property
    def step(self) -> Step:
        """Return the plan of that step."""
        return self.plan.step(self.id)


Objection = Callable[[Heard], str]
"""Says why it counts for nothing; nothing if it counts."""


class Hearing(NamedTuple):
    """The objections to one thing that can be said, and what follows where there is none."""

    objections: tuple[Objection, ...]
    follows: Callable[[Heard], tuple[Event, ...]] = lambda _: ()


def hear(
    plan: Plan, state: RunState, now: Stamp, said: PersonSaid
) -> tuple[PersonSaid, *tuple[Event, ...]]:
    """Return what to write when somebody says something: that, refused or not, and what follows."""
    heard, rule = Heard(plan, state, now, said), RULES[type(said.saying)]
    why = next((why for objection in (*_ALWAYS, *rule.objections) if (why := objection(heard))), "")
    if why:
        return (said.model_copy(update={"refused": why}),)
    return (said, *rule.follows(heard))


def asked_of(plan: Plan, state: RunState, id_: StepId) -> tuple[RoleName, ...]:
    """Return the roles that may answer a step: those it asks, and to whom it was escalated."""
    match plan.step(id_):
        case Notify() as step:
            told = step.escalate[: state.steps[id_].escalations]
            return step.notify, *(escalation.to for escalation in told if escalation.to)
        case Decide() | Task() as step:
            return (step.by,)
        case _:
            return ()


def is_hot_wash(state: RunState) -> bool:
    """Tell whether a facilitated exercise is only kept open for people to talk it over."""
    facilitated = state.opened is not None and state.opened.facilitated
    return facilitated and not (state.left or state.busy or state.standing or state.ended)


# ---- objections


def _closed(heard: Heard) -> str:
    return CLOSED if heard.state.closed or heard.state.opened is None else ""


def _stranger(heard: Heard) -> str:
    known = (*STAFF, *roles_of(heard.plan.scenario))
    return "" if heard.said.role in known else f"there is no role {heard.said.role} here"


_ALWAYS: tuple[Objection, ...] = (_closed, _stranger)


def _not_facilitating(heard: Heard) -> str:
    return "" if heard.said.role == FACILITATOR else "only a facilitator may do that"


def _only_watching(heard: Heard) -> str:
    return "an observer only watches" if heard.said.role == OBSERVER else ""


def _not_evaluating(heard: Heard) -> str:
    may = heard.said.role in {EVALUATOR, FACILITATOR}
    return "" if may else "only an evaluator or a facilitator may do that"


def _unknown(heard: Heard) -> str:
    named = heard.saying.step
    there = named is None or named in heard.plan.scenario.steps
    return "" if there else f"there is no step {named}"


def _no_objective(heard: Heard) -> str:
    named = heard.saying.objective
    return (
        "" if named in {"", *heard.plan.scenario.objectives} else f"there is no objective {named}"
    )


def _not_asked(heard: Heard) -> str:
    pending = heard.state.steps[heard.id].phase is Phase.PENDING
    return f"{heard.id} is not asked yet" if pending else ""


def _over(heard: Heard) -> str:
    """Object to what comes when it has ended, or has been told to."""
    running = heard.state.steps[heard.id].phase is Phase.RUNNING
    return "" if running else f"{heard.id} is over"


def _late(heard: Heard) -> str:
    """Object to what comes after its time; while the clock is held nobody's runs out."""
    step = heard.state.steps[heard.id]
    late = is_late(step.deadline, heard.now) and not stands(heard.state, heard.id)
    return f"too late: the time for {heard.id} is over" if late else ""


def _other_kind(kind: type) -> Objection:
    def objection(heard: Heard) -> str:
        fits = isinstance(heard.step, kind)
        return "" if fits else f"{heard.id} is a {heard.step.kind} step: it is not answered so"

    return objection


def _not_theirs(heard: Heard) -> str:
    asked = asked_of(heard.plan, heard.state, heard.id)
    if heard.said.role in (FACILITATOR, *asked):
        return ""
    return f"{heard.id} is not for {heard.said.role} to answer"


def _no_option(heard: Heard) -> str:
    choice, options = heard.saying.choice, heard.step.options  # type: ignore[union-attr]  # it decides
    return "" if choice in options else f"{choice!r} is none of {', '.join(options)}"


def _accepted_before(heard: Heard) -> str:
    by = heard.state.steps[heard.id].accepted_by
    return f"{by} has taken {heard.id} on already" if by else ""


def _nothing_to_claim(heard: Heard) -> str:
    opened = heard.state.opened
    if opened is None or not (opened.facilitated and opened.mode == "tabletop"):
        return "only at a facilitated table does anybody say how long a step would take"
    return "" if claimable(heard.step, opened) else f"{heard.id} is not for people to claim"


def _claimed_before(heard: Heard) -> str:
    claim = heard.state.steps[heard.id].claim
    return f"{claim.by} has said already how {heard.id} goes" if claim else ""


def _here(heard: Heard) -> str:
    here = (heard.said.person, heard.said.role) in heard.state.present
    return "you are here already" if here else ""


def _away(heard: Heard) -> str:
    here = (heard.said.person, heard.said.role) in heard.state.present
    return "" if here else "you are not here"


def _held(heard: Heard) -> str:
    return "the clock is held: resume it first" if heard.state.held_since else ""


def _held_before(heard: Heard) -> str:
    return "the clock is held already" if heard.state.held_since else ""


def _not_held(heard: Heard) -> str:
    return "" if heard.state.held_since else "the clock is not held"


def _stopping(heard: Heard) -> str:
    return "the exercise is ending: it only heals" if heard.state.stopping else ""


def _all_over(heard: Heard) -> str:
    return "" if heard.state.left else "every step is over"


def _aborted(heard: Heard) -> str:
    return "it was aborted already" if heard.state.aborted else ""


def _nothing_ahead(heard: Heard) -> str:
    moment = next_moment(heard.state, heard.now)
    return "no step waits for a moment ahead" if moment is None else ""


def _begun(heard: Heard) -> str:
    phase = heard.state.steps[heard.id].phase
    return "" if phase is Phase.PENDING else f"{heard.id} has begun, or is over"


def _heals(heard: Heard) -> str:
    return f"{heard.id} heals, and nothing delays that" if heard.plan.heals(heard.id) else ""


def _kept(heard: Heard) -> str:
    return f"{heard.id} is kept back already" if heard.id in heard.state.kept else ""


def _free(heard: Heard) -> str:
    """Object to the release of what nothing but its edges holds back."""
    waits = heard.state.held_since is not None and heard.id in heard.state.ready
    if waits or heard.id in heard.state.kept:
        return ""
    at = None if heard.id in heard.state.released else heard.step.at
    ahead = at is not None and at > exercise_time(heard.state, heard.now)
    return "" if ahead else f"{heard.id} waits for no release, only for what comes before it"


def _too_early(heard: Heard) -> str:
    over = not heard.state.left or heard.state.aborted
    return "" if over else "the hot wash begins when every step is over"


def _no_hot_wash(heard: Heard) -> str:
    opened = heard.state.opened
    facilitated = opened is not None and opened.facilitated
    return "" if facilitated else "nobody facilitates it: it closes by itself"


def _under_way(heard: Heard) -> str:
    if is_hot_wash(heard.state):
        return ""
    over = "it was ended already"
    return over if heard.state.ended else "it is still under way: abort it to end it early"


# ---- what follows


def _ends(outcome_of: Callable[[Heard], Outcome]) -> Callable[[Heard], tuple[Event, ...]]:
    def follows(heard: Heard) -> tuple[Event, ...]:
        ticket, by = heard.state.steps[heard.id].ticket, heard.said.person
        return (StepEnded(step=heard.id, ticket=ticket, outcome=outcome_of(heard), by=by),)

    return follows


def _refusal(heard: Heard) -> Outcome:
    note = heard.saying.note
    return Failed(error=f"{heard.said.role} refused" + (f": {note}" if note else ""))


def _skips(heard: Heard) -> tuple[Event, ...]:
    because = f"left out by {heard.said.person}: {heard.saying.why}"
    return (StepSkipped(step=heard.id, because=because),)


def _aborts(heard: Heard) -> tuple[Event, ...]:
    return (AbortOrdered(by=heard.said.person, why=heard.saying.why),)


def _answer(kind: type, *more: Objection) -> tuple[Objection, ...]:
    """Return the objections to an answer; whose step it is comes first: it tells least."""
    asked = (_only_watching, _unknown, _not_asked, _not_theirs, _other_kind(kind), _over, _late)
    return (*asked, *more)


RULES: Mapping[type, Hearing] = {
    Joined: Hearing((_here,)),
    Left: Hearing((_away,)),
    Acknowledged: Hearing(
        _answer(Notify), _ends(lambda heard: Done(note=heard.saying.note or "acknowledged"))
    ),
    Decided: Hearing(
        _answer(Decide, _no_option),
        _ends(lambda heard: Done(note=heard.saying.note, choice=heard.saying.choice)),
    ),
    Accepted: Hearing(_answer(Task, _accepted_before)),
    Finished: Hearing(_answer(Task), _ends(lambda heard: Done(note=heard.saying.note or "done"))),
    Refused: Hearing(_answer(Task), _ends(_refusal)),
    Claimed: Hearing(
        (_only_watching, _unknown, _not_asked, _nothing_to_claim, _over, _late, _claimed_before)
    ),
    Noted: Hearing((_only_watching, _unknown)),
    Observed: Hearing((_not_evaluating, _no_objective)),
    Held: Hearing((_not_facilitating, _stopping, _all_over, _held_before)),
    Resumed: Hearing((_not_facilitating, _not_held)),
    Jumped: Hearing((_not_facilitating, _stopping, _held, _nothing_ahead)),
    KeptBack: Hearing((_not_facilitating, _unknown, _stopping, _begun, _heals, _kept)),
    Released: Hearing((_not_facilitating, _unknown, _stopping, _begun, _free)),
    Skipped: Hearing((_not_facilitating, _unknown, _begun), _skips),
    Reflected: Hearing((_only_watching, _no_objective, _too_early)),
    Aborted: Hearing((_not_facilitating, _aborted, _all_over), _aborts),
    Ended: Hearing((_not_facilitating, _no_hot_wash, _under_way)),
}
"""Every thing that can be said, who may say it and when, and what follows."""
