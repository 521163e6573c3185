"""What people said, in words for the log and for whoever reads it afterwards."""

from collections.abc import Mapping
from typing import Any

from drill.measure.spans import seconds
from drill.measure.tales import Said, Story
from drill.model.events import PersonSaid
from drill.model.people import SayingView
from drill.model.sayings import Claimed
from drill.model.time import format_duration

_WORDS = ("choice", "text", "why", "note")
"""Where a saying holds words, in the order in which they are read."""

_VERBS: Mapping[str, str] = {
    "joined": "joins",
    "left": "leaves",
    "acknowledged": "acknowledges",
    "decided": "decides",
    "accepted": "takes on",
    "finished": "finishes",
    "refused": "refuses",
    "claimed": "claims of",
    "noted": "notes",
    "observed": "observes",
    "held": "holds the clock",
    "resumed": "lets the clock go on",
    "jumped": "puts the clock forward to the next moment",
    "kept-back": "keeps back",
    "released": "releases",
    "skipped": "leaves out",
    "reflected": "looks back",
    "aborted": "aborts the exercise",
    "ended": "ends the exercise",
}


def sentence(event: PersonSaid) -> str:
    """Return what somebody said in a line that a person can read."""
    saying: Any = event.saying
    about = getattr(saying, "step", None) or getattr(saying, "objective", "")
    head = " ".join(filter(None, (f"{event.person} ({event.role})", _VERBS[saying.says], about)))
    rated = f"rated {saying.rating}" if getattr(saying, "rating", None) else ""
    said = ", ".join(filter(None, (rated, getattr(saying, "about", ""), words_of(saying))))
    line = f"{head}: {said}" if said else head
    return f"{line} (refused: {event.refused})" if event.refused else line


def words_of(saying: Any) -> str:
    """Return the words of a saying: the choice, the note, the reason, or what was claimed."""
    words = (getattr(saying, name, "") for name in _WORDS)
    return ", ".join(filter(None, (_claim(saying), *words)))


def _claim(saying: Any) -> str:
    if not isinstance(saying, Claimed):
        return ""
    return f"{format_duration(saying.takes)}{'' if saying.works else ', and it would fail'}"


def saying_views(story: Story) -> tuple[SayingView, ...]:
    """Return all that people said, refused or not."""
    return tuple(_saying_view(story, one) for one in story.sayings)


def _saying_view(story: Story, one: Said) -> SayingView:
    event, saying = one.event, one.event.saying
    return SayingView(
        seq=one.seq,
        at=seconds(one.at),
        wall=story.clock.wall(one.at),
        person=event.person,
        role=event.role,
        means=event.means,
        says=saying.says,
        step=getattr(saying, "step", None) or "",
        text=words_of(saying),
        objective=getattr(saying, "objective", ""),
        rating=getattr(saying, "rating", None) or "",
        about=getattr(saying, "about", ""),
        refused=event.refused,
    )
