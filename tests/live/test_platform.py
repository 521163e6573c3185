"""The scenarios of the platform on real hosts: Redis, RabbitMQ, MariaDB, OpenLDAP, an address."""

import pytest
from live.cases import Case, assert_green, hold, prove
from live.conftest import ROOT, traces, view_of

pytestmark = [pytest.mark.lab, pytest.mark.nightly]

REDIS = Case(
    "redis-failover",
    ("incident-commander=failover",),
    host="kv1",
    look='REDISCLI_AUTH=$(awk \'/^requirepass/ {gsub(/"/, ""); print $2}\' /etc/redis/redis.conf)'
    " redis-cli role",
    shows="connected",
)
SENTINELS = Case(
    REDIS.scenario,
    REDIS.decided,
    host=REDIS.host,
    look=REDIS.look,
    shows=REDIS.shows,
    more=("--set", "promotes=sentinels"),
)
QUEUE = Case(
    "queue-loss-and-replay",
    ("incident-commander=replay",),
    host="mq1",
    look="ls -A /var/lib/rabbitmq | grep drill; rabbitmqctl -q list_queues | grep drill; echo none",
    shows="none",
)
IDENTITY = Case(
    "identity-provider-loss",
    ("security-officer=break",),
    host="in1",
    look="ls -A /etc/tickets; grep -c 'directory 10.10.0.15' /etc/haproxy/haproxy.cfg",
    shows="password\n1",
)
ENTRY = Case(
    "entry-failover",
    host="in2",
    look="systemctl is-active keepalived; ip -o -4 address show dev eth0 | grep -c 10.20.0.10/",
    shows="active\n1",
)
RECORDS = Case(
    "mariadb-failover",
    ("incident-commander=failover",),
    host="id1",
    look="mariadb -e 'show slave status\\G' | grep -c Running:.Yes;"
    " mariadb -BNe 'select @@read_only'",
    shows="2\n1",
)
CASES = (REDIS, SENTINELS, QUEUE, IDENTITY, ENTRY, RECORDS)


@pytest.fixture
def lab_file():
    return ROOT / "scenarios" / "lab" / "platform.yaml"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_recovered_within_what_was_promised_and_nothing_is_left(lab, tmp_path, case):
    held = hold(lab, tmp_path / "runs", case)
    assert_green(held, case)
    for ledger in held.view["ledgers"]:
        sets = {one["name"]: one["count"] for one in ledger["sets"]}
        assert sets["phantom"] == sets["alien"] == sets["duplicate"] == 0, sets


@pytest.mark.parametrize("case", [REDIS, QUEUE, IDENTITY, ENTRY, RECORDS], ids=str)
def test_without_its_recovery_it_fails_and_that_proves_it(lab, tmp_path, case):
    status, said = prove(lab, tmp_path, case)
    assert status == 0, said
    assert "the drill can fail: " in said
    faults = {one["standing"] for one in view_of(next(tmp_path.iterdir()))["faults"]}
    assert faults == {"undone"}
    assert traces(lab) == {}
