import socket

import pytest

from drill.probes.net import connect
from drill.probes.tcp import TcpConnect, TcpConnectParams


@pytest.mark.parametrize("host", ["", "127.0.0.1", "localhost"])
def test_an_accepted_connection_is_good(server, on, deadline, host):
    params = TcpConnectParams(host=host, port=server(lambda sock: None).port)
    reading = TcpConnect().observe(on, params, deadline(1))
    assert (reading.state, reading.by) == ("good", "127.0.0.1")


def test_a_refused_connection_is_bad(on, deadline):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert TcpConnect().observe(on, TcpConnectParams(port=port), deadline(1)).state == "bad"


def test_a_name_is_resolved_anew_for_each_connection(server, deadline):
    """A resolver that moves the service: a cached answer would stay with the old instance."""
    ports = [server(lambda sock: None).port, server(lambda sock: None).port]
    moved = iter(ports)

    def resolve(host, port, type):  # noqa: A002 - getaddrinfo's own name
        return [(socket.AF_INET, type, 0, "", ("127.0.0.1", next(moved)))]

    for port in ports:
        with connect("service", 80, deadline(1), resolve) as sock:
            assert sock.getpeername()[1] == port


def test_the_next_address_is_tried_where_the_first_does_not_accept(server, deadline):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()
    alive = ("127.0.0.1", server(lambda sock: None).port)

    def resolve(host, port, type):  # noqa: A002 - getaddrinfo's own name
        return [(socket.AF_INET, type, 0, "", address) for address in (dead, alive)]

    with connect("service", 80, deadline(1), resolve) as sock:
        assert sock.getpeername() == alive


def test_a_name_without_an_address_is_an_error(deadline):
    with pytest.raises(OSError, match="no address"):
        connect("service", 80, deadline(1), lambda *_, **__: [])
