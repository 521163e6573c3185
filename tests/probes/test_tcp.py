import socket

import pytest

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
