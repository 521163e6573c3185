"""What anybody may say of their own accord: a note for the log, and what they learnt."""

from drill.console.forms import form
from drill.console.seats import Seat
from drill.console.slips import Panel, Slip, listed
from drill.model.sayings import Noted, Reflected
from drill.model.view import View
from drill.report.asking import is_washing


def note(_: Seat, view: View) -> Panel:
    """Return where a note is written, while the exercise lasts."""
    if view.closed:
        return Panel("note", "Note", ())
    steps = listed((step.id, step.id) for step in view.steps if step.started is not None)
    made = form("note", Noted, options={"step": steps}, labels={"text": "A note for the log"})
    return Panel("note", "Note", (Slip("note", "", forms=(made,)),))


def wash(_: Seat, view: View) -> Panel:
    """Return where people say what went well and what to improve, once all steps are over."""
    if not is_washing(view):
        return Panel("wash", "Hot wash", ())
    objectives = listed((one.objective, one.text or one.objective) for one in view.ratings)
    made = form(
        "wash",
        Reflected,
        options={"objective": objectives},
        labels={"text": "In your own words"},
    )
    return Panel("wash", "Hot wash", (Slip("wash", "", forms=(made,)),), urgent=True)
