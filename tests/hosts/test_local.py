"""The local remote keeps the same contract."""

import subprocess
from os import getpid, kill
from signal import SIGKILL
from time import monotonic

import pytest

from drill.errors import RemoteError, StoppedError
from drill.hosts.local import LocalRemote
from drill.testing.cancels import HandCancel


@pytest.mark.parametrize(
    ("argv", "stdin", "expected"),
    [
        (["echo", "$HOME; b"], b"", (0, "$HOME; b\n", "")),
        (["cat"], b"x" * 300_000, (0, "x" * 300_000, "")),
        (["sh", "-c", "echo no >&2; exit 3"], b"", (3, "", "no\n")),
        (["sh", "-c", "sleep 0.3; echo late"], b"", (0, "late\n", "")),
    ],
)
def test_a_command_is_run_to_its_end(argv, stdin, expected):
    completed = LocalRemote().run(argv, HandCancel(), stdin=stdin)

    assert expected == (completed.exit, completed.out, completed.err)


def test_what_cannot_be_started_is_an_error():
    with pytest.raises(RemoteError, match="cannot be started"):
        LocalRemote().run(["/no/such/tool"], HandCancel())


@pytest.mark.parametrize(("trap", "mark"), [("", 1), ("trap '' TERM; ", 2)])
def test_told_to_stop_it_kills_the_whole_group(trap, mark):
    nap = f"sleep 9.{mark}{getpid()}"  # nobody else's, whatever runs beside this
    start = monotonic()

    with pytest.raises(StoppedError, match="was ended"):
        LocalRemote().run(["sh", "-c", f"{trap}{nap} & {nap}"], HandCancel(0.3))

    assert monotonic() - start < 2
    left = subprocess.run(
        ["pgrep", "-r", "R,S,D", "-f", f"^{nap}$"], check=False, capture_output=True
    )
    assert left.stdout == b""


def test_a_daemon_that_keeps_the_output_open_is_not_waited_for():
    start = monotonic()

    ran = LocalRemote().run(["sh", "-c", "sleep 9.126 & echo $!"], HandCancel())

    assert monotonic() - start < 3
    kill(int(ran.out), SIGKILL)
