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
from drill.lab.facts import HostFacts, LabFacts, lab_names, running
from drill.lab.leftovers import leftovers
from drill.lab.lifecycle import down, purge, purge_kept, reap_all, up
from drill.lab.login import ssh_argv
from drill.lab.obstacles import obstacles
from drill.lab.pids import host_pids

__all__ = [
    "HostFacts",
    "LabFacts",
    "down",
    "enter",
    "host_pids",
    "lab_names",
    "leftovers",
    "obstacles",
    "purge",
    "purge_kept",
    "reap_all",
    "running",
    "ssh_argv",
    "up",
]
