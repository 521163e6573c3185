"""What the story has told: to one role, or to everybody."""

from drill.console.seats import Seat
from drill.console.slips import Panel, Slip, for_staff
from drill.model.view import StepView, View
from drill.report.asking import told
from drill.report.figures import moment


def inbox(seat: Seat, view: View) -> Panel:
    """Return what this seat's role has been told."""
    tales = (_tale(step, also={seat.role}) for step in told(view))
    return Panel("told", "What you have been told", tuple(tales))


def spread(_: Seat, view: View) -> Panel:
    """Return what anybody has been told."""
    tales = (_tale(step, also=set()) for step in told(view))
    return Panel("told", "What has been told", tuple(tales))


def _tale(step: StepView, also: set[str]) -> Slip:
    others = [role for role in step.told_to if role not in also]
    return Slip(
        key=f"told-{step.id}",
        title=step.story,
        word=f"{step.id} · {moment(step.started)}",
        tags=(f"{'also ' if also else ''}to {', '.join(others)}",) if others else (),
        lines=tuple(for_staff(step)),
    )
