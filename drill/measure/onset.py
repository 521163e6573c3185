"""When an outage began: not before a fault was commanded, not after it had taken effect.

``t_i`` is when the receipt of the fault was in the journal, just before the order
to apply it; ``t_a`` when the host had confirmed the effect. The first bad sample
comes up to a sampling interval later, so by itself it bounds nothing.

Samples narrow this down where they can. The service was well when the last good
sample before the outage was sent, so the outage began after that: with several
faults, or one that takes its time (a disk that fills), that is the better bound.
If that sample was sent after ``t_a``, or nobody confirmed the effect, the outage
began at the latest when the first bad sample ended.
"""

from dataclasses import dataclass
from typing import NamedTuple

from drill.measure.samples import Outage
from drill.measure.spans import Moment
from drill.measure.story import Story
from drill.model.scenario import StepId


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
    delayed: bool
    """The service was still well after the effect had been confirmed."""


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


def onset_of(story: Story, outage: Outage) -> Onset | None:
    """Return when an outage began; ``None`` if no fault had been commanded by then."""
    commands = [one for one in commands_of(story) if one.commanded <= outage.first.end]
    if not commands:
        return None
    begin, newest = commands[0].commanded, commands[-1]
    well = outage.before.start if outage.before else begin
    delayed = newest.effective is not None and well > newest.effective
    end = outage.first.end if delayed or newest.effective is None else newest.effective
    return Onset(Moment(max(begin, well), end), newest, delayed=delayed)
