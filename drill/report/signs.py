"""The signs of a state: always a glyph, a word and a tone, so that none depends on colour alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from drill.model.view import StepView, Verdict


@dataclass(frozen=True, slots=True)
class Sign:
    """``glyph`` names a drawing in the HTML; ``char`` stands in where all is text."""

    glyph: str
    char: str
    tone: str
    """good, warn, bad, live or off."""


GOOD = Sign("check", "✓", "good")
BAD = Sign("cross", "✗", "bad")
UNSURE = Sign("question", "?", "warn")
LATE = Sign("bang", "!", "warn")
LIVE = Sign("play", "▶", "live")
WAITING = Sign("dot", "·", "off")
SKIPPED = Sign("dash", "\N{EN DASH}", "off")

PHASES: Mapping[str, Sign] = {
    "pending": WAITING,
    "running": LIVE,
    "expired": LATE,
    "done": GOOD,
    "failed": BAD,
    "indeterminate": UNSURE,
    "skipped": SKIPPED,
}

STANDING: Mapping[str, Sign] = {
    "prepared": LIVE,
    "standing": BAD,
    "undoing": LIVE,
    "undone": GOOD,
    "stuck": BAD,
    "never-applied": SKIPPED,
}

VERDICTS: Mapping[Verdict, Sign] = {
    Verdict.MET: GOOD,
    Verdict.MISSED: BAD,
    Verdict.INCONCLUSIVE: UNSURE,
    Verdict.INVALID: BAD,
    Verdict.NOT_MEASURED: SKIPPED,
    Verdict.NOT_APPLICABLE: SKIPPED,
}

RATINGS: Mapping[str, Sign] = {"P": GOOD, "S": GOOD, "M": LATE, "U": BAD}

PROGRESS: Mapping[str, Sign] = {
    "started": LIVE,
    "ok": GOOD,
    "changed": GOOD,
    "skipped": SKIPPED,
    "failed": BAD,
    "unreachable": BAD,
}

_FINEST = 0.0005
"""Half of the finest duration of a plan, in seconds: what is less is the binary fraction's."""


def sign_of(step: StepView) -> Sign:
    """Return the sign of a step: late is told apart from plainly done."""
    if step.late and step.phase == "done":
        return LATE
    return PHASES.get(step.phase, UNSURE)


def word_of(step: StepView) -> str:
    """Return the words of a step's phase."""
    return f"{step.phase}, late" if step.late and step.phase != "expired" else step.phase


def overran(step: StepView) -> bool:
    """Tell whether a step took longer than the plan claims."""
    took = took_of(step)
    return took is not None and step.expect is not None and took > step.expect + _FINEST


def took_of(step: StepView, now: float | None = None) -> float | None:
    """Return how long a step worked, in seconds; up to ``now`` if it still does."""
    end = step.ended if step.ended is not None else now
    return None if step.started is None or end is None else end - step.started


def waited_of(step: StepView) -> float | None:
    """Return how long a step was ready before it was started, in seconds: waiting is not work."""
    return None if step.ready is None or step.started is None else step.started - step.ready
