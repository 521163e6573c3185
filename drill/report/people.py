"""The chapters of the people: who was there, what they were asked, how they did, what they say."""

from datetime import timedelta

from drill.model.people import RatingView, RoleView, SayingView
from drill.model.view import StepView, View
from drill.report.asking import is_answered
from drill.report.figures import NOT_MEASURED, moment, seconds, utc
from drill.report.page import Cell, Chapter, Sheet, Table, columns, records_of
from drill.report.signs import BAD, GOOD, LATE, RATINGS, Sign, sign_of, took_of, word_of

_RATED = (
    "P, performed without challenges; S, with some; M, with major ones; U, unable to be performed "
    "(HSEEP). A rule proposes by the objective's steps; an evaluator sets."
)


def attendance(view: View) -> Chapter:
    """Return who was to be there, and who was."""
    key, title = "attendance", "Attendance and quorum"
    if not any(role.present for role in view.roles):
        planned = ", ".join(f"{role.role} ({role.planned})" for role in view.roles)
        return Chapter(
            key, title, prose=(f"Nobody signed in. Planned: {planned or 'no role is named'}.",)
        )
    sheet = Sheet(columns("Role", "#Planned", "#Quorum", "#Came", "Who, and when"))
    return Chapter(key, title, tables=(sheet.of(map(_role, view.roles)),))


def _role(one: RoleView) -> tuple[Cell | str, ...]:
    absent = "absent: its deputy acts" if one.absent else ""
    came = len(one.present)
    enough: Sign | None = None if not one.quorum else GOOD if came >= one.quorum else BAD
    return (
        Cell(one.role, note=absent or ("has a deputy" if one.deputy else "")),
        str(one.planned),
        str(one.quorum),
        Cell(str(came), enough),
        ", ".join(map(_coming, one.present, one.joined, one.left)) or "nobody",
    )


def _coming(person: str, joined: float, left: float | None) -> str:
    return f"{person} {moment(joined)}" + (f" to {moment(left)}" if left is not None else "")


def people(view: View) -> Chapter:
    """Return what was asked of people, and what they said."""
    sheet = Sheet(
        columns("Step", "Asked", "Of", "#Asked at", "#Took", "Answer", "By"),
        empty="nobody was asked",
    )
    asked = [_person(view, step) for step in view.steps if is_answered(step)]
    more = (_escalations(view), _notes(view), _refusals(view))
    return Chapter(
        "people",
        "Decisions, notifications and people",
        tables=(sheet.of(asked), *(table for table in more if table)),
    )


def _person(view: View, step: StepView) -> tuple[Cell | str, ...]:
    taken = f"taken on by {step.accepted_by}" if step.accepted_by else ""
    return (
        Cell(step.id, note=step.kind),
        step.uses,
        step.by or NOT_MEASURED,
        Cell(moment(step.started), note=_wall(view, step.started)),
        seconds(took_of(step)),
        _answer(step),
        Cell(step.answered_by or "nobody", note=taken),
    )


def _answer(step: StepView) -> Cell:
    if step.defaulted:
        return Cell("defaulted", LATE, note=step.note)
    return Cell(word_of(step), sign_of(step), note=step.note)


def _wall(view: View, at: float | None) -> str:
    return "" if at is None else utc(view.opened + timedelta(seconds=at)).split(", ")[1]


def _escalations(view: View) -> Table | None:
    sheet = Sheet(columns("Step", "#Sent again", "To", "By"), title="Messages that were sent again")
    sent = [
        (step.id, moment(one.at), one.to, one.channel or "the same way")
        for step in view.steps
        for one in step.escalations
    ]
    return sheet.of(sent) if sent else None


def _notes(view: View) -> Table | None:
    sheet = Sheet(columns("Who", "#When", "About", "Note"), title="Reports and notes")
    noted = [
        (_speaker(one), moment(one.at), one.step or "nothing in particular", one.text)
        for one in view.sayings
        if one.says == "noted" and not one.refused
    ]
    return sheet.of(noted) if noted else None


def _refusals(view: View) -> Table | None:
    sheet = Sheet(
        columns("Who", "#When", "Said", "Step", "Why it counts for nothing"),
        title="What was refused",
    )
    refused = [
        (
            _speaker(one),
            moment(one.at),
            f"{one.says}: {one.text}" if one.text else one.says,
            one.step,
            one.refused,
        )
        for one in view.sayings
        if one.refused
    ]
    return sheet.of(refused) if refused else None


def _speaker(one: SayingView) -> Cell:
    return Cell(one.person, note=one.role)


def ratings(view: View) -> Chapter:
    """Return the objectives of people and plans: proposed, set, and what was observed."""
    key, title = "ratings", "Objectives of people and plans"
    if not view.ratings:
        return Chapter(key, title, prose=("The scenario names none.",))
    sheet = Sheet(
        columns("Objective", "Proposed", "Set", "Observed", "Records"),
        note=_RATED,
    )
    return Chapter(key, title, tables=(sheet.of(map(_rating, view.ratings)),))


def _rating(one: RatingView) -> tuple[Cell | str, ...]:
    capability = f" ({one.capability})" if one.capability else ""
    return (
        Cell(one.text, note=f"{one.objective}{capability}"),
        Cell(one.proposed or "none", RATINGS.get(one.proposed), note=one.because),
        Cell(one.set or "not rated", RATINGS.get(one.set), note=_set_by(one)),
        "; ".join(map(_observed, one.observations)) or "nothing",
        records_of(one.records),
    )


def _observed(one: SayingView) -> str:
    said = ", ".join(filter(None, (one.rating, one.text)))
    return f"{one.person} {moment(one.at)}: {said or 'no words'}"


def _set_by(one: RatingView) -> str:
    """Return who rated, and why, where the rating is not the one that the rule proposes."""
    if not one.set:
        return ""
    differs = bool(one.proposed) and one.set != one.proposed
    reason = one.reason or ("no reason was given" if differs else "")
    return ": ".join(filter(None, (f"{one.set_by} differs" if differs else one.set_by, reason)))
