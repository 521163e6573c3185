"""The raw outputs of a run: what hosts, programs and people said, a file for each end. Pure.

They are the journal's own words, laid out to be read; each file is named by the record that
ended the work, so that a reader finds the one from the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from drill.model.events import (
    LedgerRead,
    Progressed,
    Record,
    StepEnded,
    StragglerReported,
    UndoEnded,
    WatchEnded,
)
from drill.model.outcome import Done, Outcome

OUTPUTS = "outputs"
Ended = StepEnded | UndoEnded | StragglerReported | WatchEnded | LedgerRead


def outputs_of(records: Iterable[Record]) -> dict[str, bytes]:
    """Return each output by its path in a bundle."""
    inside: dict[int, list[Record]] = defaultdict(list)
    found = {}
    for record in records:
        event = record.event
        if isinstance(event, Progressed):
            inside[event.ticket].append(record)
        elif isinstance(event, Ended):
            text = "".join(_said(record, event, inside.get(event.ticket, [])))
            found[_path(record, event)] = text.encode()
    return found


def _path(record: Record, event: Ended) -> str:
    name = event.service if isinstance(event, WatchEnded | LedgerRead) else event.step
    return f"{OUTPUTS}/{record.seq:06}-{event.type}-{name}.txt"


def _said(record: Record, event: Ended, inside: Iterable[Record]) -> Iterator[str]:
    yield f"record {record.seq}, ticket {event.ticket}, {record.at.wall.isoformat()}\n"
    for one in inside:
        if isinstance(one.event, Progressed):
            yield f"record {one.seq}: {one.event.outcome}: {one.event.what}\n"
            yield _lines(one.event.note)
    yield from _end(event.outcome)


def _end(outcome: Outcome) -> Iterator[str]:
    yield f"{outcome.kind}\n"
    if isinstance(outcome, Done):
        yield _lines(outcome.choice or "")
        yield _lines(outcome.note)
        return
    yield _lines(outcome.error)
    yield _lines(outcome.evidence)


def _lines(text: str) -> str:
    return f"{text}\n" if text and not text.endswith("\n") else text
