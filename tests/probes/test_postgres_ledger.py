"""The ledger against a real PostgreSQL."""

import socket
import threading

import psycopg
import pytest
from pydantic import ValidationError

from drill.model.events import Span
from drill.plugins import Registry
from drill.ports import Canary
from drill.probes.pg import Answer, StatementError
from drill.probes.pg_canaries import receipted
from drill.probes.postgres_ledger import PostgresLedger, PostgresLedgerParams


@pytest.fixture
def run(request):
    """Return a run's name of its own: the clusters are shared."""
    return request.node.name


@pytest.fixture
def ledger(primary, run, deadline):
    """Return an open ledger that is closed at the end."""
    one = PostgresLedger()
    params = PostgresLedgerParams(dsn=primary.dsn)
    one.open(params, run, deadline(5))
    yield one
    one.close(params, run, deadline(5))


@pytest.fixture
def params(primary):
    return PostgresLedgerParams(dsn=primary.dsn)


def test_what_was_acknowledged_is_found_and_what_was_removed_is_lost(
    ledger, params, primary, run, deadline
):
    receipts = [ledger.write(params, Canary(run, 7, n), deadline(2)) for n in range(20)]
    assert {receipt.outcome for receipt in receipts} == {"ok"}
    assert receipts[0].by == f"127.0.0.1:{primary.port}"
    primary.sql("delete from drill_ledger where run = %s and n in (5, 6, 19)", run)
    (read,) = ledger.read(params, run, deadline(5))
    assert read.node == "write-path"
    assert read.found == (Span(ticket=7, first=0, last=4), Span(ticket=7, first=7, last=18))


def test_a_row_that_is_there_twice_is_seen_as_a_duplicate(ledger, params, primary, run, deadline):
    for n in (1, 2, 2, 3):
        ledger.write(params, Canary(run, 7, n), deadline(2))
    (read,) = ledger.read(params, run, deadline(5))
    assert read.found == (Span(ticket=7, first=1, last=3),)
    assert read.duplicates == (Span(ticket=7, first=2, last=2),)


def test_each_run_sees_its_own_canaries_and_the_last_removes_the_table(primary, deadline):
    one, params = PostgresLedger(), PostgresLedgerParams(dsn=primary.dsn)
    for run in ("a", "b"):
        one.open(params, run, deadline(5))
        one.write(params, Canary(run, 1, 1), deadline(2))
    one.close(params, "a", deadline(5))
    (read,) = one.read(params, "b", deadline(5))
    assert read.found == (Span(ticket=1, first=1, last=1),)
    one.close(params, "b", deadline(5))
    left = primary.sql("select count(*) from pg_tables where tablename = 'drill_ledger'")
    others = primary.sql("select to_regclass('drill_ledger') is null")
    assert left == [(0,)] or others == [(False,)]


def test_closing_a_ledger_that_is_gone_is_no_error(new_db, deadline):
    PostgresLedger().close(PostgresLedgerParams(dsn=new_db), "r", deadline(5))


def test_a_ledger_that_was_never_made_is_found_empty(new_db, deadline):
    (read,) = PostgresLedger().read(PostgresLedgerParams(dsn=new_db), "r", deadline(5))
    assert (read.reachable, read.found, read.note) == (True, (), "it has no ledger")


@pytest.fixture
def new_db(primary, request):
    name = f"db{abs(hash(request.node.name))}"
    primary.sql(f"create database {name}")
    yield primary.dsn.replace("dbname=postgres", f"dbname={name}")
    primary.sql(f"drop database {name} with (force)")


def test_many_open_the_same_ledger_at_once(new_db, deadline):
    params, failures = PostgresLedgerParams(dsn=new_db), []

    def go():
        one = PostgresLedger()
        try:
            one.open(params, "r", deadline(10))
        except StatementError as error:
            failures.append(error)
        one._drop_idle(params)

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_writes_side_by_side_hold_a_connection_each_and_use_it_again(
    ledger, params, primary, run, deadline
):
    def burst(begin):
        threads = [
            threading.Thread(
                target=lambda n=n: ledger.write(params, Canary(run, 1, n), deadline(5))
            )
            for n in range(begin, begin + 4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    burst(0)
    burst(4)
    assert 1 <= len(ledger._idle[params.model_dump_json()]) <= 4
    (read,) = ledger.read(params, run, deadline(5))
    assert read.found == (Span(ticket=1, first=0, last=7),)


def test_a_connection_that_died_while_idle_is_not_used(ledger, params, primary, run, deadline):
    ledger.write(params, Canary(run, 1, 1), deadline(2))
    primary.sql(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
        "where application_name = 'drill' and query like '%%into drill_ledger%%'"
    )
    assert ledger.write(params, Canary(run, 1, 2), deadline(2)).outcome == "ok"


def test_a_refused_connection_means_that_nothing_was_sent(run, deadline):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    params = PostgresLedgerParams(dsn=f"host=127.0.0.1 port={port} user=drill")
    receipt = PostgresLedger().write(params, Canary(run, 1, 1), deadline(2))
    assert receipt.outcome == "fail"
    assert receipt.note.startswith("not sent")


def test_a_server_that_never_speaks_costs_no_more_than_the_time_given(
    server, now_ns, deadline, run
):
    silent = server(lambda sock: sock.recv(4096) and sock.recv(1))
    params = PostgresLedgerParams(dsn=f"host=127.0.0.1 port={silent.port} user=drill")
    begun = now_ns()
    receipt = PostgresLedger().write(params, Canary(run, 1, 1), deadline(0.3))
    assert receipt.outcome == "fail"
    assert now_ns() - begun < 0.8e9


def test_a_commit_that_nobody_confirmed_is_unknown_whether_it_happened_or_not(
    ledger, primary, run, deadline, now_ns
):
    """The row is locked out: the statement was sent, and the time is over before the commit."""
    with_lock = threading.Event()
    release = threading.Event()

    def hold():
        with psycopg.connect(primary.dsn) as connection:
            connection.execute("lock table drill_ledger in share mode")
            with_lock.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    with_lock.wait(5)
    params = PostgresLedgerParams(dsn=primary.dsn)
    begun = now_ns()
    receipt = ledger.write(params, Canary(run, 1, 1), deadline(0.3))
    took = now_ns() - begun
    release.set()
    holder.join()
    assert receipt.outcome == "info"
    assert took < 0.8e9


def test_a_connection_that_is_cut_after_the_statement_was_sent_is_unknown(
    primary, server, run, deadline
):
    """A relay passes everything to the server and, once the INSERT went through, no answer back."""

    def relay(sock):
        with socket.create_connection(("127.0.0.1", primary.port)) as upstream:
            sock.settimeout(5)
            upstream.settimeout(5)
            while True:
                asked = sock.recv(65536)
                upstream.sendall(asked)
                if b"insert into drill_ledger" in asked:
                    upstream.recv(65536)
                    return
                if not asked:
                    return
                sock.sendall(upstream.recv(65536))

    port = server(relay).port
    through = PostgresLedgerParams(
        dsn=f"host=127.0.0.1 port={port} user=drill dbname=postgres sslmode=disable "
        "gssencmode=disable"
    )
    direct, ledger = PostgresLedgerParams(dsn=primary.dsn), PostgresLedger()
    ledger.open(direct, run, deadline(5))
    receipt = ledger.write(through, Canary(run, 1, 1), deadline(3))
    (read,) = ledger.read(direct, run, deadline(5))
    ledger.close(direct, run, deadline(5))
    assert receipt.outcome == "info"
    assert read.found == (Span(ticket=1, first=1, last=1),)


def test_a_write_that_the_server_refuses_is_no_write(primary, run, deadline):
    dsn = f"{primary.dsn} options='-c default_transaction_read_only=on'"
    receipt = PostgresLedger().write(PostgresLedgerParams(dsn=dsn), Canary(run, 1, 1), deadline(2))
    assert receipt.outcome == "fail"
    assert receipt.note.startswith(("25006", "42P01"))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(rows=(("10.0.0.1:5432",),)), "ok"),
        (Answer(rows=(("x",),), warnings=("canceling wait for synchronous replication",)), "info"),
        (Answer(sqlstate="25006", severity="ERROR", message="read only"), "fail"),
        (Answer(sqlstate="53100", severity="ERROR", message="disk full"), "fail"),
        (Answer(sqlstate="57014", severity="ERROR", message="timeout"), "fail"),
        (Answer(sqlstate="40001", severity="ERROR", message="serialization"), "fail"),
        (Answer(sqlstate="40003", severity="ERROR", message="completion unknown"), "info"),
        (Answer(sqlstate="08007", severity="ERROR", message="resolution unknown"), "info"),
        (Answer(sqlstate="57P01", severity="FATAL", message="admin shutdown"), "info"),
        (Answer(sqlstate="53100", severity="PANIC", message="disk full at commit"), "info"),
        (Answer(sqlstate="XX000", severity="ERROR", message="internal"), "info"),
    ],
)
def test_only_a_proof_makes_a_write_ok_or_refused(answer, outcome):
    assert receipted(answer).outcome == outcome


def test_a_commit_that_may_not_be_replicated_is_unknown(primary, run, deadline):
    """Synchronous replication to nobody: the wait is cancelled, and the server only warns."""
    ledger, params = PostgresLedger(), PostgresLedgerParams(dsn=primary.dsn)
    ledger.open(params, run, deadline(5))
    sync = PostgresLedgerParams(
        dsn=f"{primary.dsn} application_name=x options='-c synchronous_commit=on'"
    )
    primary.sql("alter system set synchronous_standby_names = 'nobody'")
    primary.sql("select pg_reload_conf()")
    receipts = []
    writer = threading.Thread(
        target=lambda: receipts.append(ledger.write(sync, Canary(run, 1, 1), deadline(10)))
    )
    try:
        primary_waits_for_sync(primary, 0)
        writer.start()
        primary_waits_for_sync(primary, 1)
        primary.sql(
            "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'"
        )
        writer.join(10)
    finally:
        primary.sql("alter system reset synchronous_standby_names")
        primary.sql("select pg_reload_conf()")
    assert [receipt.outcome for receipt in receipts] == ["info"]
    assert "synchronous replication" in receipts[0].note
    ledger.close(params, run, deadline(5))


def primary_waits_for_sync(primary, count):
    gate = threading.Event()
    for _ in range(200):
        names = primary.sql("show synchronous_standby_names")
        waiting = primary.sql("select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
        if names == [("nobody",)] and waiting == [(count,)]:
            return
        gate.wait(0.05)
    raise AssertionError("synchronous replication never took effect")


def test_a_standby_is_read_only_when_it_has_replayed_what_the_primary_wrote(
    ledger, primary, standby, run, deadline
):
    params = PostgresLedgerParams(dsn=primary.dsn, nodes={"db2": standby.dsn})
    for n in range(3):
        ledger.write(params, Canary(run, 1, n), deadline(2))
    standby.sql("select pg_wal_replay_pause()")
    release = threading.Timer(0.5, lambda: standby.sql("select pg_wal_replay_resume()"))
    ledger.write(params, Canary(run, 1, 3), deadline(2))
    release.start()
    reads = {node.node: node for node in ledger.read(params, run, deadline(10))}
    release.join()
    assert reads["db2"].found == reads["write-path"].found == (Span(ticket=1, first=0, last=3),)
    assert reads["db2"].note == ""


def test_a_standby_that_stays_behind_says_so(ledger, primary, standby, run, deadline):
    params = PostgresLedgerParams(dsn=primary.dsn, nodes={"db2": standby.dsn}, patience="1s")
    standby.sql("select pg_wal_replay_pause()")
    ledger.write(params, Canary(run, 1, 1), deadline(2))
    reads = {node.node: node for node in ledger.read(params, run, deadline(10))}
    standby.sql("select pg_wal_replay_resume()")
    assert "replayed up to" in reads["db2"].note
    assert reads["write-path"].found == (Span(ticket=1, first=1, last=1),)


def test_a_standby_without_a_primary_says_that_nobody_can_tell(standby, run, deadline):
    (read,) = PostgresLedger().read(PostgresLedgerParams(dsn=standby.dsn), run, deadline(5))
    assert read.note.startswith("a standby, and no primary")


def test_a_node_that_is_not_there_is_unreachable_and_costs_its_own_patience_only(
    primary, server, run, deadline, now_ns
):
    silent = server(lambda sock: sock.recv(4096) and sock.recv(1))
    nodes = {"db1": f"host=127.0.0.1 port={silent.port} user=drill", "db2": primary.dsn}
    params = PostgresLedgerParams(dsn=primary.dsn, nodes=nodes, patience="300ms")
    begun = now_ns()
    reads = {node.node: node for node in PostgresLedger().read(params, run, deadline(30))}
    assert now_ns() - begun < 2e9
    assert (reads["db1"].reachable, reads["db2"].reachable) == (False, True)
    assert reads["db1"].note == "no answer in time"


def test_a_bad_dsn_is_refused_without_being_repeated(run, deadline):
    params = PostgresLedgerParams(dsn="password=secret host")
    receipt = PostgresLedger().write(params, Canary(run, 1, 1), deadline(1))
    assert receipt.outcome == "fail"
    assert "secret" not in receipt.note


def test_no_node_may_take_the_name_of_the_write_path():
    with pytest.raises(ValidationError):
        PostgresLedgerParams(dsn="x", nodes={"write-path": "y"})


def test_it_is_registered():
    assert isinstance(Registry().ledgers["postgres.ledger"], PostgresLedger)
