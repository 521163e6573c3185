"""Canaries in a table of one PostgreSQL node.

The table has no key on purpose: a write that was applied twice must be seen,
not refused.
"""

from collections.abc import Iterable

from drill.model.events import Span
from drill.ports import Canary, Cancel, Receipted
from drill.probes.canaries import Found, caught_up
from drill.probes.pg import Answer, Link, Row, StatementError

_CREATE = """
create table if not exists drill_ledger (
  run text not null, ticket bigint not null, n bigint not null,
  at timestamptz not null default clock_timestamp())
"""

_INSERT = """
insert into drill_ledger (run, ticket, n) values ($1, $2, $3)
returning coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'local')
"""

_WHERE = (
    "select pg_is_in_recovery(), case when not pg_is_in_recovery() then pg_current_wal_lsn() end"
)

_REPLAYED = "select pg_last_wal_replay_lsn() >= $1::pg_lsn, pg_last_wal_replay_lsn()"

_FOUND = """
with once as (select distinct ticket, n from drill_ledger where run = $1),
     islands as (select ticket, n, n - row_number() over (partition by ticket order by n) as island
                 from once)
select ticket, min(n), max(n) from islands group by ticket, island order by 1, 2
"""

_DUPLICATES = """
select ticket, n, n from drill_ledger where run = $1
group by ticket, n having count(*) > 1 order by 1, 2
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


class PgStore:
    """A :class:`~drill.probes.canaries.Store` over one connection."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.usable = link.quiet
        self.close = link.close

    def make(self, run: str, cancel: Cancel) -> None:
        """Make the table, if it is not there."""
        del run  # the rows name it
        answer = self._link.run(_CREATE, (), cancel)
        if answer.sqlstate and answer.sqlstate not in _ALREADY_THERE:
            raise StatementError(answer)

    def write(self, canary: Canary, cancel: Cancel) -> Receipted:
        """Insert one row, and hear its commit."""
        values = (canary.run, str(canary.ticket), str(canary.n))
        return receipted(self._link.run(_INSERT, values, cancel))

    def read(self, run: str, written: str, cancel: Cancel) -> Found:
        """Read in one snapshot; a position is that of the WAL."""
        ((standby, position),) = self._link.rows(_WHERE, (), cancel)
        note = self._behind(written, cancel) if standby == "t" else ""
        self._link.rows("begin isolation level repeatable read read only", (), cancel)
        try:
            found = self._link.rows(_FOUND, (run,), cancel)
        except StatementError as error:
            if error.sqlstate != _UNDEFINED_TABLE:
                raise
            note = "; ".join(part for part in (note, "it has no ledger") if part)
            return Found(note=note, position=position or "")
        duplicates = self._link.rows(_DUPLICATES, (run,), cancel)
        return Found(_spans(found), _spans(duplicates), note, position or "")

    def remove(self, run: str, cancel: Cancel) -> None:
        """Delete the run's rows; the lock keeps another run from writing into a table that goes."""
        self._link.rows("begin", (), cancel)
        try:
            self._link.rows("lock table drill_ledger in access exclusive mode", (), cancel)
        except StatementError as error:
            if error.sqlstate == _UNDEFINED_TABLE:
                return
            raise
        self._link.rows("delete from drill_ledger where run = $1", (run,), cancel)
        if not self._link.rows("select 1 from drill_ledger limit 1", (), cancel):
            self._link.rows("drop table drill_ledger", (), cancel)
        self._link.rows("commit", (), cancel)

    def _behind(self, written: str, cancel: Cancel) -> str:
        """Wait until a standby has replayed what the primary wrote; say so if it has not."""
        if not written:
            return "a standby, and no primary to compare it with"

        def behind() -> str:
            ((there, reached),) = self._link.rows(_REPLAYED, (written,), cancel)
            return "" if there == "t" else f"a standby that has replayed up to {reached}"

        said = caught_up(behind, cancel)
        return f"{said}, not to {written}" if said else ""


def receipted(answer: Answer) -> Receipted:
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


def _spans(rows: Iterable[Row]) -> tuple[Span, ...]:
    return tuple(
        Span(ticket=int(ticket or 0), first=int(first or 0), last=int(last or 0))
        for ticket, first, last in rows
    )
