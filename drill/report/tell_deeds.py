"""What drill says of what was done: by people, to the targets, and what follows from it."""

from drill.model.view import DutyView, View
from drill.report.figures import promised, seconds
from drill.report.tell import listed, of_kind, promise, see

_COMFORTS = ("announced", "experts-present", "pre-staged", "clean-data", "declaration-assumed",
             "no-load")  # fmt: skip
_NOT_DONE = ("failed", "indeterminate", "expired", "skipped", "pending")


def decisions(view: View) -> str:
    """Say what was decided, and by whom."""
    said = (
        f"{step.id}: {step.note or step.phase}, by {step.answered_by or 'nobody'}"
        for step in of_kind(view, "decide")
    )
    return listed(said, "the scenario has no decision")


def declaration(view: View) -> str:
    """Say whether the declaration was seen."""
    mark = next((one for one in view.marks if one.name == "T3" and one.at is not None), None)
    grade = f", grade {mark.grade.value}" if mark and mark.grade else ""
    return f"T3 was seen{grade}" if mark else "T3, the declaration, was not measured"


def escalations(view: View) -> str:
    """Say how often a message was sent again."""
    sent = sum(len(step.escalations) for step in view.steps)
    return see("Decisions, notifications and people", f"{sent} messages were sent again")


def roles(view: View) -> str:
    """Say which roles were asked, and who signed in."""
    asked = dict.fromkeys(step.by for step in view.steps if step.by and step.started is not None)
    persons = dict.fromkeys(person for role in view.roles for person in role.present)
    return f"asked: {listed(asked, 'no role')}. Signed in: {listed(persons, 'nobody')}"


def notifications(view: View) -> str:
    """Say how many messages were sent and acknowledged."""
    sent = [step for step in of_kind(view, "notify") if step.started is not None]
    heard = sum(step.phase == "done" for step in sent)
    said = f"{len(sent)} sent, {heard} acknowledged"
    return see("Decisions, notifications and people", said)


def duties(view: View) -> str:
    """Say how each time limit came out."""
    found = (
        f"{one.name}: {seconds(one.took)} of {promised(one.within)}, {_margin(one)}"
        f"{one.verdict.value}"
        for one in view.duties
    )
    return listed(found, "the scenario names no time limit")


def _margin(one: DutyView) -> str:
    """Return how much of a time limit was left, as far as it was kept."""
    left = None if one.took is None or one.ends is None else one.within - one.took
    return "" if left is None or left < 0 else f"{seconds(left)} left, "


def faults(view: View) -> str:
    """Say what was injected, and what became of it."""
    found = (f"{one.fault} on {one.target}: {one.standing}" for one in view.faults)
    return listed(found, "no fault was injected")


def deviations(view: View) -> str:
    """Say how often it left its course, and why."""
    staff = sum(one.says in ("skipped", "kept-back", "released", "jumped") for one in view.sayings)
    refused = sum(bool(one.refused) for one in view.sayings)
    return see(
        "Deviations",
        f"{len(view.holds)} holds, {staff} interventions of the facilitator, {refused} sayings "
        f"refused, resumed {view.resumed} times; {view.aborted or 'not aborted'}",
    )


def assumptions(view: View) -> str:
    """Say which assumptions held."""
    return listed((f"{one.name}: {one.state}" for one in view.assumptions), "none is named")


def realism(view: View) -> str:
    """Say which comforts it had."""
    found = [one.key.replace("-", " ") for one in view.limits if one.key in _COMFORTS]
    comforts = ", ".join(found) or "none of those that drill knows of"
    return see("What this exercise does not prove", f"comforts: {comforts}")


def safety(view: View) -> str:
    """Say what ended early, and what hosts had to end by themselves."""
    lost = [one.step for one in view.faults if one.lease is not None and one.lease.lost]
    leases = listed(lost, "none")
    return f"ended early: {view.aborted or 'no'}. Faults that the host itself had to end: {leases}"


def cleaned(view: View) -> str:
    """Say how much was cleaned up."""
    undone = sum(not one.left for one in view.faults)
    said = f"{undone} of {len(view.faults)} faults are gone, and were read back"
    return see("Faults injected, and proven removed", said)


def not_done(view: View) -> str:
    """Say which steps were not done, and why."""
    found = (
        f"{step.id}: {step.phase}{f' ({step.note})' if step.note else ''}"
        for step in view.steps
        if step.phase in _NOT_DONE
    )
    return listed(found, "every step was done")


def ratings(view: View) -> str:
    """Say how each objective came out, rated and proposed."""
    found = (
        f"{one.objective}: {one.set or 'not rated'}, proposed {one.proposed or 'none'}"
        for one in view.ratings
    )
    return listed((*map(promise, view.objectives), *found), "no objective is named")


def findings(view: View) -> str:
    """Say what was found, by id."""
    return see("Findings and improvement plan", listed((one.id for one in view.findings), "none"))


def verified(view: View) -> str:
    """Say what must pass so that each finding is proven fixed."""
    return see(
        "Findings and improvement plan",
        listed((one.check for one in view.findings if one.check), "none"),
    )


def planned(view: View) -> str:
    """Say how many findings people have decided on."""
    acted = sum(bool(one.action or one.accepted) for one in view.form.findings.values())
    return see(
        "Findings and improvement plan", f"{acted} of {len(view.findings)} findings have an action"
    )
