"""Reading the canaries back from one PostgreSQL node, strongly."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg
from typing_extensions import override

from drill.model.events import NodeRead, Span
from drill.ports import Cancel
from drill.probes.pg import Link, Row, StatementError

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

_UNDEFINED_TABLE = "42P01"
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Source:
    """Where to read which run's canaries; ``written`` is the WAL position a standby must reach."""

    node: str
    dsn: str
    run: str
    written: str = ""


class _Shorter(Cancel):
    """A cancel with less time than the one it is made of."""

    def __init__(self, cancel: Cancel, seconds: float) -> None:
        self._cancel = cancel
        self._until = time.monotonic() + seconds

    @override
    def requested(self) -> bool:
        return self.remaining() <= 0

    @override
    def wait(self, seconds: float) -> bool:
        self._cancel.wait(min(seconds, self.remaining()))
        return self.requested()

    @override
    def remaining(self) -> float:
        return max(0.0, min(self._cancel.remaining(), self._until - time.monotonic()))

    @override
    def on_request(self, stop: Callable[[], None]) -> None:
        self._cancel.on_request(stop)


def read_node(source: Source, limit: float, cancel: Cancel) -> tuple[NodeRead, str]:
    """Read one node within ``limit`` seconds.

    Returns what was found there, and for a primary the WAL position up to which it
    had written before it was read: a standby that has replayed that far has all of it.
    """
    within = _Shorter(cancel, limit)
    try:
        link = Link.open(source.dsn, within)
    except (psycopg.Error, OSError) as error:
        return _unread(source, error), ""
    try:
        return _read(link, source, within)
    except (psycopg.Error, OSError, StatementError) as error:
        return _unread(source, error), ""
    finally:
        link.close()


def _unread(source: Source, error: Exception) -> NodeRead:
    note = " ".join(str(error).split())[:200]
    return NodeRead(node=source.node, reachable=False, note=note)


def _read(link: Link, source: Source, cancel: Cancel) -> tuple[NodeRead, str]:
    ((standby, written),) = link.rows(_WHERE, (), cancel)
    note = _caught_up(link, source, cancel) if standby == "t" else ""
    link.rows("begin isolation level repeatable read read only", (), cancel)
    try:
        found = link.rows(_FOUND, (source.run,), cancel)
    except StatementError as error:
        if error.sqlstate != _UNDEFINED_TABLE:
            raise
        note = "; ".join(part for part in (note, "it has no ledger") if part)
        return NodeRead(node=source.node, reachable=True, note=note), written or ""
    duplicates = link.rows(_DUPLICATES, (source.run,), cancel)
    read = NodeRead(
        node=source.node,
        reachable=True,
        found=_spans(found),
        duplicates=_spans(duplicates),
        note=note,
    )
    return read, written or ""


def _caught_up(link: Link, source: Source, cancel: Cancel) -> str:
    """Wait until a standby has replayed what the primary wrote; say so if it has not."""
    if not source.written:
        return "a standby, and no primary to compare it with"
    reached: str | None = None
    # half the time at most: what it has must still be read
    patience = _Shorter(cancel, cancel.remaining() / 2)
    while not patience.requested():
        ((there, reached),) = link.rows(_REPLAYED, (source.written,), cancel)
        if there == "t":
            return ""
        patience.wait(_PAUSE)
    return f"a standby that has replayed up to {reached}, not to {source.written}"


def _spans(rows: Iterable[Row]) -> tuple[Span, ...]:
    return tuple(
        Span(ticket=int(ticket or 0), first=int(first or 0), last=int(last or 0))
        for ticket, first, last in rows
    )
