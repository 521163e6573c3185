"""The fabric's client tells a no from a lost link."""

import json
import socket
import threading

import pytest

from drill.errors import LabError, RemoteError
from drill.hosts.fabric import Fabric, Span

SPAN = {"began": 1, "ended": 2}
DONE = json.dumps({"span": SPAN}).encode() + b"\n"


class Switch:
    """A fabric that answers every connection with the same bytes and keeps what it was asked."""

    def __init__(self, file, answer):
        self.asked = []
        self._answer = answer
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(file))
        self._server.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            client, _ = self._server.accept()
            with client, client.makefile("rb") as lines:
                line = lines.readline()
                if not line:
                    return
                self.asked.append(json.loads(line))
                if self._answer is None:
                    lines.readline()
                else:
                    client.sendall(self._answer)

    def stop(self, file):
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(file))
        self._thread.join()
        self._server.close()


@pytest.fixture
def switch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    switches = []

    def make(answer):
        switches.append(Switch("sock", answer))
        return switches[-1]

    yield make
    for each in switches:
        each.stop("sock")


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        (lambda f: f.power_off("db1"), {"verb": "power-off", "names": ["db1"], "up": True}),
        (lambda f: f.power_on("db1"), {"verb": "power-on", "names": ["db1"], "up": True}),
        (lambda f: f.freeze("db1"), {"verb": "freeze", "names": ["db1"], "up": True}),
        (
            lambda f: f.freeze("db1", 9),
            {"verb": "freeze", "names": ["db1"], "up": True, "seconds": 9},
        ),
        (
            lambda f: f.keep_frozen("db1", 9),
            {"verb": "keep-frozen", "names": ["db1"], "up": True, "seconds": 9},
        ),
        (lambda f: f.thaw("db1"), {"verb": "thaw", "names": ["db1"], "up": True}),
        (lambda f: f.shutdown("db1"), {"verb": "shutdown", "names": ["db1"], "up": True}),
        (lambda f: f.link("db1", False), {"verb": "link", "names": ["db1"], "up": False}),
        (
            lambda f: f.management_link("db1", False),
            {"verb": "management-link", "names": ["db1"], "up": False},
        ),
        (lambda f: f.observer_link(False), {"verb": "observer-link", "names": [], "up": False}),
        (
            lambda f: f.site_link("a", "b", False),
            {"verb": "site-link", "names": ["a", "b"], "up": False},
        ),
    ],
)
def test_each_verb_says_what_it_means_and_when_it_was_done(switch, tmp_path, call, asked):
    fabric = switch(DONE)
    assert call(Fabric(tmp_path / "sock")) == Span(**SPAN)
    assert fabric.asked == [asked]


def test_the_state_is_read(switch, tmp_path):
    host = {"power": "off", "link": True, "boots": 2}
    state = {"hosts": {"db1": host}, "cut": [["a", "b"]]}
    switch(json.dumps({"span": SPAN, "state": state}).encode() + b"\n")
    read = Fabric(tmp_path / "sock").state()
    assert read.hosts["db1"].power == "off"
    assert read.cut == (("a", "b"),)


def test_a_refusal_is_certain(switch, tmp_path):
    switch(json.dumps({"span": SPAN, "refused": "no such host"}).encode() + b"\n")
    with pytest.raises(LabError, match="power-off db9: no such host"):
        Fabric(tmp_path / "sock").power_off("db9")


@pytest.mark.parametrize("answer", [b"", b'{"span": {"beg', None], ids=["gone", "cut", "silent"])
def test_a_lost_link_is_not_a_no(switch, tmp_path, answer):
    switch(answer)
    with pytest.raises(RemoteError, match="power-off"):
        Fabric(tmp_path / "sock", limit=0.2).power_off("db1")


def test_a_state_that_is_missing_is_a_lost_answer(switch, tmp_path):
    switch(DONE)
    with pytest.raises(RemoteError, match="without its state"):
        Fabric(tmp_path / "sock").state()


def test_a_fabric_that_is_not_there_is_a_lost_link(tmp_path):
    with pytest.raises(RemoteError, match="No such file"):
        Fabric(tmp_path / "none").state()


def test_a_socket_may_lie_deeper_than_an_address_can_say(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    fabric = Switch("sock", DONE)
    assert Fabric(deep / "sock").power_on("db1") == Span(**SPAN)
    fabric.stop("sock")
