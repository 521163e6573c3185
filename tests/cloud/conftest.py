"""AWS as moto plays it, on loopback: a real server, real requests, no account."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cloud.account import KEY, REGION, Standin
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_api import state_manager
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="session")
def server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def aws(server, monkeypatch, tmp_path):
    """An empty account, and this process as one that has its credentials."""
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    told = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    standin = Standin(url, DEFAULT_ACCOUNT_ID, REGION)
    standin.reset()
    state_manager.unset_transition("fis::experiment")
    yield standin
    state_manager.unset_transition("fis::experiment")


@pytest.fixture
def silent():
    """Where somebody listens, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


class Answering(ThreadingHTTPServer):
    """Answers every request with one status and an error that AWS might tell."""

    def __init__(self, code):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.code, self.asked = code, 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        said = b'{"__type": "TroubleException", "message": "as the test says"}'
        self.send_response(self.server.code)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def answering():
    servers = []

    def start(code):
        server = Answering(code)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
