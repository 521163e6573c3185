"""The marks T0c to T11: what the records say happened when.

A mark that no record shows is left out, and printed as *not measured*. The
definitions follow the incident timelines of NIST SP 800-34 and HSEEP, made
exact: each names the one record that sets it.
"""

from collections.abc import Iterator, Mapping, Sequence

from drill.graph.plan import plan_of
from drill.measure.answers import accepted, answers
from drill.measure.availability import Seen, nanoseconds
from drill.measure.mark import Key, Mark, Marks, ended, of_fact
from drill.measure.onset import Onset, commands_of
from drill.measure.samples import Outage
from drill.measure.service_level import reached
from drill.measure.spans import Moment, at, seconds
from drill.measure.steps import is_decoy
from drill.measure.tales import Fact, Story
from drill.model.names import ServiceName
from drill.model.outcome import Done
from drill.model.services import Service
from drill.model.steps import SERVICE_STATE, Check, Recover, Step, StoryInject
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


def marks_of(story: Story, seen: Mapping[ServiceName, Seen]) -> dict[Key, Mark]:
    """Return every mark that the records show."""
    marks = {**dict(_as_told(story)), **dict(_probed(story, seen))}
    onsets = [mark.shown for (name, _), mark in marks.items() if name == "T0"]
    marks.update(
        {(name, None): mark for name, mark in _of_the_exercise(story, seen, onsets) if mark}
    )
    marks.update(accepted(story, marks))
    return marks


def _of_the_exercise(
    story: Story, seen: Mapping[ServiceName, Seen], onsets: Sequence[int]
) -> Iterator[tuple[str, Mark | None]]:
    commands = commands_of(story)
    told = _told(story)
    begun = commands[0].commanded if commands else told.at if told else 0
    started = _recovery_starts(story, min(onsets, default=begun))
    if commands:
        yield "T0c", Mark(at(begun), begun, Grade.B, commands[0].records[:1])
    yield "T1m", _machine_detection(story, begun)
    yield from answers(story, begun)
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
    looks = seen.looks
    if outage.healed:
        looks = [look for look in looks if look.start <= outage.last_bad.start]
    over, every = nanoseconds(service.mbco.over), nanoseconds(service.probe.every)
    return reached(looks, onset.when, service.mbco.share, over, every)


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


def _machine_detection(story: Story, since: int) -> Mark | None:
    for one in ended(story, Check, since):
        step = one.step
        if (
            isinstance(step, Check)
            and step.check == SERVICE_STATE
            and step.with_.get("is") == "bad"
        ):
            return of_fact(one.end, Grade.A, one.id)
    return None


def _as_told(story: Story) -> Iterator[tuple[Key, Mark]]:
    """Yield T0 of each service that no probe looks at: at a table the story declares it."""
    told = _told(story)
    if told is None or story.opened.mode != "tabletop":
        return
    for name, service in story.scenario.services.items():
        if service.probe is None:
            yield ("T0", name), of_fact(told, Grade.D, "as the story tells it")


def _told(story: Story) -> Fact | None:
    """Return when the first piece of the story was told that is no decoy."""
    told = (one.end for one in ended(story, StoryInject, 0) if not is_decoy(one.step))
    return next(told, None)


def _recovery_starts(story: Story, since: int) -> Mark | None:
    starts = [
        tale.started
        for id_, tale in story.steps.items()
        if isinstance(story.scenario.steps[id_], Recover)
        if tale.started is not None and tale.started.at >= since
    ]
    first = min(starts, default=None)
    return None if first is None else of_fact(first, Grade.B)


def _data_verified(story: Story, since: int) -> Mark | None:
    probes = [one for one in ended(story, Check, since) if _looks_by_itself(one.step)]
    return of_fact(probes[-1].end, Grade.A) if probes else None


def _looks_by_itself(step: Step) -> bool:
    return isinstance(step, Check) and step.check != SERVICE_STATE


def _reconstituted(story: Story) -> Mark | None:
    """Return the end of the last step that waits for the removal of a fault, if all are done."""
    opened = story.opened
    plan = plan_of(opened.scenario, opened.targets, opened.files)
    tales = [story.steps[id_] for id_ in plan.healing]
    ends = [tale.ended for tale in tales if tale.ended is not None and tale.done]
    return of_fact(max(ends), Grade.B) if ends and len(ends) == len(tales) else None


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
