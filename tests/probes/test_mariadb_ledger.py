"""``mariadb.ledger`` against a real primary and its replica."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pymysql
import pytest
from pydantic import ValidationError

from drill.model.events import WRITE_PATH, Span
from drill.plugins import Registry
from drill.ports import Canary
from drill.probes.mariadb_ledger import MariadbLedger, MariadbLedgerParams

AS_ROOT = ("--user=root",) if os.geteuid() == 0 else ()


class Mariadb:
    """A throw-away MariaDB with its own directory, on loopback."""

    def __init__(self, home, number, template):
        self.home, self.number, self.child = home, number, None
        shutil.copytree(template, home / "data")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"mariadb://drill:wo%2Frd@127.0.0.1:{self.port}/shop"

    def start(self):
        log = self.home / "log"
        self.child = subprocess.Popen(
            [
                shutil.which("mariadbd", path="/usr/sbin:/usr/bin"),
                *("--no-defaults", f"--datadir={self.home / 'data'}", *AS_ROOT),
                *(f"--port={self.port}", "--bind-address=127.0.0.1"),
                *(f"--socket={self.home / 's'}", f"--pid-file={self.home / 'pid'}"),
                *(f"--server-id={self.number}", "--log-bin=bin", "--log-slave-updates"),
                *("--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=16M"),
                *("--skip-name-resolve", f"--log-error={log}"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        gate = threading.Event()
        for _ in range(300):
            # not by the client library: it leaks the sockets that nobody answers
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return self
            gate.wait(0.05)
        raise AssertionError(log.read_text())

    def sql(self, *statements):
        """Run statements as the administrator; return the rows of the last."""
        client = pymysql.connect(unix_socket=str(self.home / "s"), user="root", autocommit=True)
        with client, client.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def kill(self):
        if self.child is not None:
            self.child.kill()
            self.child.wait()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Return an initialised data directory to copy."""
    place = tmp_path_factory.mktemp("template") / "data"
    subprocess.run(
        [
            *("mariadb-install-db", "--no-defaults", f"--datadir={place}", *AS_ROOT),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return place


@pytest.fixture(scope="module")
def servers(tmp_path_factory, template):
    """Return a primary and its replica."""
    made = []
    for number in (1, 2):
        # a socket's path may have 107 bytes only
        home = Path(tmp_path_factory.mktemp(f"m{number}"))
        made.append(Mariadb(home, number, template))
    primary, replica = made
    try:
        primary.start().sql(
            "create database shop",
            "grant all on *.* to drill@'%' identified by 'wo/rd'",
            "create user reader@'%' identified by 'x'",
            "grant select, slave monitor on *.* to reader@'%'",
        )
        replica.start().sql(
            f"change master to master_host='127.0.0.1', master_port={primary.port}, "
            "master_user='drill', master_password='wo/rd', master_use_gtid=slave_pos",
            "start slave",
        )
        yield primary, replica
    finally:
        for one in made:
            one.kill()


@pytest.fixture
def primary(servers):
    return servers[0]


@pytest.fixture
def replica(servers):
    return servers[1]


@pytest.fixture
def run(request):
    return request.node.name


@pytest.fixture
def params(primary):
    return MariadbLedgerParams(url=primary.url)


@pytest.fixture
def ledger(params, run, deadline):
    one = MariadbLedger()
    one.open(params, run, deadline(10))
    yield one
    one.close(params, run, deadline(10))
    for stores in one._idle.values():
        for store in stores:
            store.close()


def test_what_was_removed_is_lost_and_holes_and_duplicates_are_seen(
    ledger, params, primary, run, deadline
):
    receipts = [ledger.write(params, Canary(run, 7, n), deadline(5)) for n in (*range(9), 3)]
    assert {receipt.outcome for receipt in receipts} == {"ok"}
    assert receipts[0].by.endswith(f":{primary.port}")
    primary.sql("delete from shop.drill_ledger where n = 5")
    (read,) = ledger.read(params, run, deadline(5))
    assert (read.node, read.note) == (WRITE_PATH, "")
    assert read.found == (Span(ticket=7, first=0, last=4), Span(ticket=7, first=6, last=8))
    assert read.duplicates == (Span(ticket=7, first=3, last=3),)


def test_each_run_sees_its_own_canaries_and_the_last_removes_the_table(
    ledger, params, primary, run, deadline
):
    ledger.write(params, Canary(run, 1, 1), deadline(5))
    ledger.write(params, Canary("other", 1, 2), deadline(5))
    ledger.close(params, run, deadline(5))
    assert ledger.read(params, "other", deadline(5))[0].found == (Span(ticket=1, first=2, last=2),)
    ledger.close(params, "other", deadline(5))
    assert primary.sql("show tables in shop") == ()
    assert ledger.read(params, run, deadline(5))[0].note == "it has no ledger"


def test_connections_are_held_and_one_that_died_is_not_used(ledger, params, primary, run, deadline):
    for n in (1, 2):
        ledger.write(params, Canary(run, 1, n), deadline(5))
    assert len(ledger._idle[params.model_dump_json()]) == 1
    for (number,) in primary.sql(
        "select id from information_schema.processlist where user = 'drill' and db = 'shop'"
    ):
        primary.sql(f"kill {number}")
    deadline(1).wait(0.1)
    assert ledger.write(params, Canary(run, 1, 3), deadline(5)).outcome == "ok"


@pytest.mark.parametrize("user", ["drill:wrong", "reader:x"])
def test_who_may_not_write_has_not_written(primary, ledger, run, deadline, user):
    url = primary.url.replace("drill:wo%2Frd", user)
    receipt = MariadbLedger().write(MariadbLedgerParams(url=url), Canary(run, 1, 1), deadline(5))
    assert receipt.outcome == "fail"


def test_a_server_that_is_read_only_refuses(ledger, primary, run, deadline):
    url = primary.url.replace("drill:wo%2Frd", "plain:x")
    primary.sql("grant insert, select, slave monitor on *.* to plain@'%' identified by 'x'")
    primary.sql("set global read_only = 1")
    try:
        receipt = MariadbLedger().write(
            MariadbLedgerParams(url=url), Canary(run, 1, 1), deadline(5)
        )
    finally:
        primary.sql("set global read_only = 0")
    assert (receipt.outcome, receipt.note[:4]) == ("fail", "1290")


def test_a_write_that_waits_behind_a_lock_is_unknown_in_time(
    ledger, params, primary, run, deadline, now_ns
):
    locked, release = threading.Event(), threading.Event()

    def hold():
        client = pymysql.connect(unix_socket=str(primary.home / "s"), user="root", database="shop")
        with client, client.cursor() as cursor:
            cursor.execute("lock tables drill_ledger write")
            locked.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(5)
    begun = now_ns()
    receipt = ledger.write(params, Canary(run, 1, 1), deadline(0.4))
    took = now_ns() - begun
    release.set()
    holder.join()
    assert (receipt.outcome, receipt.note[:10]) == ("info", "no word of")
    assert took < 1e9


def test_a_server_that_never_speaks_was_sent_nothing(server, run, deadline, now_ns):
    silent = server(lambda sock: sock.recv(1))
    params = MariadbLedgerParams(url=f"mariadb://drill:x@127.0.0.1:{silent.port}/shop")
    begun = now_ns()
    receipt = MariadbLedger().write(params, Canary(run, 1, 1), deadline(0.3))
    assert (receipt.outcome, receipt.note[:8]) == ("fail", "not sent")
    assert now_ns() - begun < 1e9


def test_a_replica_is_read_when_it_has_applied_what_the_primary_wrote(
    ledger, primary, replica, run, deadline
):
    params = MariadbLedgerParams(url=primary.url, nodes={"db2": replica.url})
    replica.sql("stop slave sql_thread")
    for n in range(20):
        ledger.write(params, Canary(run, 1, n), deadline(5))
    later = threading.Timer(0.5, lambda: replica.sql("start slave sql_thread"))
    later.start()
    reads = {node.node: node for node in ledger.read(params, run, deadline(10))}
    later.join()
    assert reads["db2"].note == ""
    assert reads["db2"].found == reads[WRITE_PATH].found == (Span(ticket=1, first=0, last=19),)


def test_a_replica_that_stays_behind_says_so(ledger, primary, replica, run, deadline):
    params = MariadbLedgerParams(url=primary.url, nodes={"db2": replica.url}, patience="1s")
    ledger.write(params, Canary(run, 1, 1), deadline(5))
    replica.sql("stop slave sql_thread")
    ledger.write(params, Canary(run, 1, 2), deadline(5))
    reads = {node.node: node for node in ledger.read(params, run, deadline(10))}
    replica.sql("start slave sql_thread")
    assert "a replica that has applied up to" in reads["db2"].note
    assert reads[WRITE_PATH].found == (Span(ticket=1, first=1, last=2),)


@pytest.mark.parametrize(
    "url", ["mysql://u@h/d", "mariadb://u@h", "mariadb://h/d", "mariadb://u@h:99999/d", "secret"]
)
def test_a_url_that_cannot_work_is_refused_at_check(url):
    with pytest.raises(ValidationError):
        MariadbLedgerParams(url=url)


def test_it_is_registered():
    assert isinstance(Registry().ledgers["mariadb.ledger"], MariadbLedger)
