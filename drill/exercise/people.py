"""The rules about people: what answers for them, what reaches them again, who has gone. Pure."""

from collections.abc import Iterator

from drill.exercise.answers import BEFOREHAND, meaning, role_of
from drill.exercise.clock import asked_of_people
from drill.exercise.deadlines import is_late
from drill.exercise.rules import Events, whose_moment_came
from drill.exercise.state import Phase, RunState
from drill.graph.plan import Plan
from drill.model.events import AbortOrdered, Escalated, StepEnded, StepSkipped
from drill.model.names import StepId
from drill.model.steps import PEOPLES, Notify
from drill.model.time import Stamp, format_duration


def answer(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    """Answer at once for the roles whose answers were given beforehand, where people answer."""
    opened = state.opened
    if opened is None or not opened.answers or not asked_of_people(opened):
        return None
    ended = []
    for id_ in _running(state):
        step = plan.step(id_)
        if isinstance(step, PEOPLES) and (text := opened.answers.get(role_of(step))) is not None:
            ticket, outcome = state.steps[id_].ticket, meaning(step, text)
            ended.append(StepEnded(step=id_, ticket=ticket, outcome=outcome, by=BEFOREHAND))
    return tuple(ended) or None


def escalate(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Send a message again that nobody acknowledges, as the plan says; not while all is held."""
    if state.held_since is not None:
        return None
    return tuple(_escalations(plan, state, now)) or None


def _escalations(plan: Plan, state: RunState, now: Stamp) -> Iterator[Escalated]:
    for id_ in _running(state):
        step, known = plan.step(id_), state.steps[id_]
        if not isinstance(step, Notify):
            continue
        for each in step.escalate[known.escalations :]:
            if not is_late(known.since, now, each.after):
                break
            to = each.to or step.notify
            yield Escalated(step=id_, ticket=known.ticket, to=to, channel=each.channel)


def _running(state: RunState) -> Iterator[StepId]:
    return (id_ for id_ in state.busy if state.steps[id_].phase is Phase.RUNNING)


def forsake(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """End what is held and forgotten: every wait is finite."""
    if not is_late(state.held_since, now, plan.unattended):
        return None
    why = f"the clock was held for {format_duration(plan.unattended)}, and nobody let it go on"
    return (AbortOrdered(by="drill", why=why),)


def forget(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Leave out what is kept back, once nothing else has happened for as long as may be."""
    if not state.kept or not is_late(state.idle_since, now, plan.unattended):
        return None
    why = f"kept back, and not released within {format_duration(plan.unattended)}"
    waiting = (*whose_moment_came(plan, state, now), *state.ready)
    forgotten = (id_ for id_ in waiting if is_late(state.kept.get(id_), now, plan.unattended))
    return tuple(StepSkipped(step=id_, because=why) for id_ in forgotten) or None


def hot_wash(plan: Plan, state: RunState, now: Stamp) -> Events | None:
    """Stay open until a facilitator says that it is over; a taken-up one only heals."""
    if state.opened is None or not state.opened.facilitated or state.interrupted or state.ended:
        return None
    return None if is_late(state.idle_since, now, plan.unattended) else ()
