"""The rules that find lapses: steps not done, not answered, late, or in one person's hands."""

from collections.abc import Iterator

from drill.graph.absence import deputy_of
from drill.measure.weakness import Weakness, of_step, owners_of, told
from drill.model.people import RoleView
from drill.model.view import StepView, View

_MISSED = frozenset({"failed", "indeterminate", "expired"})


def failed(view: View) -> Iterator[Weakness]:
    """Yield each step that was not done, but for those that have a rule of their own."""
    by_people = _refused(view)
    for step in view.steps:
        if step.phase in _MISSED and step.kind != "notify" and step.id not in by_people:
            text = f"{step.id} is {step.phase}. {step.note}".rstrip()
            yield of_step(view, step, text, "high", f"step {step.id} is done")


def unacknowledged(view: View) -> Iterator[Weakness]:
    """Yield each message that nobody acknowledged."""
    for step in view.steps:
        if step.phase in _MISSED and step.kind == "notify":
            text = f"{step.by} did not acknowledge {step.id}: {step.uses}"
            yield of_step(view, step, text, "medium", f"{step.by} acknowledges {step.id} in time")


def undecided(view: View) -> Iterator[Weakness]:
    """Yield each decision that the plan took by default."""
    for step in view.steps:
        if step.defaulted:
            text = (
                f"{step.by} did not decide {step.id} in time; the plan's {step.default} was taken"
            )
            yield of_step(view, step, text, "medium", f"{step.by} decides {step.id} in time")


def refused(view: View) -> Iterator[Weakness]:
    """Yield each task that a person refused."""
    by_people = _refused(view)
    for step in view.steps:
        if step.id in by_people:
            text = f"{step.by} refused {step.id}: {step.uses}"
            yield of_step(view, step, text, "medium", f"step {step.id} is done")


def _refused(view: View) -> set[str]:
    return {one.step for one in view.sayings if one.says == "refused" and not one.refused}


def late(view: View) -> Iterator[Weakness]:
    """Yield each step that took longer than the plan claims, the latest first."""
    late = [step for step in view.steps if step.late and step.phase == "done"]
    for step in sorted(late, key=_overrun, reverse=True):
        text = f"{step.id} took {told(_overrun(step))} longer than the plan claims."
        severity = "medium" if step.critical else "low"
        yield of_step(view, step, text, severity, f"step {step.id} is done in the time it claims")


def _overrun(step: StepView) -> float:
    return (step.ended or 0.0) - (step.started or 0.0) - (step.expect or 0.0)


def rated(view: View) -> Iterator[Weakness]:
    """Yield each objective of people and plans that is rated M or U."""
    asked = {step.id: step.by for step in view.steps}
    for one in view.ratings:
        rating = one.set or one.proposed
        if rating in ("M", "U"):
            owners = dict.fromkeys(asked[id_] for id_ in one.steps if asked.get(id_))
            because = one.reason if one.set else one.because
            yield Weakness(
                subject=one.objective,
                text=f"Rated {rating}: {one.text} {because}".rstrip(),
                severity="high" if rating == "U" else "medium",
                records=one.records,
                owner=", ".join(owners) or owners_of(view),
                check=f"objective {one.objective} is rated P or S",
                objective=one.objective,
            )


def key_persons(view: View) -> Iterator[Weakness]:
    """Yield each role that one person alone can fill, with what nobody else could have done."""
    deputies = {deputy_of(role.role) for role in view.roles}
    for role in view.roles:
        steps = [step for step in view.steps if step.by == role.role and step.phase != "skipped"]
        if steps and _is_alone(role) and role.role not in deputies:
            what = ", ".join(step.id for step in steps)
            yield Weakness(
                subject=role.role,
                text=f"Only {role.role} could do {what}: one person, and no deputy.",
                severity="medium",
                records=tuple(sorted({seq for step in steps for seq in step.records})),
                owner=role.role,
                check=f"while {role.role} is absent, a deputy does {what}",
            )


def _is_alone(role: RoleView) -> bool:
    return role.planned == 1 and not role.deputy
