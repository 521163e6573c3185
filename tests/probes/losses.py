"""What the tests of true losses share: a writer of real canaries, and what drill makes of them."""

import threading

from drill.crews.beats import write_of
from drill.crews.pace import pace
from drill.measure.timeline import view
from drill.model.events import (
    ExerciseClosed,
    ExerciseOpened,
    FaultPrepared,
    LedgerRead,
    LedgerReadStarted,
    Record,
    StepEnded,
    StepStarted,
    WatchEnded,
    WatchStarted,
    WritesMade,
)
from drill.model.outcome import Done
from drill.model.scenario import Scenario
from drill.model.time import Stamp
from drill.ports import Canary

NS = 1_000_000_000
TICKET = 1


def stamp(ns):
    return Stamp(wall="2026-03-01T12:00:00Z", boot_ns=ns, boot="b")


class Writer:
    """Writes canaries as the threads crew does, until it is stopped."""

    def __init__(self, ledger, params, run, deadline, now_ns):
        self.ledger, self.batches = ledger, []
        self.ledger.open(params, run, deadline(5))
        self._cancel = deadline(60)
        self._thread = threading.Thread(
            target=pace,
            args=(
                0.05,
                1.0,
                lambda n, cancel: self.ledger.write(params, Canary(run, TICKET, n), cancel),
                self.batches.append,
                self._cancel,
            ),
            kwargs={"now_ns": now_ns, "new_cancel": deadline},
        )
        self._thread.start()

    def stop(self):
        self._cancel.stop()
        self._thread.join()
        return tuple(write_of(beat) for beats in self.batches for beat in beats)


LOSS = Scenario.model_validate(
    {
        "drill": 1,
        "id": "true-loss",
        "title": "Named rows are gone",
        "targets": "targets.yaml",
        "services": {
            "orders": {
                "owner": "head",
                "rpo": {"target": "5s"},
                "ledger": {"uses": "postgres.ledger", "every": "50ms"},
            }
        },
        "roles": {"head": {}},
        "steps": {"lose": {"inject": "process.kill", "on": "db1", "timeout": "9s"}},
    }
)


def view_of(times, writes, read):
    """Return the view of an exercise of one fault, these canaries and this last reading."""
    begun, commanded, effective, reading, ended = times
    nodes, reads = read
    run = "r"
    events = [
        (begun, ExerciseOpened(run=run, mode="live", scenario=LOSS, targets=(), digest="")),
        (begun, WatchStarted(service="orders", kind="ledger")),
        (commanded, StepStarted(step="lose", deadline=stamp(commanded))),
        (commanded, FaultPrepared(step="lose", ticket=2, receipt={})),
        (effective, StepEnded(step="lose", ticket=2, outcome=Done())),
        (reading, WritesMade(ticket=TICKET, service="orders", writes=writes)),
        (reading, WatchEnded(ticket=TICKET, service="orders", kind="ledger", outcome=Done())),
        (reading, LedgerReadStarted(service="orders", deadline=stamp(reading))),
        (
            ended,
            LedgerRead(ticket=7, service="orders", nodes=nodes, reads=reads, outcome=Done()),
        ),
        (ended, ExerciseClosed()),
    ]
    return view(
        (Record(seq=i, prev="", at=stamp(at), event=e) for i, (at, e) in enumerate(events)),
        None,
        "",
    )
