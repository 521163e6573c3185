"""What is still on this machine of a lab: the proof that clean-up is complete."""

from collections.abc import Iterator
from pathlib import Path

from drill.lab import cgroups
from drill.lab.home import LabHome, home
from drill.lab.network import MANAGEMENT


def leftovers(name: str) -> tuple[str, ...]:
    """List all that is still on this machine of a lab: processes, mounts, cgroups, devices.

    A running lab is full of it. Disks under the lab's home are kept on purpose
    and not listed.
    """
    lab = home().lab(name)
    return (*_processes(lab), *_cgroups(lab), *_devices())


def _processes(lab: LabHome) -> Iterator[str]:
    """Find who is in its cgroups or sees one of its mounts, in whatever namespace.

    Its namespaces, with all networks and rules in them, live only as long as a
    process or a mount holds them.
    """
    for process in Path("/proc").glob("[0-9]*"):
        try:
            cgroup = (process / "cgroup").read_text()
            mounts = (process / "mountinfo").read_text()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:  # it ended while we looked
            continue
        if f"/{lab.cgroup}/" in cgroup:
            yield f"process {process.name} in its cgroup: {command}"
        elif f"{lab.path}/" in mounts:
            yield f"process {process.name} sees its mounts: {command}"


def _cgroups(lab: LabHome) -> Iterator[str]:
    parent = cgroups.parent()
    if parent is not None and (parent / lab.cgroup).exists():
        yield f"cgroup {parent / lab.cgroup}"


def _devices() -> Iterator[str]:
    """Find a lab's bridge outside of its namespace: a lab that leaked into the machine."""
    if (Path("/sys/class/net") / MANAGEMENT).exists():
        yield f"network device {MANAGEMENT}"
