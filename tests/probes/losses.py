"""What the tests of true losses share: a writer of real canaries, and what drill makes of them."""

from probes.paced import Paced

from drill.crews.beats import write_of
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


class Writer(Paced):
    """Writes canaries as the threads crew does, until it is stopped."""

    def __init__(self, ledger, params, run, deadline, now_ns):
        self.ledger = ledger
        self.ledger.open(params, run, deadline(5))

        def write(n, cancel):
            return ledger.write(params, Canary(run, TICKET, n), cancel)

        super().__init__(write, 0.05, 1.0, 60, deadline, now_ns)

    def stop(self):
        return tuple(write_of(beat) for beat in self.beats())


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
