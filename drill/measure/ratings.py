"""The objectives of people and plans: a rating by rule, and the one that an evaluator set.

The ratings are HSEEP's (2020, Exercise Evaluation Guide): performed without
challenges (P), with some (S), with major ones (M), unable to be performed (U). The
rule reads the objective's own steps and proposes; a person sets. Both are kept.
"""

from collections.abc import Mapping, Sequence

from drill.measure.steps import UNSAID
from drill.model.names import StepId
from drill.model.people import RatingView, SayingView
from drill.model.scenario import Objective, Scenario
from drill.model.view import StepView

_OVER = frozenset({"done", "failed", "indeterminate"})
_WAITING = frozenset({"pending", "running", "expired"})


def rating_views(
    scenario: Scenario, steps: Sequence[StepView], sayings: Sequence[SayingView], *, closed: bool
) -> tuple[RatingView, ...]:
    """Return every objective of people and plans, with what was proposed and what was set."""
    by_id = {step.id: step for step in steps}
    observed = [one for one in sayings if one.says == "observed" and not one.refused]
    return tuple(
        _rating(
            name,
            objective,
            _shown_by(objective, by_id),
            [one for one in observed if one.objective == name],
            closed=closed,
        )
        for name, objective in scenario.objectives.items()
    )


def _shown_by(objective: Objective, steps: Mapping[StepId, StepView]) -> list[StepView]:
    """Return the objective's steps, but for those that show nothing of people.

    They were left out, or the plan or the command line answered for whoever was asked.
    """
    found = (steps[id_] for id_ in objective.steps)
    return [step for step in found if step.phase != "skipped" and not _assumed(step)]


def _assumed(step: StepView) -> bool:
    return bool(step.answered_by) and step.answered_by in UNSAID


def _rating(
    name: str,
    objective: Objective,
    steps: Sequence[StepView],
    observed: Sequence[SayingView],
    *,
    closed: bool,
) -> RatingView:
    waits = not closed and any(step.phase in _WAITING for step in steps)
    proposed, because = ("", "its steps are not over") if waits else proposal(steps)
    rated = [one for one in observed if one.rating][-1:]
    records = {seq for step in steps for seq in step.records[-1:]} | {one.seq for one in observed}
    return RatingView(
        objective=name,
        text=objective.text,
        capability=objective.capability,
        proposed=proposed,
        because=because,
        set="".join(one.rating for one in rated),
        set_by="".join(one.person for one in rated),
        reason="".join(one.text for one in rated),
        steps=objective.steps,
        observations=tuple(observed),
        records=tuple(sorted(records)),
    )


def proposal(steps: Sequence[StepView]) -> tuple[str, str]:
    """Return the rating that the steps of an objective propose, and why; empty if none does."""
    over = [step for step in steps if step.phase in _OVER]
    missed = [step.id for step in over if step.phase != "done" or step.defaulted]
    strained = [step.id for step in over if step.late or step.escalations]
    if not over:
        return "", "none of its steps was attempted"
    if len(missed) == len(over):
        return "U", f"missed: {', '.join(missed)}"
    if missed:
        return "M", f"missed: {', '.join(missed)}"
    if strained:
        return "S", f"late, or only after it was sent again: {', '.join(strained)}"
    return "P", "each of its steps was done in time"
