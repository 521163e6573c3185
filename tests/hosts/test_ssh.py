"""The SSH remote, against a real sshd."""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic

import pytest

from drill.errors import HostKeyError, RemoteError, StoppedError
from drill.hosts.connections import Connections
from drill.hosts.output import LIMIT
from drill.hosts.session import INPUT
from drill.hosts.ssh import CHANNELS, SshRemote
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd, make_key


@pytest.fixture
def remote(sshd):
    remote = SshRemote(sshd.login)
    yield remote
    remote.close()


def alive(mark):
    listed = subprocess.check_output(["ps", "-A", "-o", "stat=,args="], text=True)
    return [x for x in listed.splitlines() if mark in x and not x.startswith("Z")]


@pytest.mark.parametrize(
    ("argv", "stdin", "expected"),
    [
        (["echo", "$HOME; 'a'  b"], b"", (0, "$HOME; 'a'  b\n", "")),
        (["cat"], b"in\n", (0, "in\n", "")),
        (["sh", "-c", "echo no >&2; exit 3"], b"", (3, "", "no\n")),
        (["sh", "-c", "kill -KILL $$"], b"", (-1, "", "")),
        (["printf", r"\377"], b"", (0, "\N{REPLACEMENT CHARACTER}", "")),
    ],
)
def test_a_command_arrives_word_for_word_and_its_answer_comes_back(remote, argv, stdin, expected):
    completed = remote.run(argv, HandCancel(), stdin=stdin)

    assert expected == (completed.exit, completed.out, completed.err)


def test_an_unknown_command_ends_as_in_a_shell(remote):
    assert remote.run(["/no/such/tool"], HandCancel()).exit in {126, 127}


def test_output_is_bounded_and_the_rest_is_counted(remote):
    out = remote.run(["sh", "-c", f"yes | head -c {LIMIT + 7}"], HandCancel()).out

    assert out.endswith("\n[7 bytes more were not kept]")
    assert LIMIT < len(out) < LIMIT + 100


def test_both_streams_may_be_larger_than_the_window(remote):
    noisy = "yes | head -c 3000000; yes | head -c 3000000 >&2"

    assert remote.run(["sh", "-c", noisy], HandCancel()).exit == 0


def test_input_larger_than_the_window_is_refused(remote):
    with pytest.raises(ValueError, match="at most"):
        remote.run(["cat"], HandCancel(), stdin=b"x" * (INPUT + 1))


def test_a_daemon_that_keeps_the_output_open_is_not_waited_for(remote):
    start = monotonic()

    completed = remote.run(["sh", "-c", "sleep 8.125 & echo started"], HandCancel())

    assert (completed.out, monotonic() - start < 4) == ("started\n", True)
    subprocess.run(["pkill", "-f", "^sleep 8.125$"], check=False)


@pytest.mark.parametrize("mark", ["8.1251", "8.1252"])
def test_told_to_stop_it_kills_the_whole_remote_group_within_a_second(remote, mark):
    trap = "trap '' TERM; " if mark == "8.1251" else ""  # one ignores the polite request
    remote.run(["true"], HandCancel())
    cancel = HandCancel()
    asked = []
    timer = threading.Timer(0.3, lambda: (asked.append(monotonic()), cancel.request()))
    timer.start()

    with pytest.raises(StoppedError, match="was ended"):
        remote.run(["sh", "-c", f"{trap}sleep {mark} & sleep {mark}"], cancel)

    assert monotonic() - asked[0] < 1.5
    assert alive(f"sleep {mark}") == []


def test_the_deadline_stops_it_as_well(remote):
    with pytest.raises(StoppedError):
        remote.run(["sleep", "8.1253"], HandCancel(0.4))

    assert alive("sleep 8.1253") == []


def test_told_to_stop_before_it_began_it_never_runs(remote, tmp_path):
    cancel = HandCancel()
    cancel.request()

    with pytest.raises(RemoteError):
        remote.run(["sh", "-c", f"sleep 1; touch {tmp_path}/ran"], cancel)

    assert not (tmp_path / "ran").exists()


def test_a_lost_link_is_said_and_the_next_command_connects_again(tmp_path):
    with LocalSshd(tmp_path) as server, Connections() as connections:
        remote = connections.remote(server.login)
        timer = threading.Timer(0.3, server.stop)
        timer.start()

        with pytest.raises(RemoteError, match="lost"):
            remote.run(["sleep", "8.1254"], HandCancel())
        timer.join()
        with pytest.raises(RemoteError):
            remote.run(["true"], HandCancel())

        server.start()
        assert remote.run(["echo", "back"], HandCancel()).out == "back\n"


def test_one_connection_serves_many_threads_beyond_its_channels(sshd, remote):
    def work(n):
        return remote.run(["sh", "-c", f"sleep 0.05; echo {n}"], HandCancel()).out

    with ThreadPoolExecutor(3 * CHANNELS) as pool:
        assert [f"{n}\n" for n in range(40)] == list(pool.map(work, range(40)))


def test_logins_share_a_connection_by_value(sshd):
    with Connections() as connections:
        assert connections.remote(sshd.login) is connections.remote(replace(sshd.login))


def test_another_host_key_is_refused_before_anything_is_sent(sshd, tmp_path):
    make_key(tmp_path / "other")
    kind, key, *_ = (tmp_path / "other.pub").read_text().split()
    pinned = tmp_path / "known_hosts"
    pinned.write_text(f"[127.0.0.1]:{sshd.port} {kind} {key}\n")

    with pytest.raises(HostKeyError, match="not the pinned one"):
        SshRemote(replace(sshd.login, known_hosts=pinned)).run(["true"], HandCancel())


@pytest.mark.parametrize("there", [True, False])
def test_a_host_that_is_not_pinned_is_refused_with_the_cure(sshd, tmp_path, there):
    pinned = tmp_path / "known_hosts"
    if there:
        pinned.write_text("")

    with pytest.raises(HostKeyError, match="add its key"):
        SshRemote(replace(sshd.login, known_hosts=pinned)).run(["true"], HandCancel())


def test_a_key_that_is_not_let_in_says_so(sshd, tmp_path):
    make_key(tmp_path / "stranger")

    with pytest.raises(RemoteError, match="does not let"):
        SshRemote(replace(sshd.login, key=tmp_path / "stranger")).run(["true"], HandCancel())


def test_nobody_listening_says_so(tmp_path):
    server = LocalSshd(tmp_path)
    server.start()
    server.stop()

    with pytest.raises(RemoteError, match="Connection refused"):
        SshRemote(server.login).run(["true"], HandCancel())
