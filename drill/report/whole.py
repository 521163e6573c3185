"""Everything that is known of an exercise, as JSON."""

from drill.model.view import View
from drill.report.inert import inert_json


def whole(view: View) -> str:
    """Return the view itself, in which no character acts on a terminal."""
    return inert_json(view.model_dump_json(indent=2)) + "\n"
