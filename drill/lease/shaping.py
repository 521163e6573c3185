"""``network.bandwidth`` and ``network.delay``: what a host sends, queued at its interface's root.

Only a root that the kernel made by itself, handle 0:, gives way (tc(8)): when
ours is deleted, the kernel makes that one again, and it could make no other.
"""

from __future__ import annotations

import json
from typing import Callable

from drill.lease.answers import DirtyError, FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import Machine
from drill.lease.partition import data_interface
from drill.lease.requests import Values

LEAST_BURST = 10240
"""Bytes: a bucket that holds less than a few packets passes none (tc-tbf(8))."""

Discipline = Callable[[Values], "list[str]"]
"""Returns the words that tc(8) takes for one."""


def bucket(params: Values) -> list[str]:
    """Return a token bucket that fills within 10 ms, and queues for 50 ms at most (tc-tbf(8))."""
    rate = params["kbit"]
    burst = max(LEAST_BURST, rate * 1000 // 8 // 100)
    return ["tbf", "rate", f"{rate}kbit", "burst", str(burst), "latency", "50ms"]


def latency(params: Values) -> list[str]:
    """Return a queue that each packet stays in for a while (tc-netem(8))."""
    waits = [f"{params['delay']}ms", f"{params['jitter']}ms"]
    return ["netem", "limit", "10000", "delay", *waits]


def disciplines(machine: Machine, interface: str) -> list[Values]:
    """Return an interface's queueing disciplines, the root first, without what counts by itself."""
    code, out, err = machine.run("tc", "-j", "qdisc", "show", "dev", interface)
    if code:
        raise FailedError(f"the queues of {interface} cannot be read: {err.strip()}")
    kept = ("kind", "handle", "parent", "root", "options")
    found = [{name: each.get(name) for name in kept} for each in json.loads(out or "[]")]
    return sorted(found, key=lambda each: not each["root"])


def shaping_capture(discipline: Discipline, machine: Machine, params: Values) -> Values:
    """See that the kernel can do it, and can put back what is there.

    It is tried in a network name space that ends with the trying.
    """
    interface = data_interface(machine, params)
    root = root_of(disciplines(machine, interface))
    if root["handle"] != "0:":
        raise RefusedError(
            f"somebody gave {interface} the queueing discipline {root['kind']} {root['handle']}, "
            "which could not be put back; choose another interface"
        )
    words = discipline(params)
    tried = ("unshare", "--net", "--", "tc", "qdisc", "add", "dev", "lo", "root")
    code, _, err = machine.run(*tried, *words)
    if code:
        raise RefusedError(
            f"the kernel has no queueing discipline {words[0]}: {err.strip()}; install its module "
            f"sch_{words[0]}, or choose network.loss, or network.delay of `ports`, which need none"
        )
    return {}


def root_of(found: list[Values]) -> Values:
    """Return the root; an interface always has one."""
    return found[0] if found else {"kind": "none", "handle": "0:", "options": {}}


def shaping_state(job: Job) -> Values:
    """Return the interface's queues."""
    found = disciplines(job.machine, job.params["interface"])
    return {"queues": [(each["kind"], each["handle"], each["options"]) for each in found]}


def shaping_apply(discipline: Discipline, job: Job) -> str:
    """Put ours at the root, where there is only the kernel's own, and read it back."""
    interface, handle = job.params["interface"], handle_of(job)
    words = discipline(job.params)
    job.intend(kind=words[0])
    at = ("tc", "qdisc", "add", "dev", interface, "root", "handle", handle)
    code, _, err = job.machine.run(*at, *words)
    if code:
        raise FailedError(f"tc refuses {words[0]} on {interface}: {err.strip()}")
    root = root_of(disciplines(job.machine, interface))
    if (root["kind"], root["handle"]) != (words[0], handle):
        raise FailedError(f"at the root of {interface} is {root['kind']} {root['handle']}")
    job.intend(kind=words[0], options=root["options"])
    return f"{interface} sends by {' '.join(words)}"


def handle_of(job: Job) -> str:
    """Return the token's own handle: 16 bits, neither the kernel's 0 nor ingress's ffff."""
    return f"{int(job.record['token'][:8], 16) % 0xFFF0 + 1:x}:"


def shaping_undo(job: Job) -> None:
    """Delete ours; what somebody else put in its place, into it or beyond it, stays."""
    intent = job.record.get("intent")
    interface = job.params["interface"]
    found = disciplines(job.machine, interface)
    root = root_of(found)
    if intent is None or root["handle"] == "0:":
        return
    ours = root["handle"] == handle_of(job) and root["kind"] == intent["kind"]
    same = root["options"] == intent.get("options", root["options"])
    within = [each for each in found if str(each["parent"]).startswith(handle_of(job))]
    if not ours or not same or within:
        raise DirtyError(f"somebody else changed the queues of {interface}; they are left so")
    job.machine.run("tc", "qdisc", "delete", "dev", interface, "root", "handle", handle_of(job))
    if root_of(disciplines(job.machine, interface))["handle"] == handle_of(job):
        raise FailedError(f"the queue of drill is still at the root of {interface}")
