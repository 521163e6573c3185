"""The head of a page: what kind of exercise it is, the hour in its story."""

from collections.abc import Mapping
from datetime import timedelta

from drill.model.view import View

_MODES: Mapping[str, str] = {
    "live": "Live exercise",
    "rehearsal": "Rehearsal",
    "tabletop": "Tabletop exercise",
}


def mode_of(view: View) -> str:
    """Name the kind of exercise: it is never taken for the real thing."""
    return _MODES[view.mode]


def story_time(view: View) -> str:
    """Return the hour in the story; empty if it has none of its own."""
    if view.story_began is None:
        return ""
    return f"{view.story_began + timedelta(seconds=view.net):%d %b %Y, %H:%M}".lstrip("0")
