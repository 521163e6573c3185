import errno
import json
import socket
import ssl
import subprocess
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from drill.model.base import Model
from drill.plugins import Registry
from drill.probes import net
from drill.probes.http import HttpGet, HttpGetParams


def request_of(sock):
    """Read one request; return its path and its headers as text."""
    text = b""
    while b"\r\n\r\n" not in text:
        chunk = sock.recv(4096)
        if not chunk:
            break
        text += chunk
    return text.split(b" ")[1].decode(), text.decode()


def answer(sock, body, *, status="200 OK", headers=""):
    sock.sendall(
        f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}".encode()
    )


def health(sock, **more):
    path, _ = request_of(sock)
    token = parse_qs(urlsplit(path).query).get("token", [""])[0]
    answer(sock, json.dumps({"token": token, "app": "app1", "database": "db1", **more}))


@pytest.fixture
def look(on, deadline):
    """Return ``look(port, seconds, **params)``: one reading."""

    def look(port, seconds=2.0, path="/health", **params):
        params = HttpGetParams(url=f"http://127.0.0.1:{port}{path}", **params)
        return HttpGet().observe(on, params, deadline(seconds))

    return look


def test_a_fresh_token_that_comes_back_is_good_and_says_who_answered(server, look):
    reading = look(server(health).port, expect={"token": "fresh"})
    assert (reading.state, reading.by, reading.note) == ("good", "app1 db1", "")


def test_the_token_is_new_each_time_and_joins_the_query(server, look):
    seen = []

    def serve(sock):
        seen.append(request_of(sock)[0])
        answer(sock, "{}")

    port = server(serve).port
    for _ in range(2):
        look(port, path="/health?deep=1", expect={"token": "fresh"})
    assert all(path.startswith("/health?deep=1&token=") for path in seen)
    assert len(set(seen)) == 2


@pytest.mark.parametrize(
    ("said", "expect", "note"),
    [
        (("200 OK", '{"token": "stale"}'), {"token": "fresh"}, "the token did not come back"),
        (("200 OK", "OK"), {"token": "fresh"}, "the token did not come back"),
        (("503 Busy", "{}"), {}, "status 503"),
        (("302 Found", "{}"), {}, "status 302"),
        (("200 OK", '{"a": 2}'), {"json": {"a": 1}}, "a is 2"),
        (("200 OK", "[1]"), {"json": {"a": 1}}, "a is None"),
        (("200 OK", "{}"), {"json": {"a": None}}, "a is None"),
        (("200 OK", '{"a": {"b": 1}}'), {"json": {"a": {"b": 2}}}, "a.b is 1"),
        (("200 OK", "oops"), {"text": "ready"}, "the expected text is missing"),
    ],
)
def test_a_shallow_or_wrong_answer_is_bad(server, look, said, expect, note):
    status, body = said

    def serve(sock):
        request_of(sock)
        answer(sock, body, status=status, headers="Location: /elsewhere\r\n")

    listening = server(serve)
    reading = look(listening.port, expect=expect)
    assert (reading.state, reading.note) == ("bad", note)
    assert listening.connections == 1  # neither a redirect nor a retry


@pytest.mark.parametrize(
    ("body", "expect"),
    [
        ('{"a": {"b": 1, "c": 2}, "d": 3}', {"json": {"a": {"b": 1}, "d": 3}}),
        ("all ready", {"text": "ready"}),
        ("", {"status": 204}),
    ],
)
def test_what_is_expected_is_good_and_the_rest_is_free(server, look, body, expect):
    def serve(sock):
        request_of(sock)
        answer(sock, body, status="204 No" if "status" in expect else "200 OK")

    assert look(server(serve).port, expect=expect).state == "good"


def test_the_wrong_instance_is_bad_where_the_scenario_names_the_right_one(server, look):
    reading = look(server(health).port, expect={"token": "fresh", "json": {"database": "db2"}})
    assert (reading.state, reading.by) == ("bad", "app1 db1")


def test_a_header_names_the_instance_where_the_answer_does_not(server, look):
    def serve(sock):
        request_of(sock)
        answer(sock, "ok", headers="X-Served-By: web7\r\n")

    assert look(server(serve).port).by == "web7"


def test_each_sample_is_one_new_connection_that_asks_to_be_closed(server, look, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    headers = []

    def serve(sock):
        headers.append(request_of(sock)[1].lower())
        answer(sock, "{}")

    listening = server(serve)
    assert [look(listening.port).state for _ in range(3)] == ["good"] * 3
    assert listening.connections == 3
    assert all("connection: close" in text for text in headers)


def trickle(sock):
    request_of(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"X")
        socket_wait(0.02)


def socket_wait(seconds):
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(seconds)
        with pytest.raises(TimeoutError):
            left.recv(1)


def trickle_body(sock):
    request_of(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        sock.sendall(b"X")
        socket_wait(0.02)


def hang(sock):
    while sock.recv(4096):
        pass


@pytest.mark.parametrize("serve", [trickle, trickle_body, hang])
def test_one_deadline_holds_over_the_whole_answer(server, look, now_ns, serve):
    begun = now_ns()
    reading = look(server(serve).port, seconds=0.3)
    assert (reading.state, reading.note) == ("bad", "no answer in time")
    assert 0.25e9 < now_ns() - begun < 0.8e9


def test_a_refused_connection_is_bad(look):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    reading = look(port)
    assert reading.state == "bad"
    assert "ConnectionRefusedError" in reading.note


def test_a_connection_that_is_dropped_midway_is_bad(server, look):
    assert look(server(lambda sock: sock.recv(1)).port).state == "bad"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "unknown"),
        (OSError(errno.EADDRNOTAVAIL, "no port left"), "unknown"),
        (net.NoRouteError("no route from the observer"), "unknown"),
        (socket.gaierror(socket.EAI_SYSTEM, "System error"), "unknown"),
        (socket.gaierror(socket.EAI_NONAME, "Name not known"), "bad"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "bad"),
        (OSError(errno.ENETUNREACH, "a router said so"), "bad"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "bad"),
        (ssl.SSLError(errno.EPERM, "OpenSSL's own number one"), "bad"),
        (TimeoutError(), "bad"),
    ],
)
def test_the_observers_own_trouble_is_unknown_and_not_the_services(error, state):
    assert net.reading_of(error).state == state


def test_no_route_from_here_is_told_from_a_routers_word():
    said = OSError(errno.ENETUNREACH, "Network is unreachable")
    assert net.judged(said, socket.AF_INET, ("127.0.0.1", 9)) is said
    # the kernel refuses to look a broadcast address up for a plain socket
    here = net.judged(said, socket.AF_INET, ("255.255.255.255", 9))
    assert isinstance(here, net.NoRouteError)


def test_no_time_left_means_no_connection(server, look):
    listening = server(health)
    assert look(listening.port, seconds=0).note == "no answer in time"
    assert listening.connections == 0


@pytest.mark.parametrize(
    "url", ["ftp://host/", "10.20.0.10/health", "http://user:pw@host/", "http://host:99999/"]
)
def test_a_url_that_cannot_work_is_refused_at_check(url):
    with pytest.raises(ValidationError):
        HttpGetParams(url=url)


def test_https_speaks_tls_and_keeps_the_deadline(server, on, deadline):
    params = HttpGetParams(url=f"https://127.0.0.1:{server(hang).port}/")
    reading = HttpGet().observe(on, params, deadline(0.3))
    assert reading.state == "bad"


def secret_answer(place, name):
    """Return an authority, and a server that answers by TLS with the body after the head."""
    openssl = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
    ]
    openssl += ["-nodes", "-days", "2", "-subj", "/CN=x", "-addext", f"subjectAltName={name}"]
    key, pem = place / "key.pem", place / "pem.pem"
    argv = [*openssl, "-keyout", str(key), "-out", str(pem)]
    subprocess.run(argv, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)

    def serve(sock):
        with context.wrap_socket(sock, server_side=True) as tls:
            request_of(tls)
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            time.sleep(0.1)
            tls.sendall(b"ok")

    return pem.read_text(), serve


@pytest.mark.parametrize(
    ("name", "trusted", "state", "note"),
    [
        ("IP:127.0.0.1", True, "good", ""),
        ("IP:127.0.0.1", False, "bad", "certificate"),
        ("DNS:other.example", True, "bad", "certificate"),
    ],
)
def test_a_certificate_is_good_only_from_whom_is_trusted_and_for_that_name(
    server, on, deadline, tmp_path, name, trusted, state, note
):
    authority, serve = secret_answer(tmp_path, name)
    url = f"https://127.0.0.1:{server(serve).port}/"
    params = HttpGetParams(url=url, authority=authority if trusted else "", expect={"text": "ok"})
    reading = HttpGet().observe(on, params, deadline(5))
    assert reading.state == state, reading
    assert note in reading.note


def test_it_is_registered_and_its_parameters_are_a_model():
    probe = Registry().probes["http.get"]
    assert isinstance(probe, HttpGet)
    assert issubclass(probe.params, Model)
