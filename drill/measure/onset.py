"""When an outage began: no earlier than a fault was commanded, no later than it had taken effect.

``t_i`` is when the receipt of the fault was in the journal, just before the order
to apply it; ``t_a`` when the host had confirmed the effect. The first bad sample
is later than both by up to a sampling interval, so it bounds nothing by itself.

Two cases need the samples. A good sample sent after ``t_a`` proves that the effect
was delayed (a disk that fills, a cache that runs dry): the outage then began between
that sample and the end of the first bad one. And where the host never confirmed,
the end of the first bad sample takes the place of ``t_a``.
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
    """When an outage began, and after which command."""

    when: Moment
    command: Command
    delayed: bool = False


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
    """Return when an outage began; ``None`` if no fault had been commanded by then.

    Of several faults, the newest that had been commanded when the last good
    sample was sent is the earliest that can have begun it; the newest that had
    been commanded before the first bad sample ended is the latest.
    """
    commands = [one for one in commands_of(story) if one.commanded <= outage.first.end]
    if not commands:
        return None
    good = outage.before.start if outage.before else commands[0].commanded
    earliest = [one for one in commands if one.commanded <= good][-1:] or commands
    effective = commands[-1].effective
    if effective is None:
        return Onset(Moment(earliest[0].commanded, outage.first.end), earliest[0])
    if good > effective:
        return Onset(Moment(good, outage.first.end), earliest[0], delayed=True)
    return Onset(Moment(earliest[0].commanded, effective), earliest[0])
