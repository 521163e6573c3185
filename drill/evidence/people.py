"""Tests of the people: did each speak in a role that may, and is what they changed in the open."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from drill.evidence.findings import Case, Finding, failed, idle, judged, passed
from drill.graph.absence import deputy_of, roles_of
from drill.model.events import AbortOrdered, ConductorResumed, PersonSaid, Record
from drill.model.names import RoleName
from drill.model.sayings import (
    EVALUATOR,
    FACILITATOR,
    STAFF,
    Aborted,
    Accepted,
    Acknowledged,
    Decided,
    Ended,
    Finished,
    Held,
    Jumped,
    KeptBack,
    Observed,
    Refused,
    Released,
    Resumed,
    Skipped,
)
from drill.model.scenario import Scenario
from drill.model.steps import Decide, Notify, Step, Task

_ANSWERS = (Accepted, Acknowledged, Decided, Finished, Refused)
_FACILITATES = (Held, Resumed, Jumped, KeptBack, Released, Skipped, Aborted, Ended)


class _Heard(NamedTuple):
    """What somebody said and what counted, with its record."""

    seq: int
    person: str
    role: RoleName
    saying: Any


def authority(case: Case) -> Finding:
    """CT-06: whoever decided, answered, rated or approved held the role that may."""
    heard, opened = list(_heard(case)), case.run.opened
    needed = opened.scenario.approvals.needed if opened.scenario.approvals else 0
    if not heard and not needed:
        return idle("nobody said anything, and the plan needs no approval")
    wrong = [why for one in heard for why in _presumes(opened.scenario, one)]
    wrong += _partial(heard)
    people = min(len({one.by for one in opened.approvals}), len({o.key for o in opened.approvals}))
    if opened.mode == "live" and people < needed:
        wrong.append(f"{needed} approvals are needed, and {people} people gave them")
    text = (
        f"{len(heard)} sayings by people who held the role; {needed} approvals needed, "
        f"{people} given; no evaluator took part"
    )
    return judged(wrong, text, [one.seq for one in heard])


def _heard(case: Case) -> Iterator[_Heard]:
    for one in case.run.records:
        event = one.event
        if isinstance(event, PersonSaid) and not event.refused:
            yield _Heard(one.seq, event.person, event.role, event.saying)


def _presumes(scenario: Scenario, one: _Heard) -> Iterator[str]:
    """Yield why somebody had no say in what they said."""
    who = f"record {one.seq}: {one.person} ({one.role})"
    if one.role not in (*roles_of(scenario), *STAFF):
        yield f"{who}: there is no such role"
    if isinstance(one.saying, _FACILITATES) and one.role != FACILITATOR:
        yield f"{who} facilitates"
    if isinstance(one.saying, Observed) and one.role not in {EVALUATOR, FACILITATOR}:
        yield f"{who} evaluates"
    if isinstance(one.saying, _ANSWERS):
        step = scenario.steps.get(one.saying.step)
        if step is None or one.role not in _asked(step):
            yield f"{who} answers {one.saying.step}, which asks another role"


def _asked(step: Step) -> frozenset[str]:
    """Return the roles that may answer a step."""
    roles: list[RoleName] = []
    if isinstance(step, Notify):
        roles = [step.notify, *(one.to for one in step.escalate if one.to)]
    elif isinstance(step, Decide | Task):
        roles = [step.by]
    return frozenset((*roles, *map(deputy_of, roles), FACILITATOR))


def _partial(heard: list[_Heard]) -> Iterator[str]:
    """Yield each evaluator who also takes part."""
    players = {one.person.casefold() for one in heard if one.role not in STAFF}
    judges = {one.person for one in heard if one.role == EVALUATOR}
    for person in sorted(judges):
        if person.casefold() in players:
            yield f"{person} evaluates, and takes part as well"


class _Override(NamedTuple):
    """What somebody changed by hand."""

    seq: int
    text: str
    sound: bool
    """It says who did so, and why where that is asked."""


def overrides(case: Case) -> Finding:
    """CT-13: whatever a person changed by hand has a name and a reason."""
    found = [one for record in case.run.records for one in _override(record)]
    found += _rated(case)
    if not found:
        return idle("nobody overrode anything")
    bare = [one for one in found if not one.sound]
    if bare:
        text = "; ".join(f"record {one.seq}: {one.text}" for one in bare)
        return failed(f"without a name or a reason: {text}", [one.seq for one in bare])
    listed = "; ".join(one.text for one in found)
    return passed(f"each has a name and a reason: {listed}", [one.seq for one in found])


def _override(record: Record) -> Iterator[_Override]:
    event = record.event
    if isinstance(event, AbortOrdered):
        sound = bool(event.by and event.why)
        yield _Override(record.seq, f"{event.by} ends it early ({event.why})", sound)
    elif isinstance(event, ConductorResumed) and event.approved_by:
        yield _Override(record.seq, f"{event.approved_by} lets it go on after a crash", sound=True)
    elif isinstance(event, PersonSaid) and not event.refused:
        yield from _said(_Heard(record.seq, event.person, event.role, event.saying))


def _said(one: _Heard) -> Iterator[_Override]:
    """Yield a facilitator's hand on the course of things; a hold and a skip must say why."""
    if isinstance(one.saying, Held | Skipped | Jumped | KeptBack | Released):
        about = getattr(one.saying, "step", "the clock")
        why = getattr(one.saying, "why", None)
        text = f"{one.person}: {about} {one.saying.says}" + (f" ({why})" if why else "")
        sound = bool(one.person.strip()) and (why is None or bool(why.strip()))
        yield _Override(one.seq, text, sound)


def _rated(case: Case) -> Iterator[_Override]:
    """Yield each rating that an evaluator set otherwise than the rule proposes."""
    for one in case.view.ratings:
        if one.set and one.set != one.proposed:
            seq = max((seen.seq for seen in one.observations if seen.rating), default=0)
            text = f"{one.set_by} rates {one.objective} {one.set}, proposed {one.proposed or '-'}"
            yield _Override(seq, text, bool(one.set_by and one.reason.strip()))
