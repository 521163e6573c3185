"""Where an exercise stands, in one word for people."""

from drill.measure.steps import phase_of
from drill.measure.tales import Story

_FINAL = frozenset({"done", "failed", "indeterminate", "skipped"})


def phase_of_run(story: Story) -> str:
    """Return baseline, running, settling, healing, reading or closed.

    *Settling* is when all steps are over and the services get time to be well;
    *healing* when faults that still stood then, or at an abort, are undone.
    """
    tales = story.steps.values()
    if story.closed_at is not None:
        return "closed"
    if any(service.read_started for service in story.services.values()):
        return "reading"
    if all(tale.started is None and not tale.skipped for tale in tales):
        return "baseline"
    over = story.aborted is not None or all(phase_of(tale) in _FINAL for tale in tales)
    if not over:
        return "running"
    undoing = any(tale.undo_started and not tale.undo_ended for tale in tales)
    return "healing" if undoing or story.aborted else "settling"
