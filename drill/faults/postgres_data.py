"""``postgres.drop-table`` and ``postgres.update-all``: data is gone, and only a recovery brings it.

No lease can end these, and no undo: a host must call itself disposable, and a
restore point must be seen to be good before anything is broken. The undo
looks whether the recovery has happened, and is honest when it has not.
"""

import json
from datetime import timedelta
from typing import Annotated, ClassVar, Generic, Self, TypeVar

from pydantic import Field, model_validator
from typing_extensions import override

from drill.errors import RefusedError, RemoteError
from drill.faults.files import FilePath
from drill.faults.leasing import Reverts
from drill.faults.postgres import Account, Port
from drill.hosts.access import remote_of
from drill.hosts.warden import consent
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.names import IN_SIGHT
from drill.model.outcome import Done, Failed, Outcome
from drill.model.time import Duration
from drill.ports import Access, Cancel, Completed

_NAME = r"[a-z_][a-z0-9_]{0,62}"
_THERE = "select coalesce(to_regclass(format('%I.%I', :'schema', :'table'))::text, '')"
_COUNT = 'select count(*) from :"schema".:"table"'
_COUNT_WRONG = 'select count(*) from :"schema".:"table" where :"column"::text = :\'value\''
_DROP = 'drop table :"schema".:"table"'
_UPDATE = 'update :"schema".:"table" set :"column" = :\'value\''


class TableParams(Model):
    """Which table, and by what it can be restored: a dump or a pgBackRest stanza."""

    database: Annotated[str, Field(pattern=rf"^{_NAME}$")]
    table: Annotated[
        str,
        Field(pattern=rf"^({_NAME}\.)?{_NAME}$", description="With its schema, else of public."),
    ]
    dump: Annotated[
        FilePath | None,
        Field(description="A file of pg_dump's custom format on the target that holds the table."),
    ] = None
    stanza: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$",
            description="A pgBackRest stanza whose archive takes a segment now (its `check`).",
        ),
    ] = None
    younger: Annotated[
        Duration,
        Field(
            ge=timedelta(seconds=1),
            le=timedelta(days=3660),
            description="A dump that is older is no restore point.",
        ),
    ] = timedelta(days=1)
    account: Account = "postgres"
    port: Port = 5432

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.dump is None) == (self.stanza is None):
            raise ValueError("name one restore point: a `dump` or a `stanza`")
        return self

    @property
    def place(self) -> tuple[str, str]:
        """Return the schema and the table."""
        schema, _, table = self.table.rpartition(".")
        return schema or "public", table

    @property
    def words(self) -> dict[str, str]:
        """Return what psql puts into the statements."""
        return dict(zip(("schema", "table"), self.place, strict=True))


class UpdateParams(TableParams):
    """Which column, and what is written into every row."""

    column: Annotated[str, Field(pattern=rf"^{_NAME}$")]
    value: Annotated[
        str,
        Field(max_length=200, description="As PostgreSQL reads it.", json_schema_extra=IN_SIGHT),
    ]

    @property
    @override
    def words(self) -> dict[str, str]:
        """Add the column and the value."""
        return {**super().words, "column": self.column, "value": self.value}


T = TypeVar("T", bound=TableParams)


class Mistake(Generic[T]):
    """A statement that nobody meant to run."""

    name: ClassVar[str]
    needs: ClassVar[str] = "a disposable host; a dump, or a pgBackRest stanza"
    reverts: ClassVar[Reverts] = "never"
    removal: ClassVar[str] = (
        "needs a recovery: undo only looks whether the table and its rows are there again; "
        "no lease, no undo"
    )

    def statement(self) -> str:
        """Return the mistake, as psql reads it."""
        raise NotImplementedError

    def wrong(self, on: Access, params: T, cancel: Cancel) -> int:
        """Return how many rows are as the mistake leaves them."""
        raise NotImplementedError

    def prepare(self, on: Access, params: T, cancel: Cancel) -> Receipt:
        """Count the rows, and see that there is something to restore them from."""
        consent(on, self.name, cancel)
        if not _asked(on, params, _THERE, cancel):
            raise RefusedError(f"there is no table {params.table} in {params.database}")
        rows = int(_asked(on, params, _COUNT, cancel))
        if not rows:
            raise RefusedError(f"{params.table} is empty: nothing to break")
        if self.wrong(on, params, cancel) == rows:
            raise RefusedError(f"{params.table} is so already: nothing to break")
        point = (_dump_of if params.dump else _backup_of)(on, params, cancel)
        return {"rows": rows, "restore": point, "lease": "none", "tier": "none"}

    def apply(self, on: Access, params: T, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Run the statement, and see that it took."""
        told = _psql(on, params, self.statement(), cancel)
        if told.exit:
            return Failed(error=f"PostgreSQL: {told.err.strip()[:500]}")
        if not self._is_broken(on, params, cancel):
            return Failed(error=f"{params.table} is as it was")
        return Done(note=f"{params.table} of {receipt['rows']} rows: {self.name}")

    def undo(self, on: Access, params: T, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Look whether it was recovered; nothing is written."""
        if self._is_broken(on, params, cancel):
            return Failed(error=f"{params.table} needs a recovery from {receipt['restore']}")
        rows = int(_asked(on, params, _COUNT, cancel))
        return Done(note=f"{params.table} has {rows} rows; {receipt['rows']} were there before")

    def _is_broken(self, on: Access, params: T, cancel: Cancel) -> bool:
        if not _asked(on, params, _THERE, cancel):
            return True
        rows = int(_asked(on, params, _COUNT, cancel))
        return not rows or self.wrong(on, params, cancel) == rows


class DropTable(Mistake[TableParams]):
    """Drops a table, as somebody on the wrong terminal does."""

    name = "postgres.drop-table"
    params: ClassVar[type[Model]] = TableParams

    @override
    def statement(self) -> str:
        return _DROP

    @override
    def wrong(self, on: Access, params: TableParams, cancel: Cancel) -> int:
        del on, params, cancel
        return 0


class UpdateAll(Mistake[UpdateParams]):
    """Changes a column of all rows, as an UPDATE whose WHERE was forgotten."""

    name = "postgres.update-all"
    params: ClassVar[type[Model]] = UpdateParams

    @override
    def statement(self) -> str:
        return _UPDATE

    @override
    def wrong(self, on: Access, params: UpdateParams, cancel: Cancel) -> int:
        return int(_asked(on, params, _COUNT_WRONG, cancel))


def _asked(on: Access, params: TableParams, sql: str, cancel: Cancel) -> str:
    """Return what the server answers.

    Raises:
        RemoteError: it does not answer, or says no.
    """
    told = _psql(on, params, sql, cancel)
    if told.exit:
        raise RemoteError(f"PostgreSQL: {told.err.strip()[:500]}")
    return told.out.strip()


def _psql(on: Access, params: TableParams, sql: str, cancel: Cancel) -> Completed:
    """Ask the server; psql quotes every word of the scenario."""
    argv = ["runuser", "-u", params.account, "--", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
    argv += ["-p", str(params.port), "-d", params.database, "-f", "-"]
    for name, value in params.words.items():
        argv += ["-v", f"{name}={value}"]
    return remote_of(on).run(argv, cancel, stdin=f"{sql};\n".encode(), root=True)


def _dump_of(on: Access, params: TableParams, cancel: Cancel) -> str:
    """Return what is said of a dump, if it is young and can be read, and holds the table."""
    dump, remote = str(params.dump), remote_of(on)
    dated = remote.run(["date", "+%s", "-r", dump], cancel, root=True)
    listed = remote.run(["pg_restore", "--list", "--", dump], cancel, root=True)
    if dated.exit or listed.exit:
        raise RefusedError(f"{dump} is no dump: {(dated.err or listed.err).strip()[:500]}")
    age = int(remote.run(["date", "+%s"], cancel).out) - int(dated.out)
    if age > params.younger.total_seconds():
        raise RefusedError(f"{dump} is {age} s old: take a younger one, or say `younger`")
    if f" TABLE DATA {' '.join(params.place)} " not in listed.out:
        raise RefusedError(f"{dump} holds no rows of {params.table}")
    return f"the dump {dump}, {age} s old"


def _backup_of(on: Access, params: TableParams, cancel: Cancel) -> str:
    """Return what is said of a stanza, if it has a backup and its archive takes a segment now."""
    argv = ["runuser", "-u", params.account, "--", "pgbackrest", f"--stanza={params.stanza}"]
    remote = remote_of(on)
    checked = remote.run([*argv, "--log-level-console=warn", "check"], cancel, root=True)
    told = remote.run([*argv, "--output=json", "info"], cancel, root=True)
    if checked.exit or told.exit:
        why = (checked.err or checked.out or told.err).strip()[:500]
        raise RefusedError(f"the stanza {params.stanza} is no restore point: {why}")
    backups = json.loads(told.out)[0].get("backup", [])
    if not backups:
        raise RefusedError(f"the stanza {params.stanza} has no backup")
    return f"the stanza {params.stanza}, backup {backups[-1]['label']} and its archive"
