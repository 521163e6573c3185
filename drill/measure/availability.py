"""A service as its probe saw it: the outages, the controls, and what may be drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from drill.measure.faults import lease_ran_out
from drill.measure.onset import Onset, commands_of, onset_of
from drill.measure.samples import (
    IN_A_ROW,
    Outage,
    detection_floor,
    gaps,
    judged,
    outages,
    with_gaps,
)
from drill.measure.spans import NS, seconds
from drill.measure.tales import Look, Story
from drill.model.names import ServiceName
from drill.model.services import Service
from drill.model.view import AvailabilityView, Interval


@dataclass(frozen=True, slots=True)
class Seen:
    """What one service's probe proves."""

    looks: Sequence[Look]
    outages: Sequence[Outage]
    """All of them, also those before the first fault."""
    onsets: Sequence[tuple[Outage, Onset]]
    """Those after the first fault was commanded, each with when it began."""
    baseline: Sequence[Look]
    """The samples that ended before the first fault was commanded."""
    green: bool
    """The negative control: well before the fault."""

    @property
    def worst(self) -> tuple[Outage, Onset] | None:
        """Return the outage that may have lasted longest."""
        return max(self.onsets, key=_longest, default=None)


def _longest(pair: tuple[Outage, Onset]) -> float:
    outage, onset = pair
    return float("inf") if outage.good is None else outage.good.end - onset.when.lo


def nanoseconds(duration: timedelta) -> int:
    """Return a duration of the scenario in nanoseconds."""
    return duration // timedelta(microseconds=1) * 1000


def seen_of(story: Story, name: ServiceName) -> Seen | None:
    """Judge a service's samples; ``None`` if nothing looks at it."""
    service = story.scenario.services[name]
    if service.probe is None:
        return None
    every = nanoseconds(service.probe.every)
    looks = judged(story.services[name].looks, nanoseconds(service.probe.within))
    for begin, end in gaps(looks, every):
        story.clock.gap(begin, end, name)
    stable = nanoseconds(service.stable)
    found = outages(with_gaps(looks, every), stable)
    pairs = ((outage, onset_of(story, outage, stable)) for outage in found)
    onsets = [
        (_unless_healed(story, looks, outage, onset), onset)
        for outage, onset in pairs
        if onset is not None
    ]
    baseline = _baseline(story, looks)
    return Seen(looks, found, onsets, baseline, _green(baseline, service))


def _unless_healed(story: Story, looks: Sequence[Look], outage: Outage, onset: Onset) -> Outage:
    """Return the outage as never ended, if it ended only after its fault began to be removed.

    A recovery is what is exercised; that a service comes back when the fault is
    taken away is no recovery. The first removal that began while the outage lasted
    counts: of one that did not succeed nobody knows how much it removed. Where the host
    took it away by itself, because it had lost sight of drill, the probe may have lost
    sight of the service in the same way: its bad samples then prove no more than that the
    outage began.
    """
    tale = story.steps[onset.command.step]
    ran_out = lease_ran_out(tale)
    removals = [at for at in tale.undos if at >= outage.first.start]
    removal = min(removals if ran_out is None else [*removals, ran_out], default=None)
    if removal is None or (outage.good is not None and outage.good.end <= removal):
        return outage
    blind = ran_out is not None
    last_bad = outage.first if blind else _last_bad(looks, outage, removal)
    return replace(outage, good=None, last_bad=last_bad, healed=True, blind=blind)


def _last_bad(looks: Sequence[Look], outage: Outage, until: int) -> Look:
    bad = (look for look in looks if look.state == "bad" and look.start <= until)
    return max(look for look in bad if outage.first <= look <= outage.last_bad)


def _baseline(story: Story, looks: Sequence[Look]) -> Sequence[Look]:
    commands = commands_of(story)
    return [look for look in looks if look.end < commands[0].commanded] if commands else looks


def _green(baseline: Sequence[Look], service: Service) -> bool:
    """Tell whether the last samples before the fault, for the stabilisation window, were good."""
    if not baseline:
        return False
    since = baseline[-1].start - nanoseconds(service.stable)
    window = [look for look in baseline if look.start >= since]
    good = sum(look.state == "good" for look in window)
    return good >= IN_A_ROW and all(look.state != "bad" for look in window)


def availability_view(story: Story, name: ServiceName, seen: Seen) -> AvailabilityView:
    """Return what is drawn and printed of a service's samples."""
    service = story.scenario.services[name]
    floor = detection_floor(seen.looks)
    return AvailabilityView(
        service=name,
        every=service.probe.every.total_seconds() if service.probe else 0.0,
        samples=tuple((seconds(look.start), look.state) for look in seen.looks),
        outages=tuple(
            (seconds(one.first.start), None if one.good is None else seconds(one.good.end))
            for one in seen.outages
        ),
        answered_by=dict(Counter(look.by for look in seen.looks if look.by)),
        detection_floor=None if floor is None else seconds(floor),
        baseline=(sum(look.state == "good" for look in seen.baseline), len(seen.baseline)),
        saw_fault=bool(seen.onsets),
        restored=_restored(seen),
    )


def _restored(seen: Seen) -> Interval | None:
    if seen.worst is None:
        return None
    lo, hi = seen.worst[0].restored
    return Interval(lo=lo / NS, hi=None if hi is None else hi / NS)
