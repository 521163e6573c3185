"""The marks that people set: T1 detection, T2 assessment, T3 declaration, T4 mobilisation, T9.

A plan does not say which of its decisions is the declaration, so rules do:

* The *declaration* (T3) is the first decision that was answered and on whose option
  a recovery step hangs; where none does, a task; where none does either, the first
  that was answered. One that nobody answered declares by its default.
* *Assessed* (T2) is the first decision that was answered before it. A plan with
  one decision has no assessment, and a decoy is neither detected nor decided.
"""

from collections.abc import Iterator, Sequence

from drill.graph.absence import deputy_of
from drill.measure.attendance import quorum
from drill.measure.mark import Ended, Key, Mark, Marks, by_a_person, ended, of_fact
from drill.measure.steps import is_decoy
from drill.measure.tales import Fact, Said, Story
from drill.model.names import RoleName
from drill.model.sayings import STAFF, Finished, Noted
from drill.model.steps import Decide, Notify, Recover, Task
from drill.model.view import Grade


def answers(story: Story, since: int) -> Iterator[tuple[str, Mark]]:
    """Yield T1 to T4, as far as people set them after ``since``."""
    found = {
        "T1": _human_detection(story, since),
        "T3": _declared(story, since),
        "T4": _mobilised(story),
    }
    declared = found["T3"]
    found["T2"] = _assessed(story, since, declared.shown) if declared else None
    yield from ((name, mark) for name, mark in found.items() if mark is not None)


def _human_detection(story: Story, since: int) -> Mark | None:
    """Return the first acknowledgement, or what a participant reported before it."""
    seen = [by_a_person(one) for one in ended(story, Notify, since) if not is_decoy(one.step)]
    told = [_by_word(one) for one in story.sayings if _reports(story, one, since)]
    return min((*seen[:1], *told[:1]), key=lambda mark: mark.shown, default=None)


def _reports(story: Story, one: Said, since: int) -> bool:
    saying = one.event.saying
    if not (one.counts and isinstance(saying, Noted)) or one.event.role in STAFF:
        return False
    about_a_decoy = saying.step is not None and is_decoy(story.scenario.steps[saying.step])
    return one.at >= since and not about_a_decoy


def _by_word(one: Said) -> Mark:
    return of_fact(Fact(one.at, one.seq), Grade.C, f"{one.event.person} reported it")


def _declared(story: Story, since: int) -> Mark | None:
    decided = ended(story, Decide, since)
    answered = [one for one in decided if not one.tale.defaulted]
    if answered:
        return by_a_person(_declaration(story, answered))
    note = "by default: nobody decided in time"
    return of_fact(decided[0].end, Grade.B, note) if decided else None


def _declaration(story: Story, answered: Sequence[Ended]) -> Ended:
    """Return the decision by which the plan is activated."""
    steps = story.scenario.steps.values()
    for kind in (Recover, Task):
        awaited = {edge.step for step in steps if isinstance(step, kind) for edge in step.after}
        acted_on = [one for one in answered if one.id in awaited]
        if acted_on:
            return acted_on[0]
    return answered[0]


def _assessed(story: Story, since: int, declared: int) -> Mark | None:
    before = [
        one
        for one in ended(story, Decide, since)
        if not one.tale.defaulted and one.end.at < declared
    ]
    return by_a_person(before[0]) if before else None


def _mobilised(story: Story) -> Mark | None:
    fact = quorum(story)
    return None if fact is None else of_fact(fact, Grade.C, "the quorum of every role is there")


def accepted(story: Story, marks: Marks) -> Iterator[tuple[Key, Mark]]:
    """Yield T9: the owner of the service, and nobody else, accepts it after it was restored."""
    for name, service in story.scenario.services.items():
        restored = marks.get(("T6", name))
        if restored is None:
            continue
        for one in ended(story, Task, restored.shown):
            if isinstance(one.step, Task) and one.step.by == service.owner and _theirs(one):
                yield ("T9", name), by_a_person(one)
                break


def _theirs(one: Ended) -> bool:
    """Tell whether the owner, or its deputy, said so: a facilitator accepts for nobody."""
    said = [each.event for each in one.tale.said if isinstance(each.event.saying, Finished)]
    by = RoleName(getattr(one.step, "by", ""))
    return all(event.role in (by, deputy_of(by)) for event in said)
