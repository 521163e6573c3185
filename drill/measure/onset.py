"""When an outage began: not before a fault was commanded, not after it had taken effect.

``t_i`` is when the receipt of the fault was in the journal, just before the order
to apply it; ``t_a`` when the host had confirmed the effect. The first bad sample
comes up to a sampling interval later, so by itself it bounds nothing.

Samples narrow this down where they can:

* If a good sample was sent after ``t_a``, or nobody confirmed the effect, the outage
  began at the latest when the first bad sample ended.
* If good samples after ``t_a`` fill the stabilisation window, the service was well by
  the same rule by which it is restored; the fault took its time (a disk that fills),
  and the outage began after the last of them. A few good samples prove nothing: a
  first short failure may lie between them.
* If the newest of several faults was commanded after the last good sample, the one
  before it may still have begun the outage, but not before that sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from drill.measure.samples import Outage
from drill.measure.spans import Moment
from drill.measure.tales import Story
from drill.model.names import StepId


class Command(NamedTuple):
    """A fault that was commanded: ``t_i``, ``t_a`` and the records that say so."""

    commanded: int
    effective: int | None
    step: StepId
    records: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Onset:
    """When an outage began, and the newest command before it."""

    when: Moment
    command: Command
    delayed: bool = False
    """The service stayed well for its stabilisation window after the effect was confirmed."""


def commands_of(story: Story) -> list[Command]:
    """Return the faults that were commanded, oldest first."""
    found = []
    for id_, tale in story.steps.items():
        if tale.prepared is None:
            continue
        confirmed = tale.ended if tale.done else None
        facts = [fact for fact in (tale.prepared, confirmed) if fact]
        found.append(
            Command(
                tale.prepared.at,
                confirmed.at if confirmed else None,
                id_,
                tuple(fact.seq for fact in facts),
            )
        )
    return sorted(found, key=lambda one: one.commanded)


def onset_of(story: Story, outage: Outage, stable: int) -> Onset | None:
    """Return when an outage began; ``None`` if no fault had been commanded by then.

    ``stable`` is the service's stabilisation window in nanoseconds.
    """
    commands = [one for one in commands_of(story) if one.commanded <= outage.first.end]
    if not commands:
        return None
    newest = commands[-1]
    well = outage.before.start if outage.before else 0
    begin = _begin(commands, well)
    since = max(newest.effective or newest.commanded, outage.well_since)
    if well - since >= stable:
        return Onset(Moment(well, outage.first.end), newest, delayed=True)
    confirmed = newest.effective is not None and well <= newest.effective
    return Onset(Moment(begin, newest.effective if confirmed else outage.first.end), newest)


def _begin(commands: Sequence[Command], well: int) -> int:
    """Return the earliest moment at which one of the commands can have begun the outage."""
    *others, newest = commands
    if not others or newest.commanded <= well:
        return newest.commanded
    return max(others[-1].commanded, well)
