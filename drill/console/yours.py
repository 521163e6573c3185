"""What one seat is asked, told and may say: panels of slips, the same drawing for all of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from drill.console.asked import asked_of, claimable, queued, told, washing
from drill.console.forms import RATINGS, Form, Option, form
from drill.console.seats import Seat
from drill.console.ticking import Ticking, left_until
from drill.model.base import Model
from drill.model.sayings import (
    FACILITATOR,
    Aborted,
    Accepted,
    Acknowledged,
    Claimed,
    Decided,
    Ended,
    Finished,
    Held,
    Jumped,
    KeptBack,
    Noted,
    Observed,
    Reflected,
    Refused,
    Released,
    Resumed,
    Skipped,
)
from drill.model.view import RatingView, RoleView, StepView, View
from drill.report.figures import moment, promised, seconds
from drill.report.signs import GOOD, LATE, LIVE, WAITING, Sign, sign_of, word_of


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing: a question, an inject to come, an objective, a role."""

    key: str
    title: str
    sign: Sign | None = None
    word: str = ""
    """The state, beside its sign."""
    tags: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    """A label, which may be empty, and what it labels."""
    ticking: Ticking | None = None
    unit: str = "left"
    """What the clock's figure is."""
    forms: tuple[Form, ...] = ()
    brief: bool = False
    """Its state stands beside its title."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Slips of one kind; ``empty`` says so when there is none."""

    key: str
    title: str
    slips: tuple[Slip, ...]
    empty: str = ""
    urgent: bool = False
    """Somebody waits for it."""


def panels(seat: Seat, view: View) -> tuple[Panel, ...]:
    """Return what this seat has beside the board; what has nothing to show is left out."""
    every = (make(seat, view) for make in _PANELS[seat.kind])
    return tuple(panel for panel in every if panel.slips or panel.empty)


def speaks(seat: Seat) -> bool:
    """Tell whether this seat has anything beside the board."""
    return bool(_PANELS[seat.kind])


def _asked(seat: Seat, view: View) -> Panel:
    slips = [_asking(seat, step, view) for step in asked_of(seat.role, view)]
    return Panel("asked", "For you now", tuple(slips), _quiet(view), urgent=bool(slips))


def _quiet(view: View) -> str:
    return "" if view.closed else "Nothing waits for you. What you are asked appears here."


def _answers(seat: Seat, view: View) -> Panel:
    asked = ((step, _asking(seat, step, view)) for step in asked_of(seat.role, view))
    slips = (replace(slip, forms=_instead(slip.forms, step.by)) for step, slip in asked)
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
    yield from _staff(step)


def _staff(step: StepView) -> Iterator[tuple[str, str]]:
    if step.expected:
        yield "Expected", step.expected
    if step.questions:
        yield "To find out", " ".join(step.questions)


def _decision(step: StepView) -> tuple[Form, ...]:
    options = tuple(Option(name, name, text) for name, text in step.options.items())
    return (_about(Decided, step=step, options={"choice": options}),)


def _task(step: StepView) -> tuple[Form, ...]:
    says = (Finished, Refused) if step.accepted_by else (Accepted, Finished, Refused)
    return (_about(*says, step=step),)


def _about(
    *sayings: type[Model],
    step: StepView,
    options: Mapping[str, tuple[Option, ...]] | None = None,
    folded: str = "",
) -> Form:
    key = f"{sayings[-1].model_fields['says'].default}-{step.id}"
    return form(key, *sayings, given={"step": step.id}, options=options, folded=folded)


_ANSWERS: Mapping[str, Callable[[StepView], tuple[Form, ...]]] = {
    "notify": lambda step: (_about(Acknowledged, step=step),),
    "decide": _decision,
    "task": _task,
}
"""By the kind of step: the forms that answer it."""


def _claims(seat: Seat, view: View) -> Panel:
    instead = seat.role == FACILITATOR
    slips = tuple(
        Slip(
            key=f"claim-{step.id}",
            title=step.story or step.id,
            sign=LIVE,
            word=f"{step.kind} · {step.id}",
            tags=(step.on,) if step.on else (),
            lines=(("The plan expects", promised(step.expect)),) if step.expect else (),
            forms=(_about(Claimed, step=step, folded="Answer for the table…" if instead else ""),),
        )
        for step in claimable(view)
    )
    return Panel("claims", "At the table: how would it go?", slips)


def _inbox(seat: Seat, view: View) -> Panel:
    tales = (_tale(step, also={seat.role}) for step in told(view))
    return Panel("told", "What you have been told", tuple(tales))


def _spread(_: Seat, view: View) -> Panel:
    tales = (_tale(step, also=set()) for step in told(view))
    return Panel("told", "What has been told", tuple(tales))


def _tale(step: StepView, also: set[str]) -> Slip:
    others = [role for role in step.told_to if role not in also]
    return Slip(
        key=f"told-{step.id}",
        title=step.story,
        word=f"{step.id} · {moment(step.started)}",
        tags=(f"{'also ' if also else ''}to {', '.join(others)}",) if others else (),
        lines=tuple(_staff(step)),
    )


def _control(_: Seat, view: View) -> Panel:
    if view.closed:
        return Panel("control", "Control", ())
    clock = form("resume", Resumed) if view.held else form("hold", Held, folded="Hold the clock…")
    ending = (form("end", Ended, folded="End the hot wash…"),) if washing(view) else ()
    running = () if washing(view) or view.aborted else (clock, form("jump", Jumped))
    abort = (form("abort", Aborted, folded="Stop the exercise…"),)
    forms = (*running, *ending, *(() if washing(view) or view.aborted else abort))
    return Panel("control", "Control", (Slip("control", "", forms=forms),) if forms else ())


def _queue(_: Seat, view: View) -> Panel:
    slips = tuple(_inject(step, view) for step in queued(view))
    return Panel("queue", "Injects to come", slips, "" if view.closed else "None is left.")


def _inject(step: StepView, view: View) -> Slip:
    due = None if step.due is None else step.due - view.net
    still = view.held or step.kept_back or view.closed is not None
    story = step.uses == "story"
    return Slip(
        key=f"inject-{step.id}",
        title=step.story or step.uses,
        sign=LATE if step.kept_back else WAITING,
        word="kept back" if step.kept_back else _when(step),
        tags=tuple(_tags(step)),
        lines=(*_staff(step), *(() if story else (("Breaks", f"{step.uses} on {step.on}"),))),
        ticking=None if due is None else Ticking(due, 0 if still else -1),
        unit="to go",
        forms=(
            _about(Released, step=step),
            *(() if step.kept_back else (_about(KeptBack, step=step),)),
            _about(Skipped, step=step, folded="Skip…"),
        ),
    )


def _when(step: StepView) -> str:
    after = f"after {', '.join(step.after)}" if step.after else "at once"
    return after if step.due is None else f"due at {moment(step.due)}"


def _tags(step: StepView) -> Iterator[str]:
    yield step.id
    if step.uses == "story":
        yield f"to {', '.join(step.told_to) or 'everybody'}"
    if step.decoy:
        yield "decoy"
    if step.contingency:
        yield "only if missed"


def _attendance(_: Seat, view: View) -> Panel:
    return Panel("attendance", "Attendance", tuple(map(_role, view.roles)))


def _role(role: RoleView) -> Slip:
    needed = role.quorum or role.planned
    here = len(role.present)
    full = here >= needed
    of = f" of {role.planned}" if role.planned else ""  # nobody plans how many of the staff come
    there = zip(role.present, role.joined, strict=False)
    return Slip(
        key=f"role-{role.role}",
        title=role.role,
        sign=GOOD if full else LATE,
        word=f"{here}{of} here" + ("" if full else f", {needed} needed"),
        tags=("absent: the deputy acts",) if role.absent else (),
        lines=tuple((moment(at), name) for name, at in there),
        brief=True,
    )


def _objectives(_: Seat, view: View) -> Panel:
    return Panel("objectives", "Objectives: what you saw", tuple(map(_rating, view.ratings)))


def _rating(rating: RatingView) -> Slip:
    seen = [f"{one.text} ({one.person})" for one in rating.observations if one.text]
    return Slip(
        key=f"objective-{rating.objective}",
        title=rating.text,
        sign=GOOD if rating.set else WAITING,
        word=f"{rating.set}, set by {rating.set_by}" if rating.set else "not rated yet",
        tags=(rating.capability,) if rating.capability else (),
        lines=(
            *((("Proposed", _proposed(rating)),) if rating.proposed else ()),
            *(("Seen", text) for text in seen),
        ),
        forms=(
            form(f"observed-{rating.objective}", Observed, given={"objective": rating.objective}),
        ),
    )


def _proposed(rating: RatingView) -> str:
    word = f"{rating.proposed}, {RATINGS.get(rating.proposed, '')}"
    return f"{word}: {rating.because}" if rating.because else word


def _questions(_: Seat, view: View) -> Panel:
    slips = tuple(
        Slip(
            key=f"question-{step.id}",
            title=step.id,
            sign=sign_of(step),
            word=word_of(step),
            lines=tuple(_to_find_out(step)),
            brief=True,
        )
        for step in view.steps
        if step.questions or step.expected
    )
    return Panel("questions", "What to find out", slips)


def _to_find_out(step: StepView) -> Iterator[tuple[str, str]]:
    if step.expected:
        yield "Expected", step.expected
    for question in step.questions:
        yield "Question", question
    if step.ended is not None and step.started is not None:
        yield "It took", seconds(step.ended - step.started)


def _note(_: Seat, view: View) -> Panel:
    if view.closed:
        return Panel("note", "Note", ())
    steps = _listed((step.id, step.id) for step in view.steps if step.started is not None)
    made = form("note", Noted, options={"step": steps}, labels={"text": "A note for the log"})
    return Panel("note", "Note", (Slip("note", "", forms=(made,)),))


def _wash(_: Seat, view: View) -> Panel:
    if not washing(view):
        return Panel("wash", "Hot wash", ())
    objectives = _listed((one.objective, one.text or one.objective) for one in view.ratings)
    made = form(
        "wash",
        Reflected,
        options={"objective": objectives},
        labels={"text": "In your own words"},
    )
    return Panel("wash", "Hot wash", (Slip("wash", "", forms=(made,)),), urgent=True)


def _listed(found: Iterable[tuple[str, str]]) -> tuple[Option, ...]:
    return (Option("", "none in particular"), *(Option(name, text) for name, text in found))


_PANELS: Mapping[str, tuple[Callable[[Seat, View], Panel], ...]] = {
    "facilitator": (_control, _wash, _answers, _claims, _queue, _attendance, _spread, _note),
    "evaluator": (_wash, _objectives, _questions, _note),
    "participant": (_wash, _asked, _claims, _inbox, _note),
    "observer": (),
}
"""By the kind of seat: its panels, in the order of their haste."""
