"""The log: each record in a line that a person can read; samples and canaries are drawn instead."""

from collections.abc import Callable, Mapping
from typing import Any

from drill.measure.spans import seconds
from drill.measure.speech import sentence
from drill.measure.tales import Line, Story
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    Escalated,
    ExerciseClosed,
    ExerciseOpened,
    FaultPrepared,
    LedgerRead,
    LedgerReadStarted,
    PersonSaid,
    Progressed,
    StepEnded,
    StepExpired,
    StepSkipped,
    StepStarted,
    StragglerReported,
    UndoEnded,
    UndoExpired,
    UndoStarted,
    WatchEnded,
    WatchStarted,
    WatchStopRequested,
)
from drill.model.outcome import Done, Outcome
from drill.model.view import LogLine


def log_lines(story: Story) -> tuple[LogLine, ...]:
    """Return the log of an exercise."""
    return tuple(_line(line) for line in story.log)


def _line(line: Line) -> LogLine:
    record = line.record
    write = _TEXTS.get(type(record.event))
    return LogLine(
        seq=record.seq,
        at=seconds(line.at),
        wall=record.at.wall,
        what=record.event.type,
        step=_step(record.event),
        text=write(record.event) if write else "",
    )


def _step(event: Any) -> str:
    """Return the step that an event speaks of, or that somebody spoke of."""
    about = event.saying if isinstance(event, PersonSaid) else event
    return getattr(about, "step", None) or ""


def _escalated(event: Escalated) -> str:
    by = f" by {event.channel}" if event.channel else ""
    return f"{event.step} was not acknowledged, and is sent to {event.to}{by}"


def _told(outcome: Outcome) -> str:
    if not isinstance(outcome, Done):
        return f"{outcome.kind}: {outcome.error}"
    parts = (outcome.choice or "", "by default" if outcome.defaulted else "", outcome.note)
    said = ", ".join(part for part in parts if part)
    return f"done: {said}" if said else "done"


def _ended(event: StepEnded) -> str:
    return f"{event.step} is {_told(event.outcome)}" + (f" (by {event.by})" if event.by else "")


_TEXTS: Mapping[type, Callable[[Any], str]] = {
    ExerciseOpened: lambda e: f"{e.scenario.title}: the exercise begins ({e.mode})",
    ConductorResumed: lambda _: "another process took the exercise up",
    WatchStarted: lambda e: f"the {e.kind} of {e.service} begins to watch",
    WatchStopRequested: lambda e: f"the {e.kind} of {e.service} is told to stop",
    WatchEnded: lambda e: f"the {e.kind} of {e.service} stopped, {_told(e.outcome)}",
    LedgerReadStarted: lambda e: f"the ledger of {e.service} is being read back",
    LedgerRead: lambda e: f"the ledger of {e.service} was read {e.reads} times, {_told(e.outcome)}",
    StepStarted: lambda e: f"{e.step} starts",
    FaultPrepared: lambda e: f"{e.step}: what the undo needs is safe in the journal",
    Progressed: lambda e: f"{e.step}: {e.what} ({e.outcome})",
    StepExpired: lambda e: f"{e.step} ran out of time and is told to stop",
    StepEnded: _ended,
    StepSkipped: lambda e: f"{e.step} is skipped: {e.because}",
    UndoStarted: lambda e: f"the fault of {e.step} is being undone",
    UndoExpired: lambda e: f"the undo of {e.step} ran out of time and is told to stop",
    UndoEnded: lambda e: f"the undo of {e.step} is {_told(e.outcome)}",
    StragglerReported: lambda e: f"{e.step}, given up before, now says: {_told(e.outcome)}",
    PersonSaid: sentence,
    Escalated: _escalated,
    AbortOrdered: lambda e: f"{e.by} aborts the exercise: {e.why}",
    ExerciseClosed: lambda _: "the exercise is over",
}
