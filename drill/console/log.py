"""The log of a board: its last lines, each with the sign of what it tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from drill.model.view import LogLine, StepView, View
from drill.report.signs import BAD, GOOD, LATE, LIVE, WAITING, Sign, sign_of

_LINES = 60
"""Of the log, on a board."""
_SIGNS: Mapping[str, Sign] = {
    "abort-ordered": BAD,
    "escalated": LATE,
    "exercise-closed": WAITING,
    "exercise-opened": WAITING,
    "fault-prepared": LIVE,
    "step-expired": LATE,
    "step-started": LIVE,
    "undo-ended": GOOD,
    "undo-started": LIVE,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log."""

    key: int
    wall: str
    sign: Sign
    text: str


def log(view: View) -> tuple[Entry, ...]:
    """Return the last lines of the log, the latest first."""
    steps = {str(step.id): step for step in view.steps}
    return tuple(_entry(line, steps.get(line.step)) for line in reversed(view.log[-_LINES:]))


def _entry(line: LogLine, step: StepView | None) -> Entry:
    ended = line.what in ("step-ended", "step-skipped") and step is not None
    return Entry(
        key=line.seq,
        wall=f"{line.wall.astimezone(UTC):%H:%M:%S}",
        sign=sign_of(step) if ended and step else _SIGNS.get(line.what, WAITING),
        text=line.text or f"{line.what} {line.step}",
    )
