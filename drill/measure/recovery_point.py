"""How far back the service fell: the recovery point actual, from the ledger alone.

Never from a backup's time stamp, a lag gauge, a count, the newest time stamp or the
highest number: each of those can be right while acknowledged writes are gone.
"""

from dataclasses import dataclass

from drill.measure.availability import Seen
from drill.measure.ledger import Sets, sets_of
from drill.measure.onset import commands_of
from drill.measure.spans import Moment, at, between, written
from drill.measure.tales import ServiceTale, Story, Writing
from drill.model.names import ServiceName
from drill.model.outcome import Done
from drill.model.view import Interval, Verdict

_AGREEING = 2
"""Reads that must agree before the ledger counts as at rest."""


@dataclass(frozen=True, slots=True)
class Point:
    """What the ledger of a service says.

    ``verdict`` is given where the interval may not decide, with its ``reason``;
    ``bar`` says why it may not decide for *met*.
    """

    sets: Sets | None
    actual: Interval | None
    text: str
    verdict: Verdict | None
    reason: str
    bar: str = ""
    records: tuple[int, ...] = ()


def recovery_point(story: Story, name: ServiceName, seen: Seen | None) -> Point:
    """Measure a service's recovery point."""
    tale = story.services[name]
    effective = _effective(story, seen)
    if effective is None:
        return _unmeasured(sets_of(tale, at(story.last)), "no fault was injected")
    sets = sets_of(tale, effective)
    if sets is None:
        return _unmeasured(None, "the ledger was not read back")
    actual = _interval(sets, effective)
    verdict, reason = _ruling(tale, sets, seen, effective)
    begun = (tale.read_started.seq,) if tale.read_started else ()
    return Point(
        sets, actual, _text(sets, actual), verdict, reason, _bar(sets), (*begun, tale.read_seq)
    )


def _unmeasured(sets: Sets | None, why: str) -> Point:
    return Point(sets, None, "not measured", Verdict.NOT_MEASURED, why)


def _effective(story: Story, seen: Seen | None) -> Moment | None:
    """Return when the fault that broke the service was commanded and took effect.

    That is the onset of its first outage; a service that no probe looks at is
    counted from the first fault.
    """
    if seen is not None and seen.onsets:
        return seen.onsets[0][1].when
    commands = commands_of(story)
    return Moment(commands[0].commanded, commands[0].effective) if commands else None


def _interval(sets: Sets, effective: Moment) -> Interval:
    if not sets.lost:
        newest = max((_completed(w) for w in sets.kept if _completed(w) <= effective.lo), default=0)
        hi = between(at(newest), effective).hi if newest else None
        return Interval(lo=0.0, hi=hi)
    first = min(w.invoke for w in sets.lost)
    older = [w.invoke for w in (*sets.kept, *sets.kept_unknown) if w.invoke < first]
    acknowledged = min(_completed(w) for w in sets.lost)
    lo = between(at(acknowledged), at(effective.lo)).lo
    return Interval(lo=lo, hi=between(at(max(older)), effective).hi if older else None)


def _completed(write: Writing) -> int:
    """Return when a canary was acknowledged; the journal says so of each that was."""
    return write.invoke if write.complete is None else write.complete


def _text(sets: Sets, actual: Interval) -> str:
    if actual.hi is None:
        return f"more than {written(actual.lo, up=False)} s"
    if not sets.lost:
        return f"< {written(actual.hi, up=True)} s"
    return f"{written(actual.lo, up=False)} to {written(actual.hi, up=True)} s"


def _ruling(
    tale: ServiceTale, sets: Sets, seen: Seen | None, effective: Moment
) -> tuple[Verdict | None, str]:
    """Return the verdict where the interval may not decide, and why."""
    if sets.phantom or sets.alien:
        return Verdict.INVALID, (
            f"the ledger contradicts itself: {len(sets.phantom)} refused and "
            f"{len(sets.alien)} unsent writes were found"
        )
    if seen is not None and not seen.green:
        return Verdict.INVALID, "the service was not well before the fault"
    if not (sets.lost or _felt(tale, seen, effective)):
        return Verdict.INVALID, "nothing shows that the fault reached the service"
    if why := _unsettled(tale, sets, seen):
        return Verdict.INCONCLUSIVE, why
    return None, ""


def _felt(tale: ServiceTale, seen: Seen | None, effective: Moment) -> bool:
    """Tell whether the fault was felt: by the probe, or without one by the writes themselves."""
    if seen is not None:
        return bool(seen.onsets)
    return any(w.outcome != "ok" for w in tale.writes if w.invoke >= effective.lo)


def _unsettled(tale: ServiceTale, sets: Sets, seen: Seen | None) -> str:
    """Return why the last read does not say what the service has for good."""
    read, begun = tale.read, tale.read_started
    if read is None or begun is None or not isinstance(read.outcome, Done):
        return "the ledger could not be read to the end"
    if read.reads < _AGREEING:
        return "the ledger was read only once: two reads must agree"
    if not sets.served:
        return "the ledger could not be read through the write path"
    if any(w.invoke > begun.at or _completed(w) > begun.at for w in tale.writes):
        return "the ledger was read while it was still written"
    ended = [outage.good for outage, _ in seen.onsets] if seen else []
    if any(good is None or good.end > begun.at for good in ended):
        return "the ledger was read before the service was restored"
    return ""


def _bar(sets: Sets) -> str:
    late = len(sets.split_brain) + len(sets.lost_later)
    if not late:
        return ""
    return f"{late} writes acknowledged after the fault had taken effect are gone"
