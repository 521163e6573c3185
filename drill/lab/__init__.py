"""Test infrastructure on one machine: sites, hosts, faults, gone without a trace.

The laws of this room:

* A lab is one tree of processes in anonymous namespaces. Nothing of it is seen
  from outside, and when any process of the tree is killed the kernel takes the
  rest: processes, mounts, networks, rules. Only empty cgroup directories can
  stay; the next ``up`` or ``status`` takes them.
* There is always a user namespace, for root too: a lab cannot harm its machine.
* Hosts are real Debian with systemd; they are entered over SSH only.
"""

from drill.lab.entry import enter
from drill.lab.facts import HostFacts, LabFacts

__all__ = ["HostFacts", "LabFacts", "enter", "leftovers", "obstacles", "running"]


def running(name: str) -> LabFacts | None:
    """Tell how to reach the lab of this name, or ``None`` when it is not up."""
    raise NotImplementedError(name)


def obstacles() -> tuple[str, ...]:
    """Say what keeps this machine from hosting a lab, each with its cure; () when nothing does."""
    raise NotImplementedError


def leftovers(name: str) -> tuple[str, ...]:
    """List all that is still on this machine of a lab: processes, mounts, cgroups, devices."""
    raise NotImplementedError(name)
