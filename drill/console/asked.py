"""Who is asked what: the steps that wait for a person, and for whom."""

from drill.graph.absence import deputy_of
from drill.model.names import RoleName
from drill.model.sayings import FACILITATOR
from drill.model.view import StepView, View
from drill.report.asking import is_answer_awaited, is_claim_awaited


def asked_of(role: str, view: View) -> tuple[StepView, ...]:
    """Return the steps that wait for this role now; the facilitator may answer for any."""
    waiting = filter(is_answer_awaited, view.steps)
    return tuple(step for step in waiting if role == FACILITATOR or _may(role, step, view))


def _may(role: str, step: StepView, view: View) -> bool:
    if role == step.by or any(one.to == role for one in step.escalations):
        return True
    absent = {one.role for one in view.roles if one.absent}
    return role == deputy_of(RoleName(step.by)) and step.by in absent


def claimable(view: View) -> tuple[StepView, ...]:
    """Return the steps of machines that wait, at a table, to hear how long they would take."""
    return tuple(step for step in view.steps if is_claim_awaited(view, step))


def queued(view: View) -> tuple[StepView, ...]:
    """Return the injects that are still to come, the next first."""
    pending = [step for step in view.steps if step.kind == "inject" and step.phase == "pending"]
    return tuple(sorted(pending, key=_comes))


def _comes(step: StepView) -> float:
    known = (step.due, step.planned_start)
    return next((at for at in known if at is not None), float("inf"))
