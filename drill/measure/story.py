"""The records, read once and sorted by what they speak of. Nothing is judged here.

A table says which function reads which event. Samples and canaries stay out of
the log; everything else is in it. What people say has a table of its own, in
:mod:`drill.measure.hearsay`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from drill.errors import JournalInconsistentError
from drill.exercise.undoing import UNDO_TRIES
from drill.measure.clocks import ExerciseClock
from drill.measure.hearsay import said
from drill.measure.holds import goes_on
from drill.measure.tales import Fact, Line, Look, Sent, ServiceTale, StepTale, Story, Writing
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
    Record,
    SamplesTaken,
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
    WritesMade,
)
from drill.model.names import StepId
from drill.model.outcome import Done, Failed


def story_of(records: Iterable[Record]) -> Story:
    """Read the records, first to last.

    Raises:
        JournalInconsistentError: they do not begin with the opening of an exercise.
    """
    rest = iter(records)
    first = next(rest, None)
    if first is None or not isinstance(first.event, ExerciseOpened):
        raise JournalInconsistentError("a journal begins with the opening of an exercise")
    story = Story(
        first.event,
        ExerciseClock(first.at, paced=_is_paced(first.event)),
        {id_: StepTale() for id_ in first.event.scenario.steps},
        {name: ServiceTale() for name in first.event.scenario.services},
    )
    _read(story, first)
    for record in rest:
        _read(story, record)
    return story


def _is_paced(opened: ExerciseOpened) -> bool:
    """Tell whether its clock is put forward: at a table, over what people say that it takes."""
    return opened.facilitated and opened.mode == "tabletop"


def _read(story: Story, record: Record) -> None:
    now = story.clock.read(record.at)
    story.records += 1
    story.last = now
    event = record.event
    if not isinstance(event, _UNLOGGED):
        story.log.append(Line(now, record))
    reader = _READERS.get(type(event))
    if reader is not None:
        reader(story, event, Fact(now, record.seq))


def _samples(story: Story, event: SamplesTaken, fact: Fact) -> None:
    of, seq = story.clock.of, fact.seq
    story.services[event.service].looks.extend(
        Look(of(one.start), of(one.end), one.state, one.by, seq) for one in event.samples
    )


def _writes(story: Story, event: WritesMade, _: Fact) -> None:
    of, ticket = story.clock.of, event.ticket
    story.services[event.service].writes.extend(
        Writing(
            of(one.invoke),
            None if one.complete is None else of(one.complete),
            one.outcome,
            one.by,
            ticket,
            one.n,
        )
        for one in event.writes
    )


def _watch_started(story: Story, event: WatchStarted, fact: Fact) -> None:
    if event.kind == "ledger":
        story.services[event.service].tickets.add(fact.seq)


def _watch_ended(story: Story, event: WatchEnded, _: Fact) -> None:
    if event.kind == "ledger" and isinstance(event.outcome, Done):
        story.services[event.service].complete.add(event.ticket)


def _read_started(story: Story, event: LedgerReadStarted, fact: Fact) -> None:
    story.services[event.service].read_started = fact


def _ledger_read(story: Story, event: LedgerRead, fact: Fact) -> None:
    tale = story.services[event.service]
    tale.read, tale.read_seq = event, fact.seq


def _tale(story: Story, id_: StepId, fact: Fact) -> StepTale:
    tale = story.steps[id_]
    tale.records.append(fact.seq)
    return tale


def _started(story: Story, event: StepStarted, fact: Fact) -> None:
    tale = _tale(story, event.step, fact)
    tale.started, tale.deadline = fact, story.clock.peek(event.deadline)


def _prepared(story: Story, event: FaultPrepared, fact: Fact) -> None:
    tale = _tale(story, event.step, fact)
    tale.prepared, tale.receipt = fact, event.receipt


def _progressed(story: Story, event: Progressed, _: Fact) -> None:
    story.steps[event.step].progress.append(event)


def _expired(story: Story, event: StepExpired, fact: Fact) -> None:
    _tale(story, event.step, fact).expired = fact


def _ended(story: Story, event: StepEnded, fact: Fact) -> None:
    tale = _tale(story, event.step, fact)
    tale.ended, tale.outcome, tale.by = fact, event.outcome, event.by
    if not tale.done and story.scenario.steps[event.step].on_failure == "stop":
        goes_on(story, fact.at)  # what stops is never held


def _skipped(story: Story, event: StepSkipped, fact: Fact) -> None:
    _tale(story, event.step, fact).skipped = event.because


def _undo_started(story: Story, event: UndoStarted, fact: Fact) -> None:
    tale = _tale(story, event.step, fact)
    tale.undo_started, tale.undo_ended, tale.undo_outcome = fact, None, None
    tale.undos.append(fact.at)
    tale.undo_tries += 1
    tale.undo_again = tale.stuck = False


def _undo_ended(story: Story, event: UndoEnded, fact: Fact) -> None:
    tale = _tale(story, event.step, fact)
    tale.undo_ended, tale.undo_outcome = fact, event.outcome
    if isinstance(event.outcome, Done):
        tale.undo_tries = 0
        if tale.undo_again:
            _stands_again(tale)
    else:
        tale.stuck = tale.undo_tries >= UNDO_TRIES


def _undo_expired(story: Story, event: UndoExpired, fact: Fact) -> None:
    _tale(story, event.step, fact)


def _straggler(story: Story, event: StragglerReported, fact: Fact) -> None:
    """Keep what was said; a fault that may have been applied in or after its undo stands again."""
    what = "its undo" if event.undo else "its worker"
    tale = _tale(story, event.step, fact)
    tale.notes.append(f"{what}, given up before, later said: {event.outcome.kind}")
    if event.undo or isinstance(event.outcome, Failed) or tale.undo_started is None:
        return
    if tale.undo_ended is None:
        tale.undo_again = True
    elif tale.stuck or isinstance(tale.undo_outcome, Done):
        _stands_again(tale)


def _stands_again(tale: StepTale) -> None:
    tale.undo_started = tale.undo_ended = tale.undo_outcome = None
    tale.undo_tries, tale.stuck = 0, False


def _escalated(story: Story, event: Escalated, fact: Fact) -> None:
    _tale(story, event.step, fact).escalated.append(Sent(fact.at, event))


def _aborted(story: Story, event: AbortOrdered, fact: Fact) -> None:
    goes_on(story, fact.at)
    if story.aborted is None:
        story.aborted, story.aborted_at = event, fact.at


def _resumed(story: Story, event: ConductorResumed, fact: Fact) -> None:
    story.resumed += 1
    for tale in story.steps.values():
        tale.undo_tries = 0
    if not event.approved_by and any(tale.started for tale in story.steps.values()):
        goes_on(story, fact.at)  # it only heals


def _closed(story: Story, _: ExerciseClosed, fact: Fact) -> None:
    goes_on(story, fact.at)
    story.closed_at = fact.at


_READERS: dict[type, Callable[[Story, Any, Fact], None]] = {
    SamplesTaken: _samples,
    WritesMade: _writes,
    WatchStarted: _watch_started,
    WatchEnded: _watch_ended,
    LedgerReadStarted: _read_started,
    LedgerRead: _ledger_read,
    StepStarted: _started,
    FaultPrepared: _prepared,
    Progressed: _progressed,
    StepExpired: _expired,
    StepEnded: _ended,
    StepSkipped: _skipped,
    UndoStarted: _undo_started,
    UndoEnded: _undo_ended,
    UndoExpired: _undo_expired,
    StragglerReported: _straggler,
    PersonSaid: said,
    Escalated: _escalated,
    AbortOrdered: _aborted,
    ConductorResumed: _resumed,
    ExerciseClosed: _closed,
}

_UNLOGGED: tuple[type, ...] = (SamplesTaken, WritesMade)
