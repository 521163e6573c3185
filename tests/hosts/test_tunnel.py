"""Connections that a host opens for us, through a real sshd: what a probe sees from there."""

import socket
import threading

import pytest

from drill.errors import RemoteError
from drill.hosts.connections import Connections
from drill.hosts.ssh import SshRemote
from drill.model.targets import Target
from drill.ports import Access
from drill.probes.http import HttpGet, HttpGetParams
from drill.probes.tcp import TcpConnect, TcpConnectParams
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd


@pytest.fixture
def links():
    with Connections() as links:
        yield links


@pytest.fixture
def there(sshd, links):
    return Access(Target(name="web1", site="a", address="127.0.0.1"), dial=links.dial(sshd.login))


@pytest.fixture
def page():
    """Serve one page on loopback; return its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            with sock:
                sock.recv(4096)
                sock.sendall(b"HTTP/1.1 200 OK\r\nX-Served-By: web1\r\n\r\n" + b"x" * 300_000)

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture
def deaf():
    """Listen with a full queue: a further connection gets no answer at all."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        address = listening.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(address)
        yield address[1]
        for sock in waiting:
            sock.close()


def get(there, port, seconds=5.0):
    params = HttpGetParams(url=f"http://localhost:{port}/")
    return HttpGet().observe(there, params, HandCancel(seconds))


def test_a_page_is_fetched_whole_as_that_place_would(there, page):
    reading = get(there, page)
    assert (reading.state, reading.by) == ("good", "web1")


def test_many_look_at_once_over_one_connection(there, page):
    found = []
    threads = [threading.Thread(target=lambda: found.append(get(there, page))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.state for one in found] == ["good"] * 20


def test_what_refuses_there_is_bad(there, closed_port):
    reading = TcpConnect().observe(there, TcpConnectParams(port=closed_port), HandCancel(5.0))
    assert reading.state == "bad"


def test_what_does_not_answer_there_in_time_is_bad(there, deaf):
    reading = TcpConnect().observe(there, TcpConnectParams(port=deaf), HandCancel(0.5))
    assert (reading.state, reading.note) == ("bad", "no answer in time")


def test_who_accepts_there_is_named(there, page):
    reading = TcpConnect().observe(there, TcpConnectParams(port=page), HandCancel(5.0))
    assert (reading.state, reading.by) == ("good", "127.0.0.1")


def test_of_a_place_that_cannot_be_reached_nothing_is_known(tmp_path, links, page):
    with LocalSshd(tmp_path) as sshd:
        login = sshd.login
    there = Access(Target(name="web1", site="a", address="127.0.0.1"), dial=links.dial(login))
    reading = get(there, page, 2.0)
    assert (reading.state, "vantage point" in reading.note) == ("unknown", True)


def test_a_host_that_connects_for_nobody_says_so(tmp_path, links, page):
    with LocalSshd(tmp_path) as sshd:
        config = tmp_path / "config"
        sshd.stop()
        config.write_text(config.read_text() + "AllowTcpForwarding no\n")
        sshd.start()
        remote = SshRemote(sshd.login)
        with pytest.raises(RemoteError, match="opens no connections for us"):
            remote.dial("127.0.0.1", page, HandCancel(5.0))
        remote.close()


def test_a_link_that_breaks_ends_the_look_and_the_next_one_has_a_new_link(sshd, links, page):
    dial = links.dial(sshd.login)
    held = dial("127.0.0.1", page, HandCancel(5.0))
    links.close()
    assert held.recv(1) == b""
    held.close()
    again = links.dial(sshd.login)("127.0.0.1", page, HandCancel(5.0))
    again.close()
