"""``postgres.query``: whether a query gives what it should, over a new connection."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar

import psycopg
from pydantic import Field, JsonValue

from drill.model.base import Model
from drill.ports import Access, Cancel, Reading
from drill.probes.pg import Answer, Link, StatementError, trouble_of
from drill.probes.timed import time_left

_SETTLE = """
select set_config('statement_timeout', $1, false),
       set_config('default_transaction_read_only', $2, false),
       coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'local')
"""

_JSON_OF: Mapping[int, Callable[[str], JsonValue]] = {
    16: lambda text: text == "t",
    **dict.fromkeys((20, 21, 23, 26), int),
    **dict.fromkeys((700, 701, 1700), float),
    **dict.fromkeys((114, 3802), json.loads),
}
"""How the text of a value becomes JSON, by the type's OID (pg_type.dat); others stay text."""


class PostgresQueryParams(Model):
    """What ``postgres.query`` is told."""

    dsn: Annotated[str, Field(description="A connection string; a secret.", min_length=1)]
    sql: Annotated[str, Field(description="One statement.", min_length=1)]
    expect: Annotated[
        JsonValue,
        Field(
            description="The one value it must give, or a list of rows; left out: it must succeed."
        ),
    ] = None
    writes: Annotated[
        bool, Field(description="It may change data; otherwise the server refuses that.")
    ] = False


class PostgresQuery:
    """Runs one statement, and compares what it gives."""

    params: ClassVar[type[Model]] = PostgresQueryParams

    def observe(
        self,
        on: Access,  # noqa: ARG002 - the dsn says where
        params: PostgresQueryParams,
        cancel: Cancel,
    ) -> Reading:
        """Look once."""
        try:
            link = Link.open(params.dsn, cancel)
        except (psycopg.Error, OSError) as error:
            return trouble_of(error)
        try:
            return _asked(link, params, cancel)
        except (psycopg.Error, OSError, StatementError) as error:
            return trouble_of(error)
        finally:
            link.close()


def _asked(link: Link, params: PostgresQueryParams, cancel: Cancel) -> Reading:
    limit = f"{max(1, int(time_left(cancel) * 1000))}ms"
    ((_, _, by),) = link.rows(_SETTLE, (limit, "off" if params.writes else "on"), cancel)
    answer = link.run(params.sql, (), cancel)
    if answer.sqlstate:
        return Reading(state="bad", by=by or "", note=f"{answer.sqlstate}: {answer.message}"[:200])
    given = _given(answer)
    if "expect" in params.model_fields_set and given != params.expect:
        return Reading(state="bad", by=by or "", note=f"it gave {given!r}"[:200])
    return Reading(state="good", by=by or "")


def _given(answer: Answer) -> JsonValue:
    rows: list[JsonValue] = [
        [_json(value, oid) for value, oid in zip(row, answer.types, strict=True)]
        for row in answer.rows
    ]
    match rows:
        case [[value]]:
            return value
        case _:
            return rows


def _json(value: str | None, oid: int) -> JsonValue:
    return None if value is None else _JSON_OF.get(oid, str)(value)
