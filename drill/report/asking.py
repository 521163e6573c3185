"""What of a view waits for people: one rule for console, terminal and report."""

from drill.model.steps import PEOPLES, SERVICE_STATE, STORY, Check, Inject, Recover
from drill.model.view import StepView, View

_ANSWERED = frozenset(kind.kind for kind in PEOPLES)
_CLAIMED = frozenset(kind.kind for kind in (Inject, Recover, Check))
_BY_ITSELF = frozenset({SERVICE_STATE, STORY})
"""What the conductor answers, and nobody else."""
_HARMLESS = frozenset({"undone", "stuck", "never-applied"})
"""Of faults: what drill has nothing left to do about."""
_UNDER_WAY = frozenset({"baseline", "running", "closed"})


def is_answered(step: StepView) -> bool:
    """Tell whether people answer a step of this kind."""
    return step.kind in _ANSWERED


def is_answer_awaited(step: StepView) -> bool:
    """Tell whether a person's answer is awaited now."""
    return is_answered(step) and step.phase == "running"


def is_claim_awaited(view: View, step: StepView) -> bool:
    """Tell whether the people at a facilitated table are to say now how a step would go.

    It is what :func:`drill.exercise.clock.claimable` says, as the view shows it.
    """
    at_table = view.facilitated and view.mode == "tabletop"
    machines = step.kind in _CLAIMED and step.uses not in _BY_ITSELF
    return at_table and machines and step.phase == "running" and step.claimed is None


def told(view: View) -> tuple[StepView, ...]:
    """Return what the story has told so far, the latest first."""
    heard = [step for step in view.steps if step.uses == STORY and step.phase == "done"]
    return tuple(sorted(heard, key=lambda step: step.started or 0.0, reverse=True))


def is_washing(view: View) -> bool:
    """Tell whether all steps are over, and people say what they learnt: the hot wash.

    Only a facilitator ends it, so it is over once one said so.
    """
    ended = any(one.says == "ended" and not one.refused for one in view.sayings)
    return view.facilitated and view.phase not in _UNDER_WAY and not ended


def phase_in_words(view: View) -> str:
    """Say where the exercise stands, in a word or two."""
    if view.held:
        return "held"
    healed = all(one.standing in _HARMLESS for one in view.faults)
    return "hot wash" if is_washing(view) and healed else view.phase
