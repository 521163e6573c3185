"""Faults of a PostgreSQL server that its host can end by itself."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from drill.faults.leasing import LeaseParams, Leasing
from drill.model.base import Model

Account = Annotated[
    str,
    Field(
        pattern=r"^[a-z_][a-z0-9_-]{0,31}$",
        description="The account that the server runs as: a superuser by the local socket.",
    ),
]
Port = Annotated[int, Field(ge=1, le=65535, description="The server's port.")]


class ServerParams(LeaseParams):
    """Which server of the host."""

    account: Account = "postgres"
    port: Port = 5432


class RoleParams(ServerParams):
    """Which role; never a superuser."""

    role: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
    sessions: Annotated[
        Literal["end", "leave"],
        Field(description="What becomes of its open sessions: a pool notices only if they end."),
    ] = "end"


class RoleLocked(Leasing[RoleParams]):
    """Forbids a role to log in, as when its credential is revoked."""

    name = "postgres.role-locked"
    params: ClassVar[type[Model]] = RoleParams
    needs: ClassVar[str] = "psql, and a superuser by the local socket"
    removal: ClassVar[str] = "the role may log in again, and that is read back"


class LimitParams(RoleParams):
    """How many connections are left for it."""

    limit: Annotated[int, Field(ge=0, le=10000)] = 0


class NoConnections(Leasing[LimitParams]):
    """Leaves a role too few connections: too_many_connections (53300), as when all are taken."""

    name = "postgres.connections"
    params: ClassVar[type[Model]] = LimitParams
    needs: ClassVar[str] = "psql, and a superuser by the local socket"
    removal: ClassVar[str] = "the role has the limit that it had, and that is read back"


class ReplayPaused(Leasing[ServerParams]):
    """Pauses the replay of a standby: it lags more and more, and nothing is lost."""

    name = "postgres.replication-paused"
    params: ClassVar[type[Model]] = ServerParams
    needs: ClassVar[str] = "psql, and a superuser by the local socket, a standby"
    unmeddled: ClassVar[str] = (
        "the replay is paused or goes on: whoever lets it go on does what the undo does"
    )
    removal: ClassVar[str] = "the replay goes on, and that is read back; a promoted server has none"
