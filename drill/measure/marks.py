"""The marks T0c to T11: what the records say happened when.

A mark that no record shows is left out, and printed as *not measured*. The
definitions follow the incident timelines of NIST SP 800-34 and HSEEP, made
exact: each names the one record that sets it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from drill.graph.plan import plan_of
from drill.measure.availability import Seen, nanoseconds
from drill.measure.onset import Onset, commands_of
from drill.measure.samples import Outage, with_gaps
from drill.measure.service_level import reached
from drill.measure.spans import Moment, at, seconds
from drill.measure.tales import StepTale, Story
from drill.model.names import ServiceName, StepId
from drill.model.outcome import Done
from drill.model.services import Service
from drill.model.steps import SERVICE_STATE, Check, Decide, Notify, Recover, Step, Task
from drill.model.view import Grade, MarkView

TITLES: Mapping[str, str] = {
    "T0c": "injection commanded",
    "T0": "disruption onset",
    "T1m": "machine detection",
    "T1": "human detection",
    "T2": "assessed",
    "T3": "declared",
    "T4": "mobilised",
    "T5": "recovery starts",
    "T6": "technically restored",
    "T7": "data verified",
    "T8": "minimum service level reached",
    "T9": "accepted",
    "T10": "reconstituted",
    "T11": "cleaned up",
}

_OF_A_SERVICE = ("T0", "T6", "T8", "T9")
"""Marks that each service has; the others belong to the exercise."""

Key = tuple[str, ServiceName | None]


class Mark(NamedTuple):
    """A mark that was measured. ``shown`` is the one moment that is printed."""

    when: Moment
    shown: int
    grade: Grade
    records: tuple[int, ...]
    note: str = ""


Marks = Mapping[Key, Mark]


def marks_of(story: Story, seen: Mapping[ServiceName, Seen]) -> dict[Key, Mark]:
    """Return every mark that the records show."""
    marks = dict(_probed(story, seen))
    onsets = [mark.shown for (name, _), mark in marks.items() if name == "T0"]
    marks.update(
        {(name, None): mark for name, mark in _of_the_exercise(story, seen, onsets) if mark}
    )
    marks.update(_accepted(story, marks))
    return marks


def _of_the_exercise(
    story: Story, seen: Mapping[ServiceName, Seen], onsets: Sequence[int]
) -> Iterator[tuple[str, Mark | None]]:
    commands = commands_of(story)
    begun = commands[0].commanded if commands else 0
    started = _recovery_starts(story, min(onsets, default=begun))
    if commands:
        yield "T0c", Mark(at(begun), begun, Grade.B, commands[0].records[:1])
    yield "T1m", _machine_detection(story, begun)
    yield "T1", _human_detection(story, begun)
    yield "T3", _declared(story, begun)
    yield "T5", started
    yield "T7", _data_verified(story, started.shown) if started else None
    yield "T10", _reconstituted(story)
    yield "T11", _cleaned_up(story, seen)


def _probed(story: Story, seen: Mapping[ServiceName, Seen]) -> Iterator[tuple[Key, Mark]]:
    """Yield T0, T6 and T8 of each service whose outage its probe saw; the longest, if several."""
    for name, one in seen.items():
        if one.worst is not None:
            yield from _outage(name, *one.worst)
            when = level_reached(one, story.scenario.services[name])
            if when is not None and when.hi is not None:
                yield ("T8", name), Mark(when, when.hi, Grade.A, _record_at(one, when.hi))


def level_reached(seen: Seen, service: Service) -> Moment | None:
    """Return when the minimum service level was reached in the worst outage, if one is promised.

    What a probe sees once its fault was removed is no recovery.
    """
    if seen.worst is None or service.mbco is None or service.probe is None:
        return None
    outage, onset = seen.worst
    looks = list(with_gaps(seen.looks, nanoseconds(service.probe.every)))
    if outage.healed:
        looks = [look for look in looks if look.start <= outage.last_bad.start]
    return reached(looks, onset.when, service.mbco.share, nanoseconds(service.mbco.over))


def _record_at(seen: Seen, end: int) -> tuple[int, ...]:
    return tuple(look.seq for look in seen.looks if look.end == end)[:1]


def _outage(name: ServiceName, outage: Outage, onset: Onset) -> Iterator[tuple[Key, Mark]]:
    note = "some time after the fault had taken effect" if onset.delayed else ""
    first = outage.first
    yield ("T0", name), Mark(onset.when, first.start, Grade.A, (first.seq,), note)
    if outage.good is not None:
        good = outage.good
        records = (outage.last_bad.seq, good.seq)
        yield ("T6", name), Mark(outage.restored, good.end, Grade.A, records)


def _ends(story: Story, kind: type[Step], since: int) -> list[tuple[StepId, StepTale]]:
    """Return the steps of one kind that ended done after ``since``, first to last."""
    found = [
        (id_, tale)
        for id_, tale in story.steps.items()
        if tale.done and tale.ended is not None and tale.ended.at >= since
        if isinstance(story.scenario.steps[id_], kind)
    ]
    return sorted(found, key=lambda pair: _end(pair[1]))


def _end(tale: StepTale) -> int:
    return tale.ended.at if tale.ended else 0


def _of_end(tale: StepTale, grade: Grade, note: str = "") -> Mark:
    records = (tale.ended.seq,) if tale.ended else ()
    return Mark(at(_end(tale)), _end(tale), grade, records, note)


def by_a_person(tale: StepTale) -> Mark:
    """Return the mark of a person's answer; one given beforehand is the machine's record."""
    return _of_end(tale, Grade.B if "--" in tale.by else Grade.C, tale.by)


def _machine_detection(story: Story, since: int) -> Mark | None:
    for id_, tale in _ends(story, Check, since):
        step = story.scenario.steps[id_]
        if (
            isinstance(step, Check)
            and step.check == SERVICE_STATE
            and step.with_.get("is") == "bad"
        ):
            return _of_end(tale, Grade.A, id_)
    return None


def _human_detection(story: Story, since: int) -> Mark | None:
    ends = _ends(story, Notify, since)
    return by_a_person(ends[0][1]) if ends else None


def _declared(story: Story, since: int) -> Mark | None:
    tales = [tale for _, tale in _ends(story, Decide, since)]
    answered = [t for t in tales if isinstance(t.outcome, Done) and not t.outcome.defaulted]
    if answered:
        return by_a_person(answered[0])
    return _of_end(tales[0], Grade.B, "by default: nobody decided in time") if tales else None


def _recovery_starts(story: Story, since: int) -> Mark | None:
    starts = [
        tale.started
        for id_, tale in story.steps.items()
        if isinstance(story.scenario.steps[id_], Recover)
        if tale.started is not None and tale.started.at >= since
    ]
    first = min(starts, default=None)
    return None if first is None else Mark(at(first.at), first.at, Grade.B, (first.seq,))


def _data_verified(story: Story, since: int) -> Mark | None:
    probes = [
        tale
        for id_, tale in _ends(story, Check, since)
        if _looks_by_itself(story.scenario.steps[id_])
    ]
    return _of_end(probes[-1], Grade.A) if probes else None


def _looks_by_itself(step: Step) -> bool:
    return isinstance(step, Check) and step.check != SERVICE_STATE


def _reconstituted(story: Story) -> Mark | None:
    """Return the end of the last step that waits for the removal of a fault, if all are done."""
    opened = story.opened
    plan = plan_of(opened.scenario, opened.targets, opened.files)
    tales = [story.steps[id_] for id_ in plan.healing]
    if not tales or not all(tale.done for tale in tales):
        return None
    return _of_end(max(tales, key=_end), Grade.B)


def _accepted(story: Story, marks: Marks) -> Iterator[tuple[Key, Mark]]:
    """Yield T9: the owner of the service, and nobody else, accepts it after it was restored."""
    for name, service in story.scenario.services.items():
        restored = marks.get(("T6", name))
        if restored is None:
            continue
        for id_, tale in _ends(story, Task, restored.shown):
            step = story.scenario.steps[id_]
            if isinstance(step, Task) and step.by == service.owner:
                yield ("T9", name), by_a_person(tale)
                break


def _cleaned_up(story: Story, seen: Mapping[ServiceName, Seen]) -> Mark | None:
    """Return T11: every fault is undone, and each probe was good in a sample sent after that."""
    faults = [tale for tale in story.steps.values() if tale.prepared]
    undone = [t.undo_ended for t in faults if t.undo_ended and isinstance(t.undo_outcome, Done)]
    if not faults or len(undone) < len(faults):
        return None
    last = max(undone)
    times, records = [last.at], [last.seq]
    for one in seen.values():
        good = [look for look in one.looks if look.start >= last.at and look.state == "good"]
        if not good:
            return None
        times.append(good[0].end)
        records.append(good[0].seq)
    return Mark(at(max(times)), max(times), Grade.A if seen else Grade.B, tuple(records))


def mark_views(story: Story, marks: Marks) -> tuple[MarkView, ...]:
    """Return every mark of the exercise and of each service, measured or not."""
    return tuple(
        _mark_view(story, name, service, marks.get((name, service)))
        for name in TITLES
        for service in (story.services if name in _OF_A_SERVICE else (None,))
    )


def _mark_view(story: Story, name: str, service: ServiceName | None, mark: Mark | None) -> MarkView:
    if mark is None:
        return MarkView(name=name, title=TITLES[name], service=service, note="not measured")
    return MarkView(
        name=name,
        title=TITLES[name],
        service=service,
        at=seconds(mark.shown),
        wall=story.clock.wall(mark.shown),
        grade=graded(story, mark.grade),
        records=mark.records,
        note=mark.note,
    )


def graded(story: Story, grade: Grade) -> Grade:
    """Return the grade; what was claimed at a table or in a plan is an estimate."""
    return grade if story.opened.mode == "live" else Grade.D
