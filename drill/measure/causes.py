"""What a step waited for, and when that came."""

from drill.measure.tales import StepTale, Story
from drill.model.steps import Step


def ready_at(story: Story, step: Step) -> int | None:
    """Return when the last step came to its end that a step waits for; ``None`` until then.

    A step that waits for none is ready from the beginning; its own moment is another matter.
    """
    times = [_cause(story.steps[edge.step], undone=edge.outcome == "undone") for edge in step.edges]
    known = [time for time in times if time is not None]
    return max(known, default=0) if len(known) == len(times) else None


def _cause(tale: StepTale, *, undone: bool) -> int | None:
    fact = tale.undo_ended if undone else tale.ended
    return fact.at if fact else None
