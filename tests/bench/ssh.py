"""Commands over SSH: drill beside its peers, in the same run, on loopback.

    python tests/bench/ssh.py [ROUNDS]

Prints the median of a warm command and the ratio to asyncssh, if it is
installed; the rounds of all peers are interleaved, so load hits them alike.
Every peer runs ``exec true``: a real program, no shell's builtin.
"""

import asyncio
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter

from drill.hosts.ssh import SshRemote
from drill.ports import SshLogin
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd

try:
    import asyncssh
except ImportError:
    asyncssh = None  # type: ignore[assignment]  # a peer that need not be there

Command = Callable[[], object]


@contextmanager
def drill(login: SshLogin) -> Iterator[Command]:
    """One warm connection of drill's."""
    remote = SshRemote(login)
    yield partial(remote.run, ["true"], HandCancel(3600))
    remote.close()


@contextmanager
def openssh(login: SshLogin) -> Iterator[Command]:
    """OpenSSH's own client over a shared connection."""
    with tempfile.TemporaryDirectory() as place:
        options = (
            f"-F /dev/null -p {login.port} -l {login.user} -i {login.key} -o BatchMode=yes "
            f"-o UserKnownHostsFile={login.known_hosts} -o ControlPath={place}/c"
        )
        argv = ["ssh", *shlex.split(options)]
        master = [*argv, "-o", "ControlMaster=yes", "-o", "ControlPersist=1h", login.host, "true"]
        subprocess.run(master, check=True, capture_output=True)
        yield partial(subprocess.run, [*argv, login.host, "exec true"], check=True)
        subprocess.run([*argv, "-O", "exit", login.host], check=True, capture_output=True)


@contextmanager
def peer_asyncssh(login: SshLogin) -> Iterator[Command]:
    """One warm connection of asyncssh's."""
    with asyncio.Runner() as runner:
        options = {"client_keys": [str(login.key)], "known_hosts": str(login.known_hosts)}
        where = {"port": login.port, "username": login.user}

        async def connect() -> "asyncssh.SSHClientConnection":
            return await asyncssh.connect(login.host, **where, **options)

        connection = runner.run(connect())

        async def command() -> None:
            await connection.run("exec true", check=True)

        yield lambda: runner.run(command())
        connection.close()
        runner.run(connection.wait_closed())


def medians(peers: dict[str, Command], rounds: int) -> dict[str, float]:
    """Return each peer's median in milliseconds."""
    taken: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, command in peers.items():
            start = perf_counter()
            command()
            taken[name].append((perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def main(rounds: int = 300) -> None:
    """Measure, and print a line a peer."""
    with (
        tempfile.TemporaryDirectory() as home,
        LocalSshd(Path(home)) as sshd,
        drill(sshd.login) as ours,
        openssh(sshd.login) as shared,
    ):
        peers: dict[str, Command] = {"drill": ours, "ssh, ControlMaster": shared}
        if asyncssh is None:
            found = medians(peers, rounds)
        else:
            with peer_asyncssh(sshd.login) as theirs:
                found = medians(peers | {"asyncssh": theirs}, rounds)
    for name, median in found.items():
        ratio = found["drill"] / median
        sys.stdout.write(f"{name:20} {median:7.2f} ms   drill takes {ratio:.2f} of it\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
