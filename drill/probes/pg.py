"""One connection to PostgreSQL under one deadline.

psycopg's own ``connect_timeout`` counts whole seconds and nothing limits a query
whose server has vanished, so this waits on libpq's socket itself, through
:mod:`psycopg.pq`, the libpq wrapper that psycopg documents for such uses.

Statements go by the extended protocol, which takes one statement at a time:
``select 1; drop table x`` is refused by the server. Each statement commits by
itself, and :meth:`Link.run` returns only when the server said that it is ready
again: the row of an ``INSERT … RETURNING`` arrives *before* the commit.
"""

import math
import os
import select
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from drill.ports import Cancel, Reading
from drill.probes.net import OWN_ERRORS
from drill.probes.timed import time_left

Row = tuple[str | None, ...]

_SLICE = 0.25
"""Seconds after which a wait looks whether it was asked to stop."""

_FAILED = {pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one statement, to the end.

    ``sqlstate`` is empty if it succeeded; ``severity`` is never translated.
    """

    rows: tuple[Row, ...] = ()
    types: tuple[int, ...] = ()
    """The type of each column, by its OID."""
    sqlstate: str = ""
    severity: str = ""
    message: str = ""
    warnings: tuple[str, ...] = ()


class StatementError(Exception):
    """The server refused a statement."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message)
        self.sqlstate = answer.sqlstate


class Link:
    """An open connection. Whoever uses it runs one statement at a time."""

    def __init__(self, conn: pq.abc.PGconn) -> None:
        self._conn = conn
        self._warnings: list[str] = []
        conn.nonblocking = 1
        conn.notice_handler = self._noticed

    @classmethod
    def open(cls, dsn: str, cancel: Cancel) -> "Link":
        """Connect, and log in.

        Raises:
            psycopg.Error: it was refused.
            TimeoutError: the time is over; nothing was sent but the login.
        """
        conn = pq.PGconn.connect_start(_conninfo(dsn))
        try:
            _log_in(conn, cancel)
        except BaseException:
            conn.finish()
            raise
        return cls(conn)

    def run(self, sql: str, values: Sequence[str], cancel: Cancel) -> Answer:
        """Run one statement and hear the server out, to "ready for the next".

        Raises:
            psycopg.Error: the connection was lost; nobody knows what became of it.
            TimeoutError: the time is over; nobody knows either.
        """
        self._warnings.clear()
        conn = self._conn
        conn.send_query_params(sql.encode(), [value.encode() for value in values])
        while conn.flush():
            # a server that is busy sending reads nothing: libpq must be able to drain it
            _wait(conn, cancel, select.POLLIN | select.POLLOUT)
            conn.consume_input()
        said = Answer()
        while (heard := self._next(cancel)) is not None:
            said = said if said.sqlstate else _answer(heard)
        if conn.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError(said.message or _text(conn.error_message))
        return Answer(
            said.rows, said.types, said.sqlstate, said.severity, said.message, tuple(self._warnings)
        )

    def _next(self, cancel: Cancel) -> pq.abc.PGresult | None:
        while self._conn.is_busy():
            _wait(self._conn, cancel, select.POLLIN)
            self._conn.consume_input()
        return self._conn.get_result()

    def rows(self, sql: str, values: Sequence[str], cancel: Cancel) -> tuple[Row, ...]:
        """Run one statement and return its rows.

        Raises:
            StatementError: the server refused it.
        """
        answer = self.run(sql, values, cancel)
        if answer.sqlstate:
            raise StatementError(answer)
        return answer.rows

    def quiet(self) -> bool:
        """Tell whether the idle connection may be used: a server says little but its goodbye."""
        poll = select.poll()
        poll.register(self._conn.socket, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Let go of the connection."""
        self._conn.finish()

    def _noticed(self, notice: pq.abc.PGresult) -> None:
        if _field(notice, pq.DiagnosticField.SEVERITY_NONLOCALIZED) == "WARNING":
            self._warnings.append(_field(notice, pq.DiagnosticField.MESSAGE_PRIMARY))


def _conninfo(dsn: str) -> bytes:
    """Return libpq's form of a connection string.

    libpq's complaint about a bad one quotes it, and it may hold a password.
    """
    try:
        return make_conninfo(dsn, application_name="drill").encode()
    except psycopg.ProgrammingError:
        raise psycopg.OperationalError("the dsn is not a PostgreSQL connection string") from None


def _log_in(conn: pq.abc.PGconn, cancel: Cancel) -> None:
    while (polled := conn.connect_poll()) != pq.PollingStatus.OK:
        if polled == pq.PollingStatus.FAILED:
            raise psycopg.OperationalError(_text(conn.error_message))
        reading = polled == pq.PollingStatus.READING
        _wait(conn, cancel, select.POLLIN if reading else select.POLLOUT)


def _wait(conn: pq.abc.PGconn, cancel: Cancel, wanted: int) -> None:
    """Wait for libpq's socket, which may be another one each time while it connects."""
    poll = select.poll()
    poll.register(conn.socket, wanted)
    while not poll.poll(math.ceil(min(time_left(cancel), _SLICE) * 1000)):
        pass
    time_left(cancel)


def _answer(heard: pq.abc.PGresult) -> Answer:
    if heard.status in _FAILED:
        return Answer(
            sqlstate=_field(heard, pq.DiagnosticField.SQLSTATE) or "08006",
            severity=_field(heard, pq.DiagnosticField.SEVERITY_NONLOCALIZED),
            message=_field(heard, pq.DiagnosticField.MESSAGE_PRIMARY) or _text(heard.error_message),
        )
    columns = range(heard.nfields)
    return Answer(
        rows=tuple(
            tuple(_value(heard.get_value(row, column)) for column in columns)
            for row in range(heard.ntuples)
        ),
        types=tuple(heard.ftype(column) for column in columns),
    )


def _value(raw: bytes | None) -> str | None:
    return None if raw is None else _text(raw)


def _field(said: pq.abc.PGresult, field: pq.DiagnosticField) -> str:
    return _text(said.error_field(field) or b"")


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace").strip()


def trouble_of(error: Exception) -> Reading:
    """Say what a failed connection tells: libpq gives the system's words, not its numbers."""
    if isinstance(error, TimeoutError):
        return Reading(state="bad", note="no answer in time")
    own = any(os.strerror(number) in str(error) for number in OWN_ERRORS)
    return Reading(state="unknown" if own else "bad", note=" ".join(str(error).split())[:200])
