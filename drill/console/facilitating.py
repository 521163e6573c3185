"""What the facilitator steers: the clock, the end, the injects to come; and who is there."""

from collections.abc import Iterator

from drill.console.asked import queued
from drill.console.forms import Form, form
from drill.console.seats import Seat
from drill.console.slips import Panel, Slip, about, for_staff
from drill.console.ticking import Ticking
from drill.model.people import RoleView
from drill.model.sayings import Aborted, Ended, Held, Jumped, KeptBack, Released, Resumed, Skipped
from drill.model.view import StepView, View
from drill.report.asking import is_washing
from drill.report.figures import moment
from drill.report.signs import GOOD, LATE, WAITING


def control(_: Seat, view: View) -> Panel:
    """Return what stops the clock, moves it on, or ends the exercise."""
    if view.closed:
        return Panel("control", "Control", ())
    clock = form("resume", Resumed) if view.held else form("hold", Held, folded="Hold the clock…")
    forms: tuple[Form, ...] = ()
    if is_washing(view):
        forms = (form("end", Ended, folded="End the hot wash…"),)
    elif not view.aborted:
        abort = form("abort", Aborted, folded="Stop the exercise…")
        forms = (clock, form("jump", Jumped), abort)
    return Panel("control", "Control", (Slip("control", "", forms=forms),) if forms else ())


def queue(_: Seat, view: View) -> Panel:
    """Return the injects to come."""
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
        lines=(*for_staff(step), *(() if story else (("Breaks", f"{step.uses} on {step.on}"),))),
        ticking=None if due is None else Ticking(due, 0 if still else -1),
        unit="to go",
        forms=(
            about(Released, step=step),
            *(() if step.kept_back else (about(KeptBack, step=step),)),
            about(Skipped, step=step, folded="Skip…"),
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


def attendance(_: Seat, view: View) -> Panel:
    """Return who is there, by role."""
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
