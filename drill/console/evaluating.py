"""What the evaluator looks for: objectives to rate, and questions to find an answer to."""

from collections.abc import Iterator

from drill.console.forms import RATINGS, form
from drill.console.seats import Seat
from drill.console.slips import Panel, Slip
from drill.model.people import RatingView
from drill.model.sayings import Observed
from drill.model.view import StepView, View
from drill.report.figures import seconds
from drill.report.signs import GOOD, WAITING, sign_of, word_of


def objectives(_: Seat, view: View) -> Panel:
    """Return the objectives of people and plans, each to be observed and rated."""
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


def questions(_: Seat, view: View) -> Panel:
    """Return what is expected of each step, and what is to be found out."""
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
