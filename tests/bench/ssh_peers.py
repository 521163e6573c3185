"""The peers of bench/fleet.py, each by itself: run by a Python that has them, and not drill.

``python ssh_peers.py NAME PROGRAM TIMES`` reads the logins from standard input, runs the
program so often on each host, all hosts side by side, and prints the seconds, from
when all is imported.
"""

import asyncio
import json
import sys
from time import perf_counter


def through_asyncssh(logins, program, times):
    """By one event loop."""
    import asyncssh

    async def one(login):
        async with asyncssh.connect(
            login["host"],
            port=login["port"],
            username=login["user"],
            client_keys=[login["key"]],
            known_hosts=login["known_hosts"],
            config=None,
            agent_path=None,
        ) as connection:
            for _ in range(times):
                await connection.run(program, check=True)

    async def every():
        await asyncio.gather(*map(one, logins))

    return lambda: asyncio.run(every())


def through_pyinfra(logins, program, times):
    """By its API, an operation for each command."""
    from pyinfra.api import Config, Inventory, State
    from pyinfra.api.connect import connect_all, disconnect_all
    from pyinfra.api.operation import add_op
    from pyinfra.api.operations import run_ops
    from pyinfra.operations import server

    def work():
        state = State(
            Inventory((list(map(_pyinfra_host, logins)), {})), Config(PARALLEL=len(logins))
        )
        connect_all(state)
        for _ in range(times):
            add_op(state, server.shell, commands=[program])
        run_ops(state)
        assert all(host.success_ops == times for host in state.results.values())
        disconnect_all(state)

    return work


def _pyinfra_host(login):
    return f"h{login['port']}", {
        "ssh_hostname": login["host"],
        "ssh_port": login["port"],
        "ssh_user": login["user"],
        "ssh_key": login["key"],
        "ssh_known_hosts_file": login["known_hosts"],
        "ssh_config_file": "/dev/null",
    }


CONTENDERS = {"asyncssh": through_asyncssh, "pyinfra": through_pyinfra}


if __name__ == "__main__":
    name, program, times = sys.argv[1:]
    work = CONTENDERS[name](json.load(sys.stdin), program, int(times))
    began = perf_counter()
    work()
    print(perf_counter() - began)
