"""Commands on many hosts: drill's ``ssh.command`` beside asyncssh and pyinfra, in the same run.

Run: ``python tests/bench/fleet.py [ROUNDS]``. Every host is an OpenSSH server of its
own on loopback. Each contender is a process of its own, and its time begins when it
has imported what it needs: it connects to all hosts, and runs command after command
on each, all hosts side by side. Every command is ``true``, the program.
"""

import asyncio
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.table import HEAD, Row

from drill.ports import SshLogin
from drill.testing.sshd import LocalSshd

HOSTS, COMMANDS, ROUNDS = 20, 50, 5
TRUE = "/bin/true"
Work = Callable[[Sequence[SshLogin]], None]


def drill() -> Work:
    """By the action that a scenario's ``ssh.command`` is."""
    from drill.actions.command import SshCommand, SshCommandParams
    from drill.hosts.connections import Connections
    from drill.model.outcome import Done
    from drill.model.targets import Target
    from drill.ports import Access
    from drill.testing.cancels import HandCancel

    here = Target(name="here", site="a", address="127.0.0.1")
    params = SshCommandParams(argv=(TRUE,))

    def work(logins: Sequence[SshLogin]) -> None:
        def one(login: SshLogin) -> None:
            access, action = Access(here, connections.remote(login), login=login), SshCommand()
            for _ in range(COMMANDS):
                outcome = action.apply(access, params, HandCancel(60), lambda _: None)
                assert isinstance(outcome, Done), outcome

        with Connections() as connections, ThreadPoolExecutor(HOSTS) as pool:
            list(pool.map(one, logins))

    return work


def peer_asyncssh() -> Work:
    """By one event loop."""
    import asyncssh

    async def one(login: SshLogin) -> None:
        async with asyncssh.connect(
            login.host,
            port=login.port,
            username=login.user,
            client_keys=[str(login.key)],
            known_hosts=str(login.known_hosts),
            config=None,
            agent_path=None,
        ) as connection:
            for _ in range(COMMANDS):
                await connection.run(TRUE, check=True)

    async def every(logins: Sequence[SshLogin]) -> None:
        await asyncio.gather(*map(one, logins))

    return lambda logins: asyncio.run(every(logins))


def peer_pyinfra() -> Work:
    """By its API, an operation for each command."""
    from pyinfra.api import Config, Inventory, State
    from pyinfra.api.connect import connect_all, disconnect_all
    from pyinfra.api.operation import add_op
    from pyinfra.api.operations import run_ops
    from pyinfra.operations import server

    def work(logins: Sequence[SshLogin]) -> None:
        hosts = [
            (
                f"h{login.port}",
                {
                    "ssh_hostname": login.host,
                    "ssh_port": login.port,
                    "ssh_user": login.user,
                    "ssh_key": str(login.key),
                    "ssh_known_hosts_file": str(login.known_hosts),
                    "ssh_config_file": "/dev/null",
                },
            )
            for login in logins
        ]
        state = State(Inventory((hosts, {})), Config(PARALLEL=HOSTS))
        connect_all(state)
        for _ in range(COMMANDS):
            add_op(state, server.shell, commands=[TRUE])
        run_ops(state)
        done = [host.results for host in state.results.values()] if False else state.results
        assert all(each.success_ops == COMMANDS for each in done.values()), done
        disconnect_all(state)

    return work


CONTENDERS = {"drill": drill, "asyncssh": peer_asyncssh, "pyinfra": peer_pyinfra}
TARGETS = {"asyncssh": 1.0, "pyinfra": 0.45}


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """Compare them; they take turns, so that load hits them alike."""
    taken: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with ExitStack() as stack:
        logins = []
        for _ in range(HOSTS):
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            logins.append(stack.enter_context(LocalSshd(home)).login)
        for _ in range(rounds):
            for name in CONTENDERS:
                taken[name].append(_apart(name, logins))
    took = {name: median(times) for name, times in taken.items()}
    for peer, target in TARGETS.items():
        what = f"ssh.command, {HOSTS} hosts x {COMMANDS}"
        yield Row(what, took["drill"], peer, took[peer], target)


def _apart(name: str, logins: Sequence[SshLogin]) -> float:
    argv = [sys.executable, __file__, "--contend", name]
    given = json.dumps([asdict(login) for login in logins], default=str)
    told = subprocess.run(argv, input=given, check=True, stdout=subprocess.PIPE, text=True)
    return float(told.stdout)


def contend(name: str) -> float:
    """Return the seconds of the one contender."""
    logging.disable()
    known = ("key", "known_hosts")
    logins = [
        SshLogin(**{k: Path(v) if k in known else v for k, v in each.items()})
        for each in json.load(sys.stdin)
    ]
    work = CONTENDERS[name]()
    began = perf_counter()
    work(logins)
    return perf_counter() - began


def main(rounds: int = ROUNDS) -> None:
    """Print the rows."""
    print(HEAD)
    for row in rows(rounds):
        print(row, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contend"]:
        print(contend(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:]))
