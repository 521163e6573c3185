"""A real PostgreSQL loses named rows: what drill says is lost is what is gone."""

import threading

from probes.losses import NS, Writer, view_of

from drill.crews.reading import read_until_agreed
from drill.probes.postgres_ledger import PostgresLedger, PostgresLedgerParams


def test_exactly_the_rows_that_were_removed_are_lost(new_cluster, deadline, now_ns):
    """The server is killed and comes back without the last half second and one older row."""
    cluster, run, gate = new_cluster(), "r", threading.Event()
    cluster.init()
    cluster.start()
    params = PostgresLedgerParams(dsn=cluster.dsn)
    begun = now_ns()
    writer = Writer(PostgresLedger(), params, run, deadline, now_ns)
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
    seen = view_of((begun, commanded, effective, reading, now_ns()), writes, (nodes, reads))
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
