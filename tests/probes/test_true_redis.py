"""Real outages and a real loss of Redis: what drill says of them holds the truth."""

import signal
import threading

import pytest
from probes import losses, outages
from probes.outages import EVERY, NS, STABLE, WITHIN
from probes.redis_server import Redis

from drill.crews.reading import read_until_agreed
from drill.probes.redis_command import RedisCommand, RedisCommandParams
from drill.probes.redis_ledger import RedisLedger, RedisLedgerParams


@pytest.fixture
def server(tmp_path):
    one = Redis(tmp_path / "redis", "--appendonly", "no").start()
    yield one
    one.kill()


def killed(server):
    server.kill()
    return server.start


def frozen(server):
    server.child.send_signal(signal.SIGSTOP)
    return lambda: server.child.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("fault", [killed, frozen])
def test_the_true_outage_lies_in_the_interval(fault, server, on, deadline, now_ns):
    params, gate = RedisCommandParams(url=server.url, token="fresh"), threading.Event()
    look = RedisCommand().observe
    watch = outages.Watch(lambda cancel: look(on, params, cancel), deadline, now_ns)
    gate.wait(STABLE + 0.4)
    commanded = now_ns()
    mend = fault(server)
    effective = now_ns()
    gate.wait(1.2)
    mending = now_ns()
    mend()
    mended = now_ns()
    gate.wait(WITHIN + STABLE + 4 * EVERY)
    objective = outages.view_of(watch.stop(), commanded, effective).objectives[0]
    assert objective.verdict == "met", objective.reason
    assert objective.actual.lo <= (mended - commanded) / NS
    assert objective.actual.hi >= (mending - effective) / NS
    assert objective.actual.width < (mended - mending + effective - commanded) / NS + 5 * EVERY


def test_what_a_crash_without_a_disk_takes_is_lost_and_no_more(server, deadline, now_ns):
    """Nothing is persistent: all that was acknowledged before the crash is gone."""
    params, gate, begun = RedisLedgerParams(url=server.url), threading.Event(), now_ns()
    writer = losses.Writer(RedisLedger(), params, "r", deadline, now_ns)
    gate.wait(1.0)
    commanded = now_ns()
    server.kill()
    effective = now_ns()
    gate.wait(0.3)
    server.start()
    gate.wait(0.4)
    writes = writer.stop()
    reading = now_ns()
    nodes, reads, agreed = read_until_agreed(
        lambda: writer.ledger.read(params, "r", deadline(5)), deadline(20)
    )
    assert agreed
    times = (begun, commanded, effective, reading, now_ns())
    seen = losses.view_of(times, writes, (nodes, reads))
    writer.ledger.close(params, "r", deadline(5))
    sets = {one.name: one for one in seen.ledgers[0].sets}
    before = [w for w in writes if w.outcome == "ok" and w.complete <= effective]
    after = [w for w in writes if w.outcome == "ok" and w.invoke >= effective]
    assert sets["lost"].count == len(before) > 10
    assert sets["kept"].count == len(after) > 0
    assert sets["phantom"].count == sets["alien"].count == 0
    actual = seen.objectives[0].actual
    assert actual.lo <= (effective - before[0].complete) / NS
    assert actual.hi is None  # nothing older survived, so nothing bounds what was lost
