"""What was promised, what was measured, and whether the promise was kept.

*Met* is said only if every value in the interval keeps the promise, *missed* only
if none does; everything else is inconclusive. A number whose controls failed is
invalid: a probe that never saw the fault would otherwise prove "RTA 0".
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from drill.measure.availability import Seen
from drill.measure.mark import Marks
from drill.measure.marks import graded, level_reached
from drill.measure.onset import commands_of
from drill.measure.recovery_point import Point
from drill.measure.samples import detection_floor
from drill.measure.spans import Moment, between, seconds, written
from drill.measure.tales import Story
from drill.model.names import ServiceName
from drill.model.services import RecoveryPoint, RecoveryTime, Service, ServiceLevel
from drill.model.view import Grade, Interval, ObjectiveView, Verdict

_REACHED = {"RTO": "recovered", "MBCO": "reached"}
_COUNTED_FROM = {"onset": "T0", "detection": "T1", "declaration": "T3"}


def objectives_of(
    story: Story,
    seen: Mapping[ServiceName, Seen],
    marks: Marks,
    points: Mapping[ServiceName, Point],
) -> Iterator[ObjectiveView]:
    """Yield every promise of every service, with what became of it."""
    for name, service in story.scenario.services.items():
        if service.rto is not None:
            yield _recovery_time(story, name, service, seen.get(name), marks)
        if service.mbco is not None:
            yield _service_level(story, name, service, seen.get(name), marks)
        if service.rpo is not None:
            yield _recovery_point(story, name, service, points.get(name))


def verdict_of(actual: Interval, target: float) -> Verdict:
    """Return what an interval proves of a promise; both are seconds."""
    if actual.hi is not None and actual.hi <= target:
        return Verdict.MET
    return Verdict.MISSED if actual.lo > target else Verdict.INCONCLUSIVE


def _recovery_time(
    story: Story, name: ServiceName, service: Service, seen: Seen | None, marks: Marks
) -> ObjectiveView:
    rto = cast("RecoveryTime", service.rto)
    begin = _COUNTED_FROM[rto.from_]
    ended = None if seen is None or seen.worst is None else seen.worst[0].restored
    found = _Found("RTO", rto.target.total_seconds(), begin, ended)
    return _time(story, name, seen, marks, found)


def _service_level(
    story: Story, name: ServiceName, service: Service, seen: Seen | None, marks: Marks
) -> ObjectiveView:
    level = cast("ServiceLevel", service.mbco)
    ended = None if seen is None else level_reached(seen, service)
    found = _Found("MBCO", level.target.total_seconds(), "T0", ended)
    return _time(story, name, seen, marks, found)


class _Found(NamedTuple):
    """A promised time: its target in seconds, the mark it is counted from, and when it ended."""

    measure: str
    target: float
    begin: str
    ended: Moment | None


def _time(
    story: Story, name: ServiceName, seen: Seen | None, marks: Marks, found: _Found
) -> ObjectiveView:
    actual, records = _recovery_interval(name, seen, marks, found)
    verdict, reason = _untrusted(story, seen) or (None, "")
    if verdict is None and actual is None:
        verdict, reason = Verdict.INCONCLUSIVE, f"{found.begin} was not measured"
    if verdict is None and actual is not None:
        verdict, reason = _decided(story, actual, found.target)
    return ObjectiveView(
        service=name,
        measure=found.measure,
        target=found.target,
        counted_from=found.begin,
        actual=actual,
        text=_time_text(actual, _REACHED[found.measure]),
        verdict=verdict or Verdict.INCONCLUSIVE,
        reason=". ".join(part for part in (reason, _particulars(seen)) if part),
        grade=graded(story, Grade.A if found.begin == "T0" else Grade.C),
        records=records,
    )


def _recovery_interval(
    name: ServiceName, seen: Seen | None, marks: Marks, found: _Found
) -> tuple[Interval | None, tuple[int, ...]]:
    if seen is None or seen.worst is None or found.ended is None:
        return None, ()
    outage, onset = seen.worst
    start = marks.get((found.begin, name)) or marks.get((found.begin, None))
    if start is None:
        return None, ()
    records = (*onset.command.records, outage.first.seq, outage.last_bad.seq)
    good = (outage.good.seq,) if outage.good else ()
    every = sorted({*records, *start.records, *good})
    return between(start.when, found.ended), tuple(every)


def _untrusted(story: Story, seen: Seen | None) -> tuple[Verdict, str] | None:
    """Return the verdict where a control failed and no interval may decide."""
    if seen is None:
        return Verdict.NOT_MEASURED, "no probe looks at the service"
    if not commands_of(story):
        return Verdict.NOT_MEASURED, "no fault was injected"
    if not seen.green:
        good = sum(look.state == "good" for look in seen.baseline)
        return Verdict.INVALID, (
            f"the probe was not good before the fault ({good} of {len(seen.baseline)} samples)"
        )
    if not seen.onsets:
        floor = detection_floor(seen.looks)
        return Verdict.INVALID, (
            "the probe never saw the fault; it could have missed an outage shorter than "
            f"{written(seconds(floor or 0), up=True)} s"
        )
    return None


def _decided(story: Story, actual: Interval, target: float) -> tuple[Verdict, str]:
    if len(story.clock.boots) > 1:
        return Verdict.INCONCLUSIVE, "the observer was restarted, and no clock spans that"
    verdict = verdict_of(actual, target)
    if verdict is Verdict.MISSED and _cut_short(story, actual, target):
        return Verdict.INCONCLUSIVE, "the exercise was aborted before the time was up"
    return verdict, _comparison(verdict, actual, target)


def _cut_short(story: Story, actual: Interval, target: float) -> bool:
    """Tell whether the abort came while the promise could still have been kept.

    ``actual.lo`` ends no later than now, so what is left of it when the abort was
    ordered is what the recovery itself took.
    """
    if story.aborted_at is None:
        return False
    return actual.lo - seconds(story.last - story.aborted_at) <= target


def _comparison(verdict: Verdict, actual: Interval, target: float) -> str:
    promised = f"promised {target:g} s"
    match verdict:
        case Verdict.MET:
            return f"at most {written(actual.hi or 0.0, up=True)} s, {promised}"
        case Verdict.MISSED:
            return f"at least {written(actual.lo, up=False)} s, {promised}"
        case _ if actual.hi is None:
            return f"recovery was not seen; {promised}"
        case _:
            return f"the interval spans what was {promised}"


def _particulars(seen: Seen | None) -> str:
    """Return what a sceptic wants to know of the worst outage."""
    if seen is None or seen.worst is None:
        return ""
    outage, onset = seen.worst
    parts = []
    if len(seen.onsets) > 1:
        parts.append(f"the longest of {len(seen.onsets)} outages")
    if onset.delayed:
        parts.append("it began some time after the fault had taken effect")
    if outage.blind:
        parts.append(
            "the host had lost sight of drill and ended the fault by itself, so the probe may have "
            "lost sight of the service too"
        )
    elif outage.healed:
        parts.append("its fault was removed before the service was back")
    if outage.unseen:
        parts.append("part of it was not seen, and is counted both ways")
    if outage.before and outage.good and outage.good.by and outage.before.by:
        parts.append(f"answered by {outage.before.by} before and {outage.good.by} after")
    return "; ".join(parts)


def _time_text(actual: Interval | None, reached: str) -> str:
    if actual is None:
        return "not measured"
    if actual.hi is None:
        return f"not {reached} (more than {written(actual.lo, up=False)} s)"
    return f"{written(actual.lo, up=False)} to {written(actual.hi, up=True)} s"


def _recovery_point(
    story: Story, name: ServiceName, service: Service, point: Point | None
) -> ObjectiveView:
    rpo = cast("RecoveryPoint", service.rpo)
    target = rpo.target.total_seconds()
    if point is None:
        verdict, reason = Verdict.NOT_MEASURED, "no ledger is kept of the service"
    elif point.verdict is not None or point.actual is None:
        verdict, reason = point.verdict or Verdict.NOT_MEASURED, point.reason
    else:
        verdict, reason = _point_decided(story, point, point.actual, target)
    return ObjectiveView(
        service=name,
        measure="RPO",
        target=target,
        counted_from="",
        actual=point.actual if point else None,
        text=point.text if point else "not measured",
        verdict=verdict,
        reason=reason,
        grade=graded(story, Grade.A),
        records=point.records if point else (),
    )


def _point_decided(
    story: Story, point: Point, actual: Interval, target: float
) -> tuple[Verdict, str]:
    if len(story.clock.boots) > 1:
        return Verdict.INCONCLUSIVE, "the observer was restarted, and no clock spans that"
    verdict = verdict_of(actual, target)
    if verdict is Verdict.MET and point.bar:
        return Verdict.INCONCLUSIVE, point.bar
    lost = len(point.sets.lost) if point.sets else 0
    count = f"{lost} acknowledged writes are gone" if lost else "no acknowledged write is gone"
    return verdict, "; ".join(
        part for part in (count, point.bar, _comparison(verdict, actual, target)) if part
    )
