"""``network.delay`` of ports: an nftables table leads their connections through a relay.

The service sees the host itself as its client. Connections that are open go on
as they are; those of the relay end with it.
"""

from __future__ import annotations

import os

from drill.lease.answers import FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import Machine
from drill.lease.partition import (
    data_interface,
    partition_state,
    partition_undo,
    rules_of,
)
from drill.lease.pressure import Load, pressure_apply, pressure_state, pressure_undo
from drill.lease.requests import Values

RELAY_PORTS = range(20000, 32768)
"""Below those that the kernel gives to clients."""
LISTENS = "0A"
"""The state of a listening socket (proc_net_tcp(5))."""


def taken_ports(machine: Machine) -> set[int]:
    """Return the ports that somebody listens at."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in machine.text(f"/proc/net/{name}").splitlines()[1:]
    ]
    return {int(each[1].rpartition(":")[2], 16) for each in lines if each[3] == LISTENS}


RELAY = Load(
    "relay",
    lambda job: job.captured["port"] in taken_ports(job.machine),
    "a relay at port {amount} (port, ms, jitter)",
)


def detour_rules(table: str, params: Values, port: int) -> str:
    """Return the table as nft(8) reads it."""
    ports = ", ".join(map(str, params["ports"]))
    match = f'iifname "{params["interface"]}" tcp dport {{ {ports} }}'
    return (
        f"create table inet {table}\n"
        f"add chain inet {table} prerouting "
        "{ type nat hook prerouting priority -100; policy accept; }\n"
        f'add rule inet {table} prerouting {match} counter redirect to :{port} comment "drill"\n'
    )


def detour_capture(machine: Machine, params: Values) -> Values:
    """See that the kernel can redirect, tried where it ends with the trying; find a free port."""
    data_interface(machine, params)
    start = int.from_bytes(os.urandom(2), "big")
    order = [RELAY_PORTS[(start + each) % len(RELAY_PORTS)] for each in range(len(RELAY_PORTS))]
    port = next(each for each in order if each not in taken_ports(machine))
    tried = detour_rules("drill_try", params, port)
    code, _, err = machine.run("unshare", "--net", "--", "nft", "-f", "-", given=tried)
    if code:
        raise RefusedError(f"nftables cannot redirect there: {err.strip()}; install its nat module")
    amount = f"{port},{params['delay']},{params['jitter']}"
    return {"hogs": 1, "amount": amount, "port": port, "by": "a relay in userspace"}


def detour_state(job: Job) -> Values:
    """Return the token's own table, and how many relays there are."""
    return {**partition_state(job), **pressure_state(job)}


def detour_apply(job: Job) -> str:
    """Start the relay, then lead new connections to it, and read that back."""
    told = pressure_apply(RELAY, job)
    script = detour_rules(job.table, job.params, job.captured["port"])
    code, _, err = job.machine.run("nft", "-f", "-", given=script)
    if code or len(rules_of(job)) != 1:
        raise FailedError(f"nft refuses the table: {err.strip()}")
    return f"ports {', '.join(map(str, job.params['ports']))} by {told}"


def detour_undo(job: Job) -> None:
    """Lead nobody to the relay any more, then end it."""
    try:
        partition_undo(job)
    finally:
        pressure_undo(job)
