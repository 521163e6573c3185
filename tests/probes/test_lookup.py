"""Names are asked of the servers that are named, in their order, as a client does."""

import contextlib
import socket
import threading
import time

import dns.message
import dns.rcode
import dns.rrset
import pytest

from drill.probes.http import HttpGetParams
from drill.probes.lookup import asking
from drill.testing.cancels import HandCancel


@contextlib.contextmanager
def server(address, port, records):
    """Answer with the records of the asked kind; ``None``: no such name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind((address, port))
        link.settimeout(0.05)
        over = threading.Event()

        def serve():
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    asked, peer = link.recvfrom(4096)
                    link.sendto(answer(asked, records), peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield link.getsockname()[1]
        finally:
            over.set()
            thread.join()


def answer(asked, records):
    question = dns.message.from_wire(asked)
    said = dns.message.make_response(question)
    if records is None:
        said.set_rcode(dns.rcode.NXDOMAIN)
        return said.to_wire()
    name, kind = question.question[0].name, question.question[0].rdtype
    if found := records.get(kind.name):
        said.answer.append(dns.rrset.from_text(name, 0, "IN", kind.name, *found))
    return said.to_wire()


def addresses(servers, port, host="shop.example", seconds=2.0):
    found = asking(servers, HandCancel(seconds), port)(host, 80, type=socket.SOCK_STREAM)
    return [address[0] for *_, address in found]


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ({"A": ["10.0.0.1", "10.0.0.2"]}, {"10.0.0.1", "10.0.0.2"}),
        ({"AAAA": ["fd00::1"]}, {"fd00::1"}),
    ],
)
def test_it_finds_what_the_server_says(records, wanted):
    with server("127.0.0.1", 0, records) as port:
        assert set(addresses(["127.0.0.1"], port)) == wanted


def test_an_address_is_asked_of_nobody():
    assert addresses(["127.0.0.1"], 1, host="127.0.0.9") == ["127.0.0.9"]


def test_the_second_is_asked_when_the_first_is_silent():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent,
        server("127.0.0.2", 0, {"A": ["10.0.0.2"]}) as port,
    ):
        silent.bind(("127.0.0.1", port))
        began = time.monotonic()
        assert addresses(["127.0.0.1", "127.0.0.2"], port) == ["10.0.0.2"]
        assert 0.4 < time.monotonic() - began < 1.5


@pytest.mark.parametrize("records", [None, {}, {"A": ["10.0.0.9"]}])
def test_the_first_that_answers_is_believed(records):
    with (
        server("127.0.0.1", 0, records) as port,
        server("127.0.0.2", port, {"A": ["10.0.0.2"]}),
    ):
        if records:
            assert addresses(["127.0.0.1", "127.0.0.2"], port) == records["A"]
            return
        with pytest.raises(socket.gaierror):
            addresses(["127.0.0.1", "127.0.0.2"], port)


def test_nobody_answers_within_the_time():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        began = time.monotonic()
        with pytest.raises(socket.gaierror):
            addresses(["127.0.0.1"], silent.getsockname()[1], seconds=0.3)
        assert time.monotonic() - began < 1


def test_a_name_is_no_name_server():
    with pytest.raises(ValueError, match="resolvers"):
        HttpGetParams(url="http://shop.example/", resolvers=["ns.example"])
