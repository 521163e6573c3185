"""The fold of the probes and ledgers that watch while an exercise runs. Pure."""

from __future__ import annotations  # rpds' maps cannot be subscripted at run time

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from rpds import HashTrieMap

from drill.exercise.roster import impossible
from drill.exercise.state import RunState, Watch, WatchPhase, WatchState
from drill.model.events import (
    LedgerRead,
    LedgerReadStarted,
    Record,
    Sample,
    SamplesTaken,
    WatchEnded,
    WatchStarted,
    WatchStopRequested,
    WritesMade,
)
from drill.model.time import Stamp

WatchEvent = (
    WatchStarted
    | SamplesTaken
    | WritesMade
    | WatchStopRequested
    | WatchEnded
    | LedgerReadStarted
    | LedgerRead
)

_FROM: dict[str, frozenset[WatchPhase]] = {
    "watch-started": frozenset({WatchPhase.IDLE}),
    "samples-taken": frozenset({WatchPhase.RUNNING, WatchPhase.STOPPING}),
    "writes-made": frozenset({WatchPhase.RUNNING, WatchPhase.STOPPING}),
    "watch-stop-requested": frozenset({WatchPhase.RUNNING}),
    "watch-ended": frozenset({WatchPhase.RUNNING, WatchPhase.STOPPING}),
    "ledger-read-started": frozenset({WatchPhase.ENDED}),
    "ledger-read": frozenset({WatchPhase.READING}),
}
"""In which phases of a watch each event can happen."""

_RESTARTED = {
    WatchPhase.RUNNING: WatchPhase.IDLE,
    WatchPhase.STOPPING: WatchPhase.ENDED,
    WatchPhase.READING: WatchPhase.ENDED,
}
"""What a watch's phase means once the process that watched is gone."""


def evolve_watch(state: RunState, record: Record, event: WatchEvent) -> RunState:
    """Return the state after a record that speaks of a watch."""
    key = watch_of(event)
    watch = state.watches.get(key, WatchState())
    if watch.phase not in _FROM[event.type]:
        raise impossible(record, f"the {key[1]} of {key[0]} is {watch.phase.value}")
    return replace(state, watches=state.watches.insert(key, _next(watch, record, event)))


def watch_of(event: WatchEvent) -> Watch:
    """Return the watch that an event speaks of."""
    match event:
        case WatchStarted() | WatchStopRequested() | WatchEnded():
            return event.service, event.kind
        case SamplesTaken():
            return event.service, "probe"
        case WritesMade() | LedgerReadStarted() | LedgerRead():
            return event.service, "ledger"
    assert_never(event)


def _next(watch: WatchState, record: Record, event: WatchEvent) -> WatchState:
    seq = record.seq
    match event:
        case WatchStarted():
            return WatchState(phase=WatchPhase.RUNNING, ticket=seq, heard=record.at)
        case SamplesTaken():
            return _heard(_seen(watch, event.samples), record.at, event.samples)
        case WritesMade():
            ok = sum(write.outcome == "ok" for write in event.writes)
            return replace(watch, acknowledged=watch.acknowledged + ok)
        case WatchStopRequested():
            return replace(watch, phase=WatchPhase.STOPPING, deadline=event.deadline)
        case WatchEnded():
            # what it saw grows old from now on, and must answer nobody
            return WatchState(WatchPhase.ENDED, watch.ticket, outcome=event.outcome)
        case LedgerReadStarted():
            return WatchState(phase=WatchPhase.READING, ticket=seq, deadline=event.deadline)
        case LedgerRead():
            return replace(watch, phase=WatchPhase.READ, outcome=event.outcome, deadline=None)
    assert_never(event)


def _seen(watch: WatchState, samples: tuple[Sample, ...]) -> WatchState:
    good, bad, seen = watch.good_since, watch.bad_since, watch.seen
    for sample in samples:
        seen = max(seen, sample.start)
        if sample.state == "good":
            good, bad = (sample.start if good is None else good), None
        elif sample.state == "bad":
            good, bad = None, (sample.start if bad is None else bad)
    return replace(watch, good_since=good, bad_since=bad, seen=seen)


def _heard(watch: WatchState, at: Stamp, samples: tuple[Sample, ...]) -> WatchState:
    """Note how fresh the news is; a look that could not tell is no news."""
    told = max((sample.start for sample in samples if sample.state != "unknown"), default=None)
    if told is None:
        return watch
    return replace(watch, heard=at.plus(timedelta(microseconds=(told - at.boot_ns) / 1000)))


def unwatched(watches: HashTrieMap[Watch, WatchState]) -> HashTrieMap[Watch, WatchState]:
    """Return the watches as they are once the process that watched is gone."""
    for key, watch in watches.items():
        phase = _RESTARTED.get(watch.phase, watch.phase)
        watches = watches.insert(key, WatchState(phase, watch.ticket, outcome=watch.outcome))
    return watches
