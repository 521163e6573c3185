"""One mark: when, by which record, and what it rests on."""

from collections.abc import Mapping
from typing import NamedTuple

from drill.measure.spans import Moment, at
from drill.measure.tales import Fact, StepTale, Story
from drill.model.names import ServiceName, StepId
from drill.model.steps import Step
from drill.model.view import Grade


class Mark(NamedTuple):
    """A mark that was measured. ``shown`` is the one moment that is printed."""

    when: Moment
    shown: int
    grade: Grade
    records: tuple[int, ...]
    note: str = ""


Key = tuple[str, ServiceName | None]
Marks = Mapping[Key, Mark]


def of_fact(fact: Fact, grade: Grade, note: str = "") -> Mark:
    """Return the mark that one record sets."""
    return Mark(at(fact.at), fact.at, grade, (fact.seq,), note)


class Ended(NamedTuple):
    """A step that ended done, and when."""

    id: StepId
    step: Step
    tale: StepTale
    end: Fact


def ended(story: Story, kind: type[Step], since: int) -> list[Ended]:
    """Return the steps of one kind that ended done after ``since``, first to last."""
    found = [
        Ended(id_, step, tale, tale.ended)
        for id_, tale in story.steps.items()
        if tale.done and tale.ended is not None and tale.ended.at >= since
        if isinstance(step := story.scenario.steps[id_], kind)
    ]
    return sorted(found, key=lambda one: one.end)


def by_a_person(one: Ended) -> Mark:
    """Return the mark of a person's answer; one given beforehand is the machine's record."""
    return of_fact(one.end, Grade.B if "--" in one.tale.by else Grade.C, one.tale.by)
