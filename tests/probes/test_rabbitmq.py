"""``rabbitmq.ledger`` and ``queue.depth`` against a real broker."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from base64 import b64encode

import pytest
from amqp.exceptions import AMQPError, MessageNacked
from pydantic import ValidationError

from drill.model.events import WRITE_PATH, Span
from drill.plugins import Registry
from drill.ports import Canary
from drill.probes import rabbitmq_ledger
from drill.probes.queue import QueueDepth, QueueDepthParams
from drill.probes.rabbitmq_ledger import RabbitmqLedger, RabbitmqLedgerParams

HOME = "/usr/lib/rabbitmq/bin"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Broker:
    """A throw-away RabbitMQ with its own directory and its own Erlang port mapper, on loopback."""

    def __init__(self, home):
        self.home, self.children = home, []
        self.port, self.api, self.names = free_port(), free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        (home / "plugins").write_text("[rabbitmq_management].\n")
        (home / "r.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.api}\n"
            "collect_statistics_interval = 500\ndisk_free_limit.absolute = 1MB\n"
        )
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"drill{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(home / "db"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_CONFIG_FILE": str(home / "r"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "none"),
        }

    def _spawn(self, *argv):
        child = subprocess.Popen(
            argv,
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.children.append(child)

    def start(self):
        self._spawn("epmd", "-port", str(self.names), "-address", "127.0.0.1")
        self._spawn(f"{HOME}/rabbitmq-server")
        gate = threading.Event()
        for _ in range(900):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.api)):
                return self
            gate.wait(0.1)
        raise AssertionError([file.read_text() for file in (self.home / "log").glob("*.log")])

    def kill(self):
        for child in reversed(self.children):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, 9)
            child.wait()


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    one = Broker(tmp_path_factory.mktemp("rabbit"))
    try:
        yield one.start()
    finally:
        one.kill()
        shutil.rmtree(one.home, ignore_errors=True)


@pytest.fixture
def run(request):
    return request.node.name


@pytest.fixture(params=["quorum", "classic"])
def params(request, broker):
    return RabbitmqLedgerParams(url=broker.url, type=request.param)


@pytest.fixture
def ledger(params, run, deadline):
    one = RabbitmqLedger()
    one.open(params, run, deadline(20))
    yield one
    one.close(params, run, deadline(20))
    for stores in one._idle.values():
        for store in stores:
            store.close()


def test_what_was_taken_is_lost_and_holes_and_duplicates_are_seen(ledger, params, run, deadline):
    receipts = [ledger.write(params, Canary(run, 7, n), deadline(5)) for n in (*range(9), 3)]
    assert {receipt.outcome for receipt in receipts} == {"ok"}
    thief = ledger.reach(params, params.url, deadline(5))
    for _ in range(2):  # the oldest two
        thief._channel.basic_get(f"drill-ledger-{run}", no_ack=True)
    thief.close()
    nodes = {"mq1": params.url, "mq2": params.url, "gone": "amqp://guest:guest@127.0.0.1:1/"}
    everywhere = params.model_copy(update={"nodes": nodes})
    for _ in range(2):  # to read takes nothing
        reads = {node.node: node for node in ledger.read(everywhere, run, deadline(10))}
        for name in (WRITE_PATH, "mq1", "mq2"):
            assert reads[name].found == (Span(ticket=7, first=2, last=8),)
            assert reads[name].duplicates == (Span(ticket=7, first=3, last=3),)
        assert not reads["gone"].reachable


def test_where_the_queue_is_gone_a_write_is_refused(ledger, params, run, deadline):
    ledger.close(params, run, deadline(5))
    receipt = ledger.write(params, Canary(run, 7, 1), deadline(5))
    assert receipt.outcome == "fail"
    assert "NO_ROUTE" in receipt.note
    assert ledger.read(params, run, deadline(5))[0].note == "it has no ledger"


def test_connections_are_held(ledger, params, run, deadline):
    for n in range(3):
        ledger.write(params, Canary(run, 1, n), deadline(5))
    assert len(ledger._idle[params.model_dump_json()]) == 1


def test_who_may_not_log_in_has_sent_nothing(broker, run, deadline):
    url = broker.url.replace("guest:guest", "guest:wrong")
    receipt = RabbitmqLedger().write(RabbitmqLedgerParams(url=url), Canary(run, 1, 1), deadline(5))
    assert (receipt.outcome, receipt.note[:8]) == ("fail", "not sent")


def test_a_confirm_that_never_comes_leaves_it_unknown_though_it_happened(
    ledger, params, broker, server, run, deadline, now_ns
):
    """A relay passes everything on and, once the canary went through, no answer back."""

    def relay(sock):
        with socket.create_connection(("127.0.0.1", broker.port)) as upstream:
            mute = threading.Event()
            threading.Thread(target=back, args=(upstream, sock, mute), daemon=True).start()
            while asked := sock.recv(65536):
                if b"drill-ledger" in asked:
                    mute.set()
                upstream.sendall(asked)

    def back(upstream, sock, mute):
        with contextlib.suppress(OSError):
            while said := upstream.recv(65536):
                if not mute.is_set():
                    sock.sendall(said)

    url = broker.url.replace(str(broker.port), str(server(relay).port))
    through = params.model_copy(update={"url": url})
    begun = now_ns()
    receipt = RabbitmqLedger().write(through, Canary(run, 1, 1), deadline(1.5))
    assert (receipt.outcome, receipt.note[:10]) == ("info", "no word of")
    assert now_ns() - begun < 3e9
    (read,) = ledger.read(params, run, deadline(10))
    assert read.found == (Span(ticket=1, first=1, last=1),)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (MessageNacked(), "info"),
        (AMQPError("ACCESS_REFUSED", reply_code=403), "fail"),
        (AMQPError("INTERNAL_ERROR", reply_code=541), "info"),
        (OSError("Server unexpectedly closed connection"), "info"),
    ],
)
def test_only_a_proof_makes_a_write_refused(broker, run, deadline, error, outcome):
    class Channel:
        def basic_publish_confirm(self, *_, **__):
            raise error

    class Odd(RabbitmqLedger):
        def reach(self, params, address, cancel):
            store = super().reach(params, address, cancel)
            store._channel = Channel()
            return store

    params = RabbitmqLedgerParams(url=broker.url)
    assert Odd().write(params, Canary(run, 1, 1), deadline(5)).outcome == outcome


def test_a_broker_that_never_speaks_costs_no_more_than_the_time_given(server, deadline, now_ns):
    silent = server(lambda sock: [sock.recv(4096) for _ in range(9)])
    params = RabbitmqLedgerParams(url=f"amqp://a:b@127.0.0.1:{silent.port}/")
    begun = now_ns()
    receipt = RabbitmqLedger().write(params, Canary("r", 1, 1), deadline(0.3))
    assert receipt.outcome == "fail"
    assert now_ns() - begun < 1e9


def test_the_depth_of_a_real_queue_is_told(broker, on, ledger, params, run, deadline):
    for n in range(3):
        ledger.write(params, Canary(run, 1, n), deadline(5))

    def look(**more):
        given = QueueDepthParams(
            url=f"http://127.0.0.1:{broker.api}",
            queue=rabbitmq_ledger._queue(run),
            headers={"Authorization": f"Basic {b64encode(b'guest:guest').decode()}"},
            **more,
        )
        return QueueDepth().observe(on, given, deadline(5))

    patience = deadline(20)
    while look(messages={"at-least": 3}).state != "good" and not patience.wait(0.2):
        pass
    assert look(messages={"at-most": 3}).note == "3 messages"
    assert look(messages={"at-most": 2}).state == "bad"
    assert look(consumers={"at-least": 1}).note == "consumers: 0 is below 1"
    assert look().by == f"drill{broker.port}@localhost"


@pytest.mark.parametrize(
    "url", ["amqps://u:p@h/", "amqp://h/", "amqp://u:p@h:99999/", "http://u@h/", "secret"]
)
def test_a_url_that_cannot_work_is_refused_at_check(url):
    with pytest.raises(ValidationError):
        RabbitmqLedgerParams(url=url)


def test_it_is_registered():
    assert isinstance(Registry().ledgers["rabbitmq.ledger"], RabbitmqLedger)
