"""``aws.rds-failover``: looked at before, asked for once, done when the other one writes."""

import pytest
from cloud.account import AfterOnePause, Brisk
from cloud.between import TAKEN, between

from drill.actions.rds import RdsFailover, RdsFailoverParams
from drill.errors import RefusedError
from drill.model.outcome import Done, Indeterminate


def failover(aws, to, cancel=None, cluster="orders"):
    said = []
    params = RdsFailoverParams(cluster=cluster, to=to)
    return RdsFailover().apply(aws.access, params, cancel or Brisk(), said.append), said


def test_the_member_that_was_named_is_the_writer_after(aws):
    aws.cluster("db-a", "db-b", "db-c")
    outcome, said = failover(aws, "db-c")
    assert outcome == Done(note="db-c is the writer of orders, as db-a was")
    assert aws.writer() == ["db-c"]
    assert [each.note for each in said] == ["from db-a to db-c"]


def test_where_it_is_the_writer_already_nothing_is_asked_for(aws):
    aws.cluster("db-a", "db-b")
    outcome, said = failover(aws, "db-a")
    assert isinstance(outcome, Done)
    assert "nothing was asked for" in outcome.note
    assert said == []


@pytest.mark.parametrize(
    ("to", "cluster", "why"),
    [
        ("db-z", "orders", "orders has no member db-z: db-a, db-b"),
        ("db-a", "stock", "rds.describe_db_clusters: DBClusterNotFound"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_was_asked_for(aws, to, cluster, why):
    aws.cluster("db-a", "db-b")
    with pytest.raises(RefusedError, match=why):
        failover(aws, to, cluster=cluster)
    assert aws.writer() == ["db-a"]


def test_a_cluster_that_is_busy_is_left_alone(aws):
    aws.cluster("db-a", "db-b")
    aws.busy("orders")
    with pytest.raises(RefusedError, match="orders is stopped, and must be available"):
        failover(aws, "db-b")


def test_it_waits_until_the_other_one_writes_and_asks_for_it_once(aws, monkeypatch):
    aws.cluster("db-a", "db-b")
    asked, looks = [], []

    def spoken(_, __, body):
        looks.append(b"DescribeDBClusters" in body)
        if len(looks) == 6:
            aws.fail_over("orders", "db-b")
        if b"Action=FailoverDBCluster" in body:
            asked.append(body)
            return TAKEN
        return None

    with between(aws.url, spoken) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_RDS", url)
        outcome, _ = failover(aws, "db-b")
    assert isinstance(outcome, Done)
    assert len(looks) >= 6
    assert len(asked) == 1
    assert b"TargetDBInstanceIdentifier=db-b" in asked[0]


def test_told_to_stop_while_it_is_under_way_it_says_who_writes(aws, monkeypatch):
    aws.cluster("db-a", "db-b")

    def spoken(_, __, body):
        return TAKEN if b"Action=FailoverDBCluster" in body else None

    with between(aws.url, spoken) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_RDS", url)
        outcome, _ = failover(aws, "db-b", AfterOnePause())
    assert isinstance(outcome, Indeterminate)
    assert outcome.error == "the fail-over was asked for, but db-a is the writer of orders"
