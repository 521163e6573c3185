"""Checks of people's parts: who is told, what is missed, what is to be shown, and by when."""

from collections.abc import Iterator
from datetime import timedelta

from drill.graph.case import Case
from drill.graph.source import Loc
from drill.graph.words import did_you_mean
from drill.model.names import StepId
from drill.model.problem import Problem
from drill.model.sayings import STAFF
from drill.model.steps import Decide, Notify, StoryInject
from drill.model.time import format_duration

_NONE = timedelta()


def staff(case: Case) -> Iterator[Problem]:
    """Yield each role that is not a participant's: every exercise has its staff."""
    for name in case.scenario.roles:
        if name in STAFF:
            what = (
                f"`{name}` is a role of the staff, which every exercise has and no scenario names"
            )
            yield case.error(("roles", name), what, "give it another name, or leave it out")


def contingencies(case: Case) -> Iterator[Problem]:
    """Yield each contingency that could never come: what it waits for would end everything."""
    for id_, step in case.scenario.steps.items():
        for n, missed in enumerate(step.if_missed):
            awaited = case.scenario.steps.get(missed)
            if awaited is None or isinstance(awaited, Decide | StoryInject):
                continue  # that there is no such step, or that it is never missed, is told else
            if awaited.on_failure == "stop":
                what = f"when `{missed}` is missed the exercise stops, and `{id_}` never comes"
                yield case.error(
                    ("steps", id_, "if-missed", n), what, f"give `{missed}` `on-failure: continue`"
                )


def escalations(case: Case) -> Iterator[Problem]:
    """Yield each escalation whose time never comes, or not in the order in which it is written."""
    for id_, step in case.scenario.steps.items():
        if not isinstance(step, Notify):
            continue
        before = _NONE
        for n, each in enumerate(step.escalate):
            loc: Loc = ("steps", id_, "escalate", n, "after")
            if each.after <= before:
                what = f"an escalation comes later than {format_duration(before)}, in its order"
                yield case.error(loc, what, "write them in the order of their time")
            if each.after >= step.acknowledge:
                most = format_duration(step.acknowledge)
                what = f"by then the time to `acknowledge` is over: {most}"
                yield case.error(loc, what, "escalate earlier, or give the role more time")
            before = max(before, each.after)


def aims(case: Case) -> Iterator[Problem]:
    """Yield each step that an objective, a duty or an assumption names and that is not there."""
    for id_, loc in _named(case):
        if id_ not in case.scenario.steps:
            cure = did_you_mean(id_, case.scenario.steps)
            yield case.error(loc, f"there is no step `{id_}`", cure)


def _named(case: Case) -> Iterator[tuple[StepId, Loc]]:
    for name, objective in case.scenario.objectives.items():
        for n, id_ in enumerate(objective.steps):
            yield id_, ("objectives", name, "steps", n)
    for name, duty in case.scenario.duties.items():
        yield duty.from_, ("duties", name, "from")
        yield duty.to, ("duties", name, "to")
    for name, assumption in case.scenario.assumptions.items():
        for n, id_ in enumerate(assumption.steps):
            yield id_, ("assumptions", name, "steps", n)
