"""``dns.query`` against a real dnsmasq, and against servers that answer wrongly on purpose."""

import contextlib
import shutil
import socket
import subprocess
import threading

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest
from pydantic import ValidationError

from drill.plugins import Registry
from drill.probes.dns_query import DnsQuery, DnsQueryParams

ZONE = (
    "--host-record=db.shop.example,10.20.0.11",
    "--host-record=db.shop.example,10.20.0.12",
    "--cname=orders.shop.example,db.shop.example",
    "--mx-host=shop.example,mail.shop.example,10",
    "--txt-record=shop.example,v=spf1 -all",
    "--txt-record=long.example," + ",".join(["x" * 200] * 9),
)


@pytest.fixture(scope="module")
def dnsmasq(tmp_path_factory):
    """Return the port of a real dnsmasq that knows the zone, and asks nobody else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("dnsmasq") / "log"
    child = subprocess.Popen(
        [
            shutil.which("dnsmasq", path="/usr/sbin:/usr/bin"),
            "--keep-in-foreground",
            f"--port={port}",
            "--conf-file=/dev/null",
            "--no-hosts",
            "--no-resolv",
            "--listen-address=127.0.0.1",
            "--bind-interfaces",
            "--local=/example/",
            "--pid-file=",
            "--user=",
            f"--log-facility={log}",
            *ZONE,
        ]
    )
    try:
        answers(port)
        yield port
    finally:
        child.kill()
        child.wait()


def answers(port):
    gate = threading.Event()
    for _ in range(100):
        with contextlib.suppress(OSError, dns.exception.Timeout):
            dns.query.udp(dns.message.make_query("x.example", "A"), "127.0.0.1", 0.2, port)
            return
        gate.wait(0.05)
    raise AssertionError("dnsmasq does not start")


@pytest.fixture
def look(on, deadline):
    """Return ``look(port, **params)``: one reading."""

    def look(port, seconds=2.0, **params):
        params = DnsQueryParams(**{"servers": ["127.0.0.1"], "port": port, **params})
        return DnsQuery().observe(on, params, deadline(seconds))

    return look


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    "asked",
    [
        {"name": "db.shop.example", "expect": ["10.20.0.12", "10.20.0.11"]},
        {"name": "orders.shop.example", "expect": ["10.20.0.11", "10.20.0.12"]},
        {"name": "orders.shop.example", "type": "CNAME", "expect": ["DB.shop.example."]},
        {"name": "shop.example", "type": "MX", "expect": ["10 mail.shop.example"]},
        {"name": "shop.example", "type": "TXT", "expect": ['"v=spf1 -all"']},
        {"name": "db.shop.example"},
        {"name": "none.example", "rcode": "NXDOMAIN"},
        {"name": "db.shop.example", "type": "AAAA", "expect": []},
    ],
)
def test_what_is_expected_is_good(dnsmasq, look, transport, asked):
    reading = look(dnsmasq, transport=transport, **asked)
    assert (reading.state, reading.by, reading.note) == ("good", "127.0.0.1", "")


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        ({"name": "none.example"}, "NXDOMAIN"),
        ({"name": "db.shop.example", "type": "AAAA"}, "no AAAA record"),
        (
            {"name": "db.shop.example", "expect": ["10.20.0.11"]},
            "it says 10.20.0.11, 10.20.0.12",
        ),
        ({"name": "db.shop.example", "rcode": "NXDOMAIN"}, "NOERROR"),
        ({"name": "db.shop.example", "type": "MX", "expect": ["10 m"]}, "it says nothing"),
    ],
)
def test_another_answer_is_bad(dnsmasq, look, asked, note):
    reading = look(dnsmasq, **asked)
    assert (reading.state, reading.note) == ("bad", f"127.0.0.1: {note}")


def test_what_is_too_long_for_udp_is_asked_again_by_tcp(dnsmasq, look):
    assert look(dnsmasq, name="long.example", type="TXT").state == "good"


class Liar:
    """A UDP name server whose ``answer(query)`` returns the messages it sends."""

    def __init__(self, answer):
        self.asked = []
        self._answer = answer
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self.port = self._sock.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            wire, who = self._sock.recvfrom(4096)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            self.asked.append((query.id, who[1], query))
            for said in self._answer(query):
                self._sock.sendto(said if isinstance(said, bytes) else said.to_wire(), who)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._sock.close()


@pytest.fixture
def liar():
    """Return ``liar(answer)``; all end with the test."""
    made = []

    def start(answer):
        made.append(Liar(answer))
        return made[-1]

    yield start
    for one in made:
        one.close()


def says(query, address, **flags):
    said = dns.message.make_response(query)
    said.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", address))
    if flags.get("authority"):
        said.flags |= dns.flags.AA
    return said


def test_an_answer_with_another_id_is_not_taken(liar, look):
    """Somebody forges an answer first: the true one, which comes later, counts."""

    def answer(query):
        forged = says(query, "6.6.6.6")
        forged.id ^= 1
        return [forged, b"no message at all", says(query, "10.0.0.1")]

    assert look(liar(answer).port, name="a.example", expect=["10.0.0.1"]).state == "good"


def test_each_question_has_an_id_and_a_port_of_its_own(liar, look):
    server = liar(lambda query: [says(query, "10.0.0.1")])
    for _ in range(8):
        look(server.port, name="a.example")
    ids, ports, _ = zip(*server.asked, strict=True)
    assert len(set(ids)) > 4
    assert len(set(ports)) > 4


def test_the_question_is_sent_once(liar, look, now_ns):
    server, begun = liar(lambda query: []), now_ns()
    reading = look(server.port, name="a.example", seconds=0.4)
    assert (reading.state, reading.note) == ("bad", "127.0.0.1: no answer in time")
    assert now_ns() - begun < 1e9
    assert len(server.asked) == 1


def test_an_answer_without_authority_is_no_answer_of_the_zone(liar, look):
    stale = liar(lambda query: [says(query, "10.0.0.1")])
    zone = liar(lambda query: [says(query, "10.0.0.1", authority=True)])
    assert look(stale.port, name="a.example", authoritative=True).state == "bad"
    assert look(zone.port, name="a.example", authoritative=True).state == "good"
    assert not zone.asked[0][2].flags & dns.flags.RD


@pytest.mark.parametrize(("need", "state"), [("all", "bad"), ("any", "good")])
def test_all_servers_must_answer_well_or_one_as_asked(dnsmasq, look, need, state):
    servers = ["127.0.0.2", "127.0.0.1"]  # nobody listens on the first
    reading = look(dnsmasq, servers=servers, need=need, name="db.shop.example")
    assert reading.state == state


def test_no_route_from_here_is_the_observers_own_trouble(look):
    # the kernel refuses to send to a broadcast address from a plain socket
    assert look(53, servers=["255.255.255.255"], name="a.example").state == "unknown"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_server_that_is_not_there_is_bad(look, transport):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert look(port, name="a.example", transport=transport).state == "bad"


@pytest.mark.parametrize(
    "params",
    [
        {"name": "a" * 64 + ".example"},
        {"name": "a", "servers": ["ns1.example"]},
        {"name": "a", "type": "ANY"},
        {"name": "a", "expect": ["10.0.0"]},
        {"name": "a", "type": "MX", "expect": ["mail.example"]},
        {"name": ""},
    ],
)
def test_what_cannot_work_is_refused_at_check(params):
    with pytest.raises(ValidationError):
        DnsQueryParams(**params)


def test_it_is_registered():
    assert isinstance(Registry().probes["dns.query"], DnsQuery)
