"""``aws.rds-failover``: another member of an Aurora or Multi-AZ cluster becomes its writer.

Semantics: Amazon RDS API Reference, FailoverDBCluster.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.errors import RefusedError
from drill.hosts.aws import Aws, NeedsAws, Said, awaited
from drill.model.base import Model
from drill.model.outcome import Done, Indeterminate, Outcome
from drill.ports import Access, Cancel, Progress, Say

_NAME = r"^[A-Za-z][A-Za-z0-9-]{0,62}$"


class RdsFailoverParams(Model):
    """Which cluster, and who is to write."""

    cluster: Annotated[str, Field(pattern=_NAME, description="The cluster's identifier.")]
    to: Annotated[
        str, Field(pattern=_NAME, description="The member that is to be the writer afterwards.")
    ]


class _Member(Said):
    name: Annotated[str, Field(alias="DBInstanceIdentifier")]
    writes: Annotated[bool, Field(alias="IsClusterWriter")]


class _Cluster(Said):
    state: Annotated[str, Field(alias="Status")]
    members: Annotated[tuple[_Member, ...], Field(alias="DBClusterMembers")] = ()

    @property
    def writer(self) -> str:
        """Return who writes; empty if nobody does."""
        return next((member.name for member in self.members if member.writes), "")


class _Clusters(Said):
    clusters: Annotated[tuple[_Cluster, ...], Field(alias="DBClusters", min_length=1)]


class _Accepted(Said):
    """That the request was taken is all it says."""


class RdsFailover(NeedsAws):
    """Asks for the fail-over once, and waits until the chosen member is the writer."""

    params: ClassVar[type[Model]] = RdsFailoverParams

    def apply(self, on: Access, params: RdsFailoverParams, cancel: Cancel, say: Say) -> Outcome:
        """Look before, ask once, and see who writes after."""
        aws = Aws.of(on, cancel)
        before = _cluster(aws, params.cluster)
        _assert_able(before, params)
        if before.writer == params.to:
            return Done(note=f"{params.to} was the writer already; nothing was asked for")
        aws.ask(
            _Accepted,
            "rds",
            "failover_db_cluster",
            DBClusterIdentifier=params.cluster,
            TargetDBInstanceIdentifier=params.to,
        )
        say(Progress("fail-over", "started", f"from {before.writer or 'nobody'} to {params.to}"))
        missing = awaited(lambda: _missing(aws, params), cancel)
        if missing:
            return Indeterminate(error=f"the fail-over was asked for, but {missing}")
        return Done(note=f"{params.to} is the writer of {params.cluster}, as {before.writer} was")


def _cluster(aws: Aws, name: str) -> _Cluster:
    found = aws.ask(_Clusters, "rds", "describe_db_clusters", DBClusterIdentifier=name)
    return found.clusters[0]


def _assert_able(cluster: _Cluster, params: RdsFailoverParams) -> None:
    names = [member.name for member in cluster.members]
    if params.to not in names:
        raise RefusedError(f"{params.cluster} has no member {params.to}: {', '.join(names)}")
    if cluster.state != "available":
        raise RefusedError(f"{params.cluster} is {cluster.state}, and must be available")


def _missing(aws: Aws, params: RdsFailoverParams) -> str:
    cluster = _cluster(aws, params.cluster)
    if cluster.writer != params.to:
        return f"{cluster.writer or 'nobody'} is the writer of {params.cluster}"
    return "" if cluster.state == "available" else f"{params.cluster} is {cluster.state}"
