"""Commands on many hosts: drill's ``ssh.command`` beside asyncssh and pyinfra, in the same run.

Run: ``python tests/bench/fleet.py [ROUNDS]``. Every host is an OpenSSH server of its
own on loopback. Each contender is a process of its own, and its time begins when it
has imported what it needs: it connects to all hosts, and runs command after command
on each, all hosts side by side. Every command is ``true``, the program.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.table import HEAD, PEERS, Row

from drill.actions.command import SshCommand, SshCommandParams
from drill.hosts.connections import Connections
from drill.model.outcome import Done
from drill.model.targets import Target
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd

HOSTS, COMMANDS, ROUNDS = 20, 50, 5
TRUE = "/bin/true"
TARGETS = {"asyncssh": 1.0, "pyinfra": 0.45}
HERE = Target(name="here", site="a", address="127.0.0.1")


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """Compare them; they take turns, so that load hits them alike."""
    theirs = [str(PEERS / "python"), str(Path(__file__).with_name("ssh_peers.py"))]
    contenders = {"drill": [sys.executable, __file__, "--contend"]}
    contenders |= {name: [*theirs, name, TRUE, str(COMMANDS)] for name in TARGETS}
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    with ExitStack() as stack:
        logins = []
        for _ in range(HOSTS):
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            logins.append(asdict(stack.enter_context(LocalSshd(home)).login))
        for _ in range(rounds):
            for name, argv in contenders.items():
                taken[name].append(_apart(argv, json.dumps(logins, default=str)))
    took = {name: median(times) for name, times in taken.items()}
    for peer, target in TARGETS.items():
        what = f"ssh.command, {HOSTS} hosts x {COMMANDS}"
        yield Row(what, took["drill"], peer, took[peer], target)


def _apart(argv: Sequence[str], given: str) -> float:
    told = subprocess.run(argv, input=given, check=True, stdout=subprocess.PIPE, text=True)
    return float(told.stdout)


def contend(logins: Sequence[SshLogin]) -> float:
    """Return the seconds that the action takes, which a scenario's ``ssh.command`` is."""
    action, params = SshCommand(), SshCommandParams(argv=(TRUE,))

    def one(login: SshLogin) -> None:
        access = Access(HERE, connections.remote(login), login=login)
        for _ in range(COMMANDS):
            outcome = action.apply(access, params, HandCancel(60), lambda _: None)
            assert isinstance(outcome, Done), outcome

    began = perf_counter()
    with Connections() as connections, ThreadPoolExecutor(HOSTS) as pool:
        list(pool.map(one, logins))
    return perf_counter() - began


def given() -> list[SshLogin]:
    """Return the logins that stand in standard input."""
    told = json.load(sys.stdin)
    files = ({key: Path(one[key]) for key in ("key", "known_hosts")} for one in told)
    return [SshLogin(**(one | paths)) for one, paths in zip(told, files, strict=True)]


def main(rounds: int = ROUNDS) -> None:
    """Print the rows."""
    print(HEAD)
    for row in rows(rounds):
        print(row, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contend"]:
        print(contend(given()))
    else:
        main(*map(int, sys.argv[1:]))
