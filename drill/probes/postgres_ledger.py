"""``postgres.ledger``: canaries in a table of the very database that must not lose a write."""

from typing import Annotated, ClassVar

import psycopg
from pydantic import Field
from typing_extensions import override

from drill.model.base import Model
from drill.ports import Cancel
from drill.probes.canaries import LedgerParams, Store, StoreLedger
from drill.probes.pg import Link, StatementError
from drill.probes.pg_canaries import PgStore


class PostgresLedgerParams(LedgerParams):
    """What ``postgres.ledger`` is told."""

    dsn: Annotated[str, Field(description="The write path of the service; a secret.", min_length=1)]


class PostgresLedger(StoreLedger[PostgresLedgerParams]):
    """One row a canary, each committed by itself."""

    params: ClassVar[type[Model]] = PostgresLedgerParams
    troubles: ClassVar[tuple[type[Exception], ...]] = (OSError, psycopg.Error, StatementError)

    @override
    def write_path(self, params: PostgresLedgerParams) -> str:
        return params.dsn

    @override
    def reach(self, params: PostgresLedgerParams, address: str, cancel: Cancel) -> Store:
        return PgStore(Link.open(address, cancel))
