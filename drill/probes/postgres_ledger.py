"""``postgres.ledger``: canaries in a table of the very database that must not lose a write.

The table has no key on purpose: a write that was applied twice must be seen,
not refused.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Annotated, ClassVar

import psycopg
from pydantic import AfterValidator, Field

from drill.model.base import Model
from drill.model.events import WRITE_PATH, NodeRead
from drill.model.time import Duration
from drill.ports import Canary, Cancel, Receipted
from drill.probes.pg import Answer, Link, StatementError
from drill.probes.pg_canaries import Source, read_node

_CREATE = """
create table if not exists drill_ledger (
  run text not null, ticket bigint not null, n bigint not null,
  at timestamptz not null default clock_timestamp())
"""

_INSERT = """
insert into drill_ledger (run, ticket, n) values ($1, $2, $3)
returning coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'local')
"""

_ALREADY_THERE = frozenset({"23505", "42P07", "42710"})
"""Somebody else made the table at the same moment."""

_UNDEFINED_TABLE = "42P01"

_NOT_COMMITTED = frozenset({"0A", "22", "23", "25", "28", "3D", "3F", "42", "53", "54", "55"})
_NOT_COMMITTED_CODES = frozenset({"40001", "40002", "40P01", "57014", "57P03"})
"""SQLSTATE classes, and codes, that prove that the statement was rolled back.

PostgreSQL's appendix A. Not among them: 08 (the connection was lost), 40003
(statement completion unknown), 57P01 (the server goes down), 58 and XX.
"""


def _without_write_path(nodes: Mapping[str, str]) -> Mapping[str, str]:
    if WRITE_PATH in nodes:
        raise ValueError(f"no node may be called {WRITE_PATH}: that is where dsn leads")
    return nodes


class PostgresLedgerParams(Model):
    """What ``postgres.ledger`` is told."""

    dsn: Annotated[str, Field(description="The write path of the service; a secret.", min_length=1)]
    nodes: Annotated[
        Mapping[str, str],
        AfterValidator(_without_write_path),
        Field(description="Every node by name, each reached directly; secrets."),
    ] = {}
    patience: Annotated[Duration, Field(description="How long one node may take to be read.")] = (
        timedelta(seconds=5)
    )


class PostgresLedger:
    """Writes canaries over held connections, as an application's pool does."""

    params: ClassVar[type[Model]] = PostgresLedgerParams

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: defaultdict[str, list[Link]] = defaultdict(list)

    def open(self, params: PostgresLedgerParams, run: str, cancel: Cancel) -> None:  # noqa: ARG002 - rows name the run
        """Make the table, if it is not there."""
        link = self._take(params.dsn, cancel)
        answer = link.run(_CREATE, (), cancel)
        if answer.sqlstate and answer.sqlstate not in _ALREADY_THERE:
            link.close()
            raise StatementError(answer)
        self._give(params.dsn, link)

    def write(self, params: PostgresLedgerParams, canary: Canary, cancel: Cancel) -> Receipted:
        """Send one canary; ``ok`` only if its commit was acknowledged without reservation."""
        try:
            link = self._take(params.dsn, cancel)
        except (psycopg.Error, OSError) as error:
            return Receipted("fail", note=f"not sent: {_brief(error)}")
        values = (canary.run, str(canary.ticket), str(canary.n))
        try:
            answer = link.run(_INSERT, values, cancel)
        except (psycopg.Error, OSError) as error:
            link.close()
            return Receipted("info", note=f"no word of its commit: {_brief(error)}")
        if answer.sqlstate:
            link.close()
        else:
            self._give(params.dsn, link)
        return _receipted(answer)

    def read(self, params: PostgresLedgerParams, run: str, cancel: Cancel) -> tuple[NodeRead, ...]:
        """Read through the write path first, then every node up to what that had written."""
        limit = params.patience.total_seconds()
        first, written = read_node(Source(WRITE_PATH, params.dsn, run), limit, cancel)
        sources = [Source(name, dsn, run, written) for name, dsn in params.nodes.items()]
        if not sources:
            return (first,)
        with ThreadPoolExecutor(len(sources)) as side_by_side:
            reads = side_by_side.map(lambda source: read_node(source, limit, cancel)[0], sources)
            return (first, *reads)

    def close(self, params: PostgresLedgerParams, run: str, cancel: Cancel) -> None:
        """Remove the run's canaries, the table with the last, and let go of all connections."""
        self._drop_idle(params.dsn)
        link = Link.open(params.dsn, cancel)
        try:
            _remove(link, run, cancel)
        finally:
            link.close()

    def _take(self, dsn: str, cancel: Cancel) -> Link:
        """Return an idle connection that is still open, or a new one."""
        while True:
            with self._lock:
                if not self._idle[dsn]:
                    break
                link = self._idle[dsn].pop()
            if link.quiet():
                return link
            link.close()
        return Link.open(dsn, cancel)

    def _give(self, dsn: str, link: Link) -> None:
        with self._lock:
            self._idle[dsn].append(link)

    def _drop_idle(self, dsn: str) -> None:
        with self._lock:
            links = self._idle.pop(dsn, [])
        for link in links:
            link.close()


def _receipted(answer: Answer) -> Receipted:
    """Judge what the server said. A warning may mean that the commit is not replicated."""
    if answer.sqlstate:
        note = f"{answer.sqlstate}: {answer.message}"[:200]
        return Receipted("fail" if _rolled_back(answer) else "info", note=note)
    by = answer.rows[0][0] or "" if answer.rows else ""
    if answer.warnings:
        return Receipted("info", by=by, note="; ".join(answer.warnings)[:200])
    return Receipted("ok", by=by)


def _rolled_back(answer: Answer) -> bool:
    """Tell whether the server lived to say that nothing was committed."""
    known = answer.sqlstate[:2] in _NOT_COMMITTED or answer.sqlstate in _NOT_COMMITTED_CODES
    return answer.severity == "ERROR" and known


def _remove(link: Link, run: str, cancel: Cancel) -> None:
    """Delete the run's rows; the lock keeps another run from writing into a table that goes."""
    link.rows("begin", (), cancel)
    try:
        link.rows("lock table drill_ledger in access exclusive mode", (), cancel)
    except StatementError as error:
        if error.sqlstate == _UNDEFINED_TABLE:
            return
        raise
    link.rows("delete from drill_ledger where run = $1", (run,), cancel)
    if not link.rows("select 1 from drill_ledger limit 1", (), cancel):
        link.rows("drop table drill_ledger", (), cancel)
    link.rows("commit", (), cancel)


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
