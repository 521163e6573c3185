"""The desk: one line in, one line out, over a real socket; and all that a caller can do wrong."""

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from drill import desk as room
from drill.desk import LONGEST, DeskServer, desk_of, say_at
from drill.errors import DeskError
from drill.model.sayings import Acknowledged, Held, Joined, Noted

ACK = Acknowledged(step="page")


class Conductor:
    """Hears, and answers as it is told: at once, by default that it counts."""

    def __init__(self, answer=lambda saying: ""):
        self.heard = []
        self._answer = answer

    def say(self, person, role, saying, means, reply):
        self.heard.append((person, role, means, saying))
        if (refused := self._answer(saying)) is not None:
            reply(refused)


@pytest.fixture
def place(tmp_path):
    """Longer than an address of a socket may be."""
    return tmp_path / ("a" * 60) / ("b" * 60) / "desks" / "0123456789abcdef.sock"


SHORT = 0.5
"""Seconds are long in a test."""


def raw(place, *parts, pause=0.0, close=True):
    """Send bytes as they are, and return the one line that is answered."""
    directory = os.open(place.parent, os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(10)
            peer.connect(f"/proc/self/fd/{directory}/{place.name}")
            with suppress(BrokenPipeError):
                for part in parts:
                    peer.sendall(part)
                    time.sleep(pause)
            if close:
                peer.shutdown(socket.SHUT_WR)
            return json.loads(peer.makefile("rb").readline())
    finally:
        os.close(directory)


def test_what_is_said_is_heard_word_for_word_and_counts(place):
    conductor = Conductor()
    with DeskServer(place, conductor.say):
        assert say_at(place, "Ann Ö.", "oncall", "cli", ACK) == ""
    assert conductor.heard == [("Ann Ö.", "oncall", "cli", ACK)]


def test_a_refusal_comes_back_with_its_reason(place):
    with DeskServer(place, Conductor(lambda saying: "page is over").say):
        assert say_at(place, "ann", "oncall", "", ACK) == "page is over"


def test_where_nobody_conducts_it_is_said_how_to_begin(place):
    with pytest.raises(DeskError, match=r"nobody conducts it.*drill run"):
        say_at(place, "ann", "oncall", "", ACK)
    with DeskServer(place, Conductor().say):
        pass
    assert not place.exists()
    with pytest.raises(DeskError, match="nobody conducts it") as caught:
        say_at(place, "ann", "oncall", "", ACK)
    assert caught.value.exit_status == 69


def test_its_directory_is_its_owners_alone(place):
    place.parent.mkdir(parents=True, mode=0o755)
    with DeskServer(place, Conductor().say):
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_a_socket_that_a_dead_conductor_left_is_replaced(place):
    place.parent.mkdir(parents=True)
    dies = "import os, socket, sys; os.chdir(sys.argv[1]); s = socket.socket(socket.AF_UNIX)\n"
    dies += "s.bind(sys.argv[2]); s.listen(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", dies, place.parent, place.name], check=False)
    assert place.is_socket()
    with DeskServer(place, Conductor().say):
        assert say_at(place, "ann", "oncall", "", ACK) == ""


def test_a_living_one_is_not_and_goes_on(place):
    conductor = Conductor()
    with DeskServer(place, conductor.say):
        with pytest.raises(DeskError, match="another conductor answers"), DeskServer(place, print):
            pass
        assert say_at(place, "ann", "oncall", "", ACK) == ""
    assert len(conductor.heard) == 1


def test_one_that_cannot_be_opened_says_where_and_why(tmp_path):
    (tmp_path / "desks").write_text("a file")
    with (
        pytest.raises(DeskError, match=r"no desk can be opened at .*: it is a file"),
        DeskServer(tmp_path / "desks" / "x.sock", print),
    ):
        pass


def test_a_stranger_is_refused_before_anything_is_read(place):
    conductor = Conductor()
    with (
        DeskServer(place, conductor.say, who=lambda peer: 4711),
        pytest.raises(DeskError, match=r"only the user who conducts it.*4711"),
    ):
        say_at(place, "eve", "facilitator", "", Held(why="fun"))
    assert conductor.heard == []


def test_the_kernel_says_who_calls():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert room.uid_of(ours) == os.geteuid()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"hello\n", "not understood: the line: Invalid JSON"),
        (b"\xff\xfe\n", "not understood"),
        (b"{}\n", "not understood: person: Field required"),
        (b"[" * 5000 + b"\n", "not understood"),
        (b'{"person":"a","role":"b","saying":{"says":"shutdown"}}\n', "not understood: saying"),
        (b'{"person":"a","role":"B!","saying":{"says":"left"}}\n', "not understood: role"),
        (b'{"person":"a","role":"b","saying":{"says":"left"},"x":1}\n', "not understood: x"),
        (b'{"person":"a","role":"b","saying":{"says":"left"}}\n{}\n', "not understood"),
        (b'{"person":"a"', "cut short"),
        (b"", "cut short"),
        (b"x" * LONGEST + b"\n", "longer than 65536 bytes"),
    ],
)
def test_a_line_that_is_none_is_answered_with_what_is_wrong(place, line, why):
    conductor = Conductor()
    with DeskServer(place, conductor.say):
        answer = raw(place, line)
        assert say_at(place, "ann", "oncall", "", ACK) == ""  # and nothing is lost by it
    assert why in answer["error"], answer
    assert len(conductor.heard) == 1


def test_a_line_that_never_ends_is_hung_up_on(place):
    conductor = Conductor()
    with DeskServer(place, conductor.say):
        with suppress(ConnectionResetError):  # it may come before the answer is read
            assert "longer" in raw(place, *[b"x" * LONGEST] * 100)["error"]
        assert say_at(place, "ann", "oncall", "", ACK) == ""


def test_the_longest_note_fits(place):
    conductor, note = Conductor(), Noted(text="ä😀" * 2000)
    with DeskServer(place, conductor.say):
        assert say_at(place, "ann", "oncall", "", note) == ""
    assert conductor.heard[0][3] == note


def test_half_a_line_waits_for_nobody_for_ever(place):
    with DeskServer(place, Conductor().say, patience=SHORT):
        answer = raw(place, b'{"person"', close=False)
    assert "no whole line came" in answer["error"]


def test_drop_by_drop_takes_no_longer(place):
    began = time.monotonic()
    with DeskServer(place, Conductor().say, patience=SHORT):
        answer = raw(place, *[b" "] * 8, pause=0.1, close=False)
    assert "no whole line came" in answer["error"]
    assert time.monotonic() - began < 3


def test_a_conductor_that_does_not_answer_is_not_waited_for(place):
    with (
        DeskServer(place, Conductor(lambda saying: None).say, patience=SHORT),
        pytest.raises(DeskError, match="has not answered yet: it may still count"),
    ):
        say_at(place, "ann", "oncall", "", ACK)


def test_who_says_it_when_the_conductor_breaks_off_is_told_that_nobody_knows(place):
    heard, said = threading.Event(), []

    def say():
        try:
            say_at(place, "ann", "oncall", "", ACK)
        except DeskError as error:
            said.append(str(error))

    caller = threading.Thread(target=say)

    def breaking_off():
        with DeskServer(place, lambda *_: heard.set()):
            caller.start()
            assert heard.wait(5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaking_off()
    caller.join(5)
    assert "nobody knows whether it counts" in said[0]


def test_who_says_it_when_it_is_closed_is_refused(place):
    heard, said = threading.Event(), []
    caller = threading.Thread(target=lambda: said.append(say_at(place, "a", "b", "", ACK)))
    with DeskServer(place, lambda *_: heard.set()):
        caller.start()
        assert heard.wait(5)
    caller.join(5)
    assert said == ["the exercise was closed before it was heard"]


def test_fifty_callers_at_once_are_all_heard_and_each_gets_its_own_answer(place):
    def slowly(person, role, saying, means, reply):
        threading.Timer(0.05, reply, [person]).start()

    with DeskServer(place, slowly), ThreadPoolExecutor(50) as pool:
        names = [f"person {n}" for n in range(50)]
        said = list(pool.map(lambda name: say_at(place, name, "oncall", "", Joined()), names))
    assert said == names


def test_more_callers_than_are_served_at_once_only_wait(place):
    idle = []
    conductor = Conductor()
    with DeskServer(place, conductor.say):
        directory = os.open(place.parent, os.O_PATH)
        for _ in range(10):
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(f"/proc/self/fd/{directory}/{place.name}")
            idle.append(peer)
        os.close(directory)
        began = time.monotonic()
        assert say_at(place, "ann", "oncall", "", ACK) == ""
        assert time.monotonic() - began < room.PATIENCE
        for peer in idle:
            peer.close()


def test_who_hangs_up_disturbs_nobody(place):
    conductor = Conductor()
    line = b'{"person":"a","role":"b","saying":{"says":"left"}}\n'
    with DeskServer(place, conductor.say):
        directory = os.open(place.parent, os.O_PATH)
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(f"/proc/self/fd/{directory}/{place.name}")
            peer.sendall(line)
        os.close(directory)
        assert say_at(place, "ann", "oncall", "", ACK) == ""
    assert len(conductor.heard) == 2


def test_a_run_has_one_desk_however_its_journal_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))
    journal = tmp_path / "runs" / "one" / "journal.jsonl"
    journal.parent.mkdir(parents=True)
    (tmp_path / "latest").symlink_to(journal.parent)
    monkeypatch.chdir(tmp_path)
    named = {desk_of(journal), desk_of(Path("runs/one/journal.jsonl"))}
    named.add(desk_of(tmp_path / "latest" / "journal.jsonl"))
    assert len(named) == 1
    assert named.pop().parent == tmp_path / "state" / "desks"
    assert desk_of(journal) != desk_of(tmp_path / "runs" / "two" / "journal.jsonl")
