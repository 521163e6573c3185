"""A real PostgreSQL loses named rows: what drill says is lost is what is gone."""

import threading

from drill.crews.beats import write_of
from drill.crews.pace import pace
from drill.crews.reading import read_until_agreed
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
from drill.probes.postgres_ledger import PostgresLedger, PostgresLedgerParams

NS = 1_000_000_000
TICKET = 1
LOST_FOR = 0.5


def stamp(ns):
    return Stamp(wall="2026-03-01T12:00:00Z", boot_ns=ns, boot="b")


class Writer:
    """Writes canaries as the threads crew does, until it is stopped."""

    def __init__(self, params, run, deadline, now_ns):
        self.ledger, self.batches = PostgresLedger(), []
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


def test_exactly_the_rows_that_were_removed_are_lost(new_cluster, deadline, now_ns):
    """The server is killed and comes back without the last half second and one older row."""
    cluster, run, gate = new_cluster(), "r", threading.Event()
    cluster.init()
    cluster.start()
    params = PostgresLedgerParams(dsn=cluster.dsn)
    begun = now_ns()
    writer = Writer(params, run, deadline, now_ns)
    gate.wait(1.5)
    commanded = now_ns()
    cluster.stop("immediate")
    effective = now_ns()
    gate.wait(0.3)
    cluster.start()
    gate.wait(0.3)
    writes = writer.stop()
    ok = {write.n: write for write in writes if write.outcome == "ok"}
    safe = sorted(n for n in ok if ok[n].complete <= commanded)
    removed = {10, *safe[-9:]}
    cluster.sql("delete from drill_ledger where n = any(%s)", sorted(removed))
    reading = now_ns()
    nodes, reads, agreed = read_until_agreed(
        lambda: writer.ledger.read(params, run, deadline(5)), deadline(20)
    )
    assert agreed
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
            now_ns(),
            LedgerRead(ticket=7, service="orders", nodes=nodes, reads=reads, outcome=Done()),
        ),
        (now_ns(), ExerciseClosed()),
    ]
    seen = view(
        (Record(seq=i, prev="", at=stamp(at), event=e) for i, (at, e) in enumerate(events)),
        None,
        "",
    )
    sets = {one.name: one for one in seen.ledgers[0].sets}
    assert sets["lost"].count == len(removed) == 10
    assert sets["lost"].examples[0] == "1/10"
    assert sets["kept"].count == len(ok.keys() - removed)
    assert sets["phantom"].count == sets["alien"].count == 0
    assert any(write.outcome != "ok" for write in writes)
    one = seen.objectives[0]
    assert one.actual.lo * NS <= effective - ok[10].complete
    assert one.actual.hi * NS >= commanded - ok[10].invoke
    assert one.actual.width < (effective - commanded) / NS + 0.2
