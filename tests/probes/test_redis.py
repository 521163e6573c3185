"""``redis.command`` and ``redis.ledger`` against real servers, and one that misbehaves."""

import socket
import threading

import pytest
from probes.redis_server import Redis
from pydantic import ValidationError

from drill.model.events import WRITE_PATH, Span
from drill.plugins import Registry
from drill.ports import Canary
from drill.probes.redis_command import RedisCommand, RedisCommandParams
from drill.probes.redis_ledger import RedisLedger, RedisLedgerParams


@pytest.fixture(scope="module")
def new_redis(tmp_path_factory):
    """Return ``new(*settings)``: a server that runs until the module's tests have."""
    made = []

    def new(*settings):
        home = tmp_path_factory.mktemp("redis") / "home"
        made.append(Redis(home, *settings))
        return made[-1].start()

    yield new
    for one in made:
        one.kill()


@pytest.fixture(scope="module")
def primary(new_redis):
    return new_redis()


@pytest.fixture(scope="module")
def replica(new_redis, primary):
    one = new_redis("--replicaof", "127.0.0.1", str(primary.port))
    primary.followed()
    return one


@pytest.fixture
def look(on, deadline):
    """Return ``look(url, **params)``: one reading."""

    def look(url, seconds=2.0, **params):
        return RedisCommand().observe(on, RedisCommandParams(url=url, **params), deadline(seconds))

    return look


# the probe


def test_a_token_that_was_set_and_read_back_is_good_and_says_who_answered(primary, look):
    reading = look(primary.url, token="fresh")
    assert (reading.state, reading.by, reading.note) == ("good", f"127.0.0.1:{primary.port}", "")


def test_the_token_is_new_each_time_and_forgotten(primary, look):
    seen = set()
    for _ in range(2):
        look(primary.url, token="fresh", key="drill:test")
        seen.add(primary.ask("GET", "drill:test"))
    assert len(seen) == 2
    assert 0 < primary.ask("TTL", "drill:test") <= 60


@pytest.mark.parametrize(
    ("params", "state", "note"),
    [
        ({}, "good", ""),
        ({"expect": "PONG"}, "good", ""),
        ({"expect": "PANG"}, "bad", "it returned 'PONG'"),
        ({"command": ["LLEN", "none"], "expect": 0}, "good", ""),
        ({"command": ["GET", "none"], "expect": None}, "good", ""),
        ({"command": ["NONSENSE"]}, "bad", "ResponseError: unknown command"),
    ],
)
def test_a_command_returns_what_is_expected_or_it_is_bad(primary, look, params, state, note):
    reading = look(primary.url, **params)
    assert reading.state == state
    assert reading.note.startswith(note)


def test_a_replica_answers_a_ping_and_takes_no_token(replica, look):
    assert look(replica.url).state == "good"
    reading = look(replica.url, token="fresh")
    assert (reading.state, reading.note[:13]) == ("bad", "ReadOnlyError")


def test_a_wrong_password_is_bad_and_is_not_repeated(primary, look):
    reading = look(primary.url.replace("word", "sesame"))
    assert (reading.state, reading.note[:19]) == ("bad", "AuthenticationError")
    assert "sesame" not in reading.note


@pytest.mark.parametrize(
    "serve",
    [
        lambda sock: [sock.recv(4096) for _ in range(9)],
        lambda sock: [sock.sendall(b"$1000000\r\n"), *(sock.sendall(b"x") for _ in iter(int, 1))],
    ],
    ids=["never answers", "answers without end"],
)
def test_one_deadline_holds_over_all(server, look, now_ns, serve):
    begun = now_ns()
    reading = look(f"redis://127.0.0.1:{server(serve).port}", seconds=0.3)
    assert reading.state == "bad"
    assert now_ns() - begun < 1e9


def test_a_server_that_trickles_is_bad_in_time(server, look, now_ns, deadline):
    def trickle(sock):
        sock.sendall(b"$100000\r\n")
        while True:
            sock.sendall(b"x")
            deadline(9).wait(0.02)

    begun = now_ns()
    reading = look(f"redis://127.0.0.1:{server(trickle).port}", seconds=0.3)
    assert (reading.state, reading.note) == ("bad", "no answer in time")
    assert now_ns() - begun < 1e9


def test_each_sample_is_one_connection_and_no_retry(server, look):
    listening = server(lambda sock: sock.recv(1))
    assert look(f"redis://127.0.0.1:{listening.port}").state == "bad"
    assert listening.connections == 1


def test_a_refused_connection_is_bad(look):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "ConnectionRefusedError" in look(f"redis://127.0.0.1:{port}").note


@pytest.mark.parametrize("url", ["http://a", "redis:///0", "unix:///a.sock", "secret"])
def test_a_url_that_cannot_work_is_refused_and_not_quoted(url):
    with pytest.raises(ValidationError) as refused:
        RedisCommandParams(url=url)
    assert "secret" not in str(refused.value.errors()[0]["msg"])


# the ledger


@pytest.fixture
def run(request):
    return request.node.name


@pytest.fixture
def alone():
    """Return a ledger whose connections are closed at the end, whatever became of its servers."""
    one = RedisLedger()
    yield one
    for stores in one._idle.values():
        for store in stores:
            store.close()


@pytest.fixture
def ledger(alone, run, deadline, primary):
    params = RedisLedgerParams(url=primary.url)
    alone.open(params, run, deadline(5))
    yield alone
    alone.close(params, run, deadline(5))


@pytest.fixture
def params(primary):
    return RedisLedgerParams(url=primary.url)


def test_what_was_removed_is_lost_and_holes_and_duplicates_are_seen(
    ledger, params, primary, run, deadline
):
    receipts = [ledger.write(params, Canary(run, 7, n), deadline(2)) for n in (*range(9), 3)]
    assert {receipt.outcome for receipt in receipts} == {"ok"}
    assert receipts[0].by == f"127.0.0.1:{primary.port}"
    primary.ask("LREM", f"drill:ledger:{run}", 0, "7 5")
    (read,) = ledger.read(params, run, deadline(5))
    assert (read.node, read.note) == (WRITE_PATH, "")
    assert read.found == (Span(ticket=7, first=0, last=4), Span(ticket=7, first=6, last=8))
    assert read.duplicates == (Span(ticket=7, first=3, last=3),)


def test_connections_are_held_and_one_that_died_is_not_used(ledger, params, primary, run, deadline):
    ledger.write(params, Canary(run, 1, 1), deadline(2))
    ledger.write(params, Canary(run, 1, 2), deadline(2))
    assert len(ledger._idle[params.model_dump_json()]) == 1
    primary.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    deadline(1).wait(0.05)
    assert ledger.write(params, Canary(run, 1, 3), deadline(2)).outcome == "ok"


def test_closing_removes_the_runs_canaries_alone(ledger, params, primary, run, deadline):
    ledger.write(params, Canary("other", 1, 1), deadline(2))
    ledger.write(params, Canary(run, 1, 1), deadline(2))
    ledger.close(params, run, deadline(2))
    assert primary.ask("KEYS", "drill:ledger:*") == ["drill:ledger:other"]
    ledger.close(params, "other", deadline(2))


def test_a_refused_connection_means_that_nothing_was_sent(run, deadline):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    params = RedisLedgerParams(url=f"redis://127.0.0.1:{port}")
    receipt = RedisLedger().write(params, Canary(run, 1, 1), deadline(1))
    assert (receipt.outcome, receipt.note[:8]) == ("fail", "not sent")


def test_a_replica_refuses_and_nothing_is_there(replica, run, deadline):
    params = RedisLedgerParams(url=replica.url)
    receipt = RedisLedger().write(params, Canary(run, 1, 1), deadline(2))
    assert (receipt.outcome, receipt.note[:13]) == ("fail", "ReadOnlyError")


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        (("--maxmemory", "1"), "OutOfMemoryError"),
        (("--min-replicas-to-write", "1"), "ResponseError: NOREPLICAS"),
    ],
)
def test_a_server_that_says_no_has_not_written(new_redis, run, deadline, settings, note):
    one = new_redis(*settings)
    params, ledger = RedisLedgerParams(url=one.url), RedisLedger()
    receipt = ledger.write(params, Canary(run, 1, 1), deadline(2))
    assert (receipt.outcome, receipt.note[: len(note)]) == ("fail", note)
    assert ledger.read(params, run, deadline(2))[0].found == ()


def test_a_write_without_an_answer_is_unknown_though_it_happened(
    ledger, params, primary, server, run, deadline
):
    """A relay passes everything on and, once the canary went through, no answer back."""

    def relay(sock):
        with socket.create_connection(("127.0.0.1", primary.port)) as upstream:
            sock.settimeout(5)
            while asked := sock.recv(65536):
                upstream.sendall(asked)
                said = upstream.recv(65536)
                if b"RPUSH" in asked:
                    return
                sock.sendall(said)

    through = RedisLedgerParams(url=f"redis://:word@127.0.0.1:{server(relay).port}")
    receipt = RedisLedger().write(through, Canary(run, 1, 1), deadline(3))
    assert (receipt.outcome, receipt.note[:10]) == ("info", "no word of")
    (read,) = ledger.read(params, run, deadline(5))
    assert read.found == (Span(ticket=1, first=1, last=1),)


def test_a_server_that_is_frozen_costs_no_more_than_the_time_given(
    ledger, params, primary, run, deadline, now_ns
):
    ledger.write(params, Canary(run, 1, 1), deadline(2))
    freezer = threading.Thread(target=lambda: primary.ask("DEBUG", "SLEEP", "1"))
    freezer.start()
    deadline(1).wait(0.1)
    begun = now_ns()
    receipt = ledger.write(params, Canary(run, 1, 2), deadline(0.3))
    took = now_ns() - begun
    freezer.join()
    assert receipt.outcome == "info"
    assert took < 0.8e9


def test_a_write_that_too_few_replicas_have_is_unknown(
    ledger, params, primary, replica, run, deadline
):
    one, two = (RedisLedgerParams(url=primary.url, replicas=count) for count in (1, 2))
    assert ledger.write(one, Canary(run, 1, 1), deadline(2)).outcome == "ok"
    receipt = ledger.write(two, Canary(run, 1, 2), deadline(0.5))
    assert (receipt.outcome, receipt.note) == ("info", "1 replicas have it")


def test_a_replica_is_read_when_it_has_got_what_the_primary_had(
    ledger, primary, replica, run, deadline
):
    params = RedisLedgerParams(url=primary.url, nodes={"r2": replica.url})
    for n in range(50):
        ledger.write(params, Canary(run, 1, n), deadline(2))
    reads = {node.node: node for node in ledger.read(params, run, deadline(5))}
    assert reads["r2"].found == reads[WRITE_PATH].found == (Span(ticket=1, first=0, last=49),)
    assert reads["r2"].note == ""


def test_a_replica_that_is_cut_off_says_so(alone, new_redis, run, deadline):
    primary = new_redis()
    replica = new_redis("--replicaof", "127.0.0.1", str(primary.port))
    primary.followed()
    ledger = alone
    params = RedisLedgerParams(url=primary.url, nodes={"r2": replica.url}, patience="1s")
    ledger.write(params, Canary(run, 1, 1), deadline(2))
    ledger.read(params, run, deadline(5))
    primary.ask("CONFIG", "SET", "requirepass", "other")  # the replica cannot come back
    primary.url = primary.url.replace("word", "other")
    primary.ask("CLIENT", "KILL", "TYPE", "replica")
    cut = RedisLedgerParams(url=primary.url, nodes={"r2": replica.url}, patience="1s")
    ledger.write(cut, Canary(run, 1, 2), deadline(2))
    reads = {node.node: node for node in ledger.read(cut, run, deadline(5))}
    assert reads[WRITE_PATH].found == (Span(ticket=1, first=1, last=2),)
    assert reads["r2"].found == (Span(ticket=1, first=1, last=1),)
    assert "has got to" in reads["r2"].note


def test_a_node_that_is_away_is_unreachable_and_the_others_are_read(ledger, primary, run, deadline):
    nodes = {"gone": "redis://127.0.0.1:1", "r1": primary.url}
    params = RedisLedgerParams(url=primary.url, nodes=nodes)
    ledger.write(params, Canary(run, 1, 1), deadline(2))
    reads = {node.node: node for node in ledger.read(params, run, deadline(5))}
    assert (reads["gone"].reachable, reads["r1"].reachable) == (False, True)


def test_a_primary_that_dies_loses_what_its_replica_never_got(alone, new_redis, run, deadline):
    """The classic loss: acknowledged by the primary, not yet at the replica that is promoted."""
    primary = new_redis()
    replica = new_redis("--replicaof", "127.0.0.1", str(primary.port))
    primary.followed()
    ledger, old = alone, RedisLedgerParams(url=primary.url)
    for n in range(5):
        ledger.write(old, Canary(run, 1, n), deadline(2))
    ledger.read(RedisLedgerParams(url=primary.url, nodes={"r": replica.url}), run, deadline(5))
    replica.ask("REPLICAOF", "NO", "ONE")
    late = [ledger.write(old, Canary(run, 1, n), deadline(2)).outcome for n in range(5, 8)]
    primary.kill()
    new = RedisLedgerParams(url=replica.url, nodes={"old": primary.url})
    reads = {node.node: node for node in ledger.read(new, run, deadline(5))}
    assert late == ["ok"] * 3
    assert reads[WRITE_PATH].found == (Span(ticket=1, first=0, last=4),)
    assert not reads["old"].reachable


def test_they_are_registered():
    assert isinstance(Registry().probes["redis.command"], RedisCommand)
    assert isinstance(Registry().ledgers["redis.ledger"], RedisLedger)
