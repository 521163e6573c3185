"""``mariadb.ledger``: canaries in a table of the very database that must not lose a write.

The table has no key on purpose: a write that was applied twice must be seen,
not refused. With semi-synchronous replication MariaDB acknowledges also when it
has silently fallen back to asynchronous: what is lost by that is counted here,
because it was acknowledged.
"""

import select
from typing import Annotated, Any, ClassVar
from urllib.parse import SplitResult, unquote, urlsplit

import pymysql
from pydantic import AfterValidator, Field
from typing_extensions import override

from drill.model.base import Model
from drill.ports import Canary, Cancel, Receipted
from drill.probes.canaries import Found, LedgerParams, Store, StoreLedger, found_of
from drill.probes.net import connect
from drill.probes.timed import Leash, time_left

_PORT = 3306

_CREATE = """
create table if not exists drill_ledger (
  run varchar(200) not null, ticket bigint not null, n bigint not null,
  at timestamp(6) not null default current_timestamp(6), index (run)) engine = innodb
"""

_INSERT = "insert into drill_ledger (run, ticket, n) values (%s, %s, %s)"

_NO_TABLE = 1146

_REFUSALS = frozenset(
    {
        *(1021, 1041, 1114, 3675),  # the disk, the memory or the table is full
        *(1044, 1045, 1049, 1142, 1143, _NO_TABLE),  # not allowed, not there
        *(1205, 1213, 1290, 1792, 1836, 1969),  # lock, deadlock, read-only, statement time
        1047,  # Galera: this node is not part of the primary component
    }
)
"""Error numbers that prove that the statement was rolled back.

MariaDB's error code reference. Not among them: 1053 (the server goes down),
1317 and 1927 (interrupted, killed), 2006 and 2013 (the connection was lost).
"""


def _mariadb(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "mariadb" or not parts.hostname or not parts.username:
        raise ValueError("a URL is written like mariadb://user:password@10.20.0.11:3306/shop")
    if not parts.path.strip("/"):
        raise ValueError("a URL of MariaDB names a database")
    _ = parts.port  # raises where it is no port
    return url


class MariadbLedgerParams(LedgerParams):
    """What ``mariadb.ledger`` is told."""

    url: Annotated[
        str,
        AfterValidator(_mariadb),
        Field(description="The write path of the service, without TLS; a secret."),
    ]


class MariadbLedger(StoreLedger[MariadbLedgerParams]):
    """One row a canary, each committed by itself."""

    params: ClassVar[type[Model]] = MariadbLedgerParams
    troubles: ClassVar[tuple[type[Exception], ...]] = (OSError, pymysql.Error)

    @override
    def write_path(self, params: MariadbLedgerParams) -> str:
        return params.url

    @override
    def reach(self, params: MariadbLedgerParams, address: str, cancel: Cancel) -> Store:
        return _MariadbStore(urlsplit(_mariadb(address)), cancel)


class _MariadbStore:
    """The client library over a socket of ours, which keeps the deadline."""

    def __init__(self, url: SplitResult, cancel: Cancel) -> None:
        self._sock = connect(url.hostname or "", url.port or _PORT, cancel)
        self._leash: Leash = self._sock.leash
        self._client = pymysql.Connection(
            user=unquote(url.username or ""),
            password=unquote(url.password or ""),
            database=url.path.strip("/"),
            charset="utf8mb4",
            autocommit=True,
            defer_connect=True,
        )
        try:
            self._client.connect(self._sock)
            ((host, port),) = self._rows("select @@hostname, @@port")
        except BaseException:
            self.close()
            raise
        self._by = f"{host}:{port}"

    def make(self, run: str, cancel: Cancel) -> None:
        del run  # the rows name it
        self._leash.cancel = cancel
        self._rows(_CREATE)

    def write(self, canary: Canary, cancel: Cancel) -> Receipted:
        self._leash.cancel = cancel
        try:
            with self._client.cursor() as cursor:
                cursor.execute(_INSERT, (canary.run, canary.ticket, canary.n))
                warned = cursor.warning_count
        except pymysql.Error as error:
            if error.args and error.args[0] in _REFUSALS:
                return Receipted("fail", by=self._by, note=_words(error))
            raise
        return Receipted("info" if warned else "ok", by=self._by, note="warned" if warned else "")

    def read(self, run: str, written: str, cancel: Cancel) -> Found:
        self._leash.cancel = cancel
        position, note = "", ""
        if self._rows("show all slaves status"):
            note = self._behind(written, cancel)
        else:
            ((position,),) = self._rows("select @@global.gtid_binlog_pos")
        try:
            numbers = self._rows("select ticket, n from drill_ledger where run = %s", run)
        except pymysql.ProgrammingError as error:
            if error.args[0] != _NO_TABLE:
                raise
            numbers, note = (), "; ".join(part for part in (note, "it has no ledger") if part)
        return found_of(((int(ticket), int(n)) for ticket, n in numbers), note, position)

    def remove(self, run: str, cancel: Cancel) -> None:
        """Delete the run's rows; the lock keeps another run from writing into a table that goes."""
        self._leash.cancel = cancel
        try:
            self._rows("lock tables drill_ledger write")
        except pymysql.ProgrammingError as error:
            if error.args[0] == _NO_TABLE:
                return
            raise
        self._rows("delete from drill_ledger where run = %s", run)
        if not self._rows("select 1 from drill_ledger limit 1"):
            self._rows("drop table drill_ledger")
        self._rows("unlock tables")

    def usable(self) -> bool:
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        if self._client.open:
            self._client.close()
        self._sock.close()

    def _behind(self, written: str, cancel: Cancel) -> str:
        """Wait until a replica has applied what the primary wrote; say so if it has not."""
        if not written:
            return "a replica, and no position of a primary to compare it with"
        patience = time_left(cancel) / 2  # what it has must still be read
        ((waited,),) = self._rows("select master_gtid_wait(%s, %s)", written, patience)
        if waited == 0:
            return ""
        ((reached,),) = self._rows("select @@global.gtid_slave_pos")
        return f"a replica that has applied up to {reached or 'nothing'}, not to {written}"

    def _rows(self, sql: str, *values: Any) -> tuple[tuple[Any, ...], ...]:
        with self._client.cursor() as cursor:
            cursor.execute(sql, values or None)
            return tuple(cursor.fetchall())


def _words(error: pymysql.Error) -> str:
    return ": ".join(str(part) for part in error.args)[:200]
