"""What a rule found: the one shape of every weakness, and who answers for it."""

from dataclasses import dataclass
from datetime import timedelta

from drill.model.time import format_duration
from drill.model.view import StepView, View

_FINE = 60.0
"""Seconds below which tenths are told."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """What one rule found."""

    subject: str
    text: str
    severity: str
    records: tuple[int, ...]
    owner: str
    """The role that answers for it by the plan; empty: the plan names none."""
    check: str
    """What must pass in a later run, so that it is proven fixed."""
    objective: str = ""


def owner_of(view: View, step: StepView) -> str:
    """Return the role that a step asks; of machines' steps whoever owns the services."""
    return step.by or owners_of(view)


def owners_of(view: View) -> str:
    """Return the roles that own the services."""
    return ", ".join(dict.fromkeys(view.owners.values()))


def _objectives_of(view: View, step: StepView) -> str:
    return ", ".join(one.objective for one in view.ratings if step.id in one.steps)


def of_step(view: View, step: StepView, text: str, severity: str, check: str) -> Weakness:
    """Return what is to be improved about one step."""
    return Weakness(
        subject=step.id,
        text=text,
        severity=severity,
        records=step.records,
        owner=owner_of(view, step),
        check=check,
        objective=_objectives_of(view, step),
    )


def told(seconds: float) -> str:
    """Write a duration as a scenario's author would: ``1.9 s``, ``1m30s``."""
    if seconds < _FINE:
        return f"{seconds:.3g} s"
    return format_duration(timedelta(seconds=round(seconds)))
