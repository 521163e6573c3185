"""What people said, sorted by what it changes; what was refused is kept, and changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from drill.measure.holds import goes_on, is_held, jump
from drill.measure.tales import Fact, Hold, Said, Story
from drill.model.events import PersonSaid
from drill.model.sayings import Accepted, Claimed, Held, Jumped, KeptBack, Released, Resumed


def said(story: Story, event: PersonSaid, fact: Fact) -> None:
    """Keep what a person said, and what it changes by itself."""
    one = Said(fact.at, fact.seq, event)
    story.sayings.append(one)
    if not one.counts:
        return
    step = getattr(event.saying, "step", None)
    if step is not None:
        story.steps[step].said.append(one)
    change = _CHANGES.get(type(event.saying))
    if change is not None:
        change(story, one, event.saying)


def _accepted(story: Story, one: Said, saying: Accepted) -> None:
    story.steps[saying.step].accepted_by = one.event.person


def _claimed(story: Story, _: Said, saying: Claimed) -> None:
    story.steps[saying.step].claim = saying


def _held(story: Story, one: Said, saying: Held) -> None:
    if not is_held(story):
        story.holds.append(Hold(one.at, one.event.person, saying.why))


def _resumed(story: Story, one: Said, _: Resumed) -> None:
    goes_on(story, one.at)


def _jumped(story: Story, one: Said, _: Jumped) -> None:
    jump(story, one.at)


def _kept_back(story: Story, _: Said, saying: KeptBack) -> None:
    story.steps[saying.step].kept = True


def _released(story: Story, _: Said, saying: Released) -> None:
    tale = story.steps[saying.step]
    tale.kept, tale.released = False, True


_CHANGES: Mapping[type, Callable[[Story, Said, Any], None]] = {
    Accepted: _accepted,
    Claimed: _claimed,
    Held: _held,
    Resumed: _resumed,
    Jumped: _jumped,
    KeptBack: _kept_back,
    Released: _released,
}
