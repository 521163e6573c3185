"""What is asked of people: the steps that wait for an answer, and at a table for a claim."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from drill.console.asked import asked_of, claimable
from drill.console.forms import Form, Option
from drill.console.seats import Seat
from drill.console.slips import Panel, Slip, about, for_staff
from drill.console.ticking import left_until
from drill.model.sayings import (
    FACILITATOR,
    Accepted,
    Acknowledged,
    Claimed,
    Decided,
    Finished,
    Refused,
)
from drill.model.view import StepView, View
from drill.report.figures import moment, promised
from drill.report.signs import LIVE, sign_of


def asked(seat: Seat, view: View) -> Panel:
    """Return what waits for this seat's role."""
    slips = [_asking(seat, step, view) for step in asked_of(seat.role, view)]
    return Panel("asked", "For you now", tuple(slips), _quiet(view), urgent=bool(slips))


def _quiet(view: View) -> str:
    return "" if view.closed else "Nothing waits for you. What you are asked appears here."


def answers(seat: Seat, view: View) -> Panel:
    """Return what waits for anybody, to be answered in their stead."""
    waiting = ((step, _asking(seat, step, view)) for step in asked_of(seat.role, view))
    slips = (replace(slip, forms=_instead(slip.forms, step.by)) for step, slip in waiting)
    return Panel("asked", "Asked now", tuple(slips))


def _instead(forms: tuple[Form, ...], role: str) -> tuple[Form, ...]:
    """Fold forms away that are somebody else's to fill in."""
    return tuple(
        replace(one, key=f"{one.buttons[0].says}-for-{one.key}", folded=f"Answer for {role}…")
        for one in forms
    )


def _asking(seat: Seat, step: StepView, view: View) -> Slip:
    own = step.by == seat.role
    return Slip(
        key=f"ask-{step.id}",
        title=step.uses,
        sign=sign_of(step),
        word=f"{step.kind} · {step.id}",
        tags=() if own else (f"for {step.by}",),
        lines=tuple(_context(step)),
        ticking=left_until(step.deadline, step.timeout, view),
        forms=_ANSWERS[step.kind](step),
    )


def _context(step: StepView) -> Iterator[tuple[str, str]]:
    """Yield what one must know to answer, and for staff what is expected."""
    if step.story:
        yield "", step.story
    if step.default:
        yield "If nobody decides in time", f"the plan takes {step.default}"
    if step.accepted_by:
        yield "Taken on by", step.accepted_by
    for one in step.escalations:
        yield "Sent again", f"to {one.to} {one.channel}".rstrip() + f" at {moment(one.at)}"
    yield from for_staff(step)


def _decision(step: StepView) -> tuple[Form, ...]:
    options = tuple(Option(name, name, text) for name, text in step.options.items())
    return (about(Decided, step=step, options={"choice": options}),)


def _task(step: StepView) -> tuple[Form, ...]:
    says = (Finished, Refused) if step.accepted_by else (Accepted, Finished, Refused)
    return (about(*says, step=step),)


_ANSWERS: Mapping[str, Callable[[StepView], tuple[Form, ...]]] = {
    "notify": lambda step: (about(Acknowledged, step=step),),
    "decide": _decision,
    "task": _task,
}
"""By the kind of step: the forms that answer it."""


def claims(seat: Seat, view: View) -> Panel:
    """Return what machines would do, for the table to say how long it would take."""
    instead = seat.role == FACILITATOR
    slips = tuple(
        Slip(
            key=f"claim-{step.id}",
            title=step.story or step.id,
            sign=LIVE,
            word=f"{step.kind} · {step.id}",
            tags=(step.on,) if step.on else (),
            lines=(("The plan expects", promised(step.expect)),) if step.expect else (),
            forms=(about(Claimed, step=step, folded="Answer for the table…" if instead else ""),),
        )
        for step in claimable(view)
    )
    return Panel("claims", "At the table: how would it go?", slips)
