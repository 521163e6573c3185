"""What keeps this machine from hosting a lab, each with its cure."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from drill.lab import cgroups
from drill.lab.identity import subordinate

_TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "nft": "nftables",
    "nsenter": "util-linux",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
}
"""Command to the Debian package that has it."""
_MAPPERS = {"newuidmap": "uidmap", "newgidmap": "uidmap"}
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_MOUNT = "mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified"
_LIMIT_FILES = (
    (Path("/proc/sys/user/max_user_namespaces"), "0", "user.max_user_namespaces=65536"),
    (Path("/proc/sys/kernel/unprivileged_userns_clone"), "0", "kernel.unprivileged_userns_clone=1"),
    (
        Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        "1",
        "kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)
"""Switches that forbid user namespaces (the last two only to ordinary users)."""


def obstacles() -> tuple[str, ...]:
    """Say what keeps this machine from hosting a lab, each with its cure; () when nothing does."""
    use_sbin()
    looks: tuple[Callable[[], tuple[str, ...]], ...] = (_system, _tools, _namespaces, _cgroup)
    return tuple(found for look in looks for found in look())


def use_sbin() -> None:
    """Look for tools in the sbin directories too: an ordinary user's PATH lacks them."""
    path = os.environ.get("PATH", os.defpath).split(":")
    os.environ["PATH"] = ":".join([*path, *(each for each in _SBIN if each not in path)])


def _system() -> tuple[str, ...]:
    if sys.platform == "linux" and Path("/etc/debian_version").exists():
        return ()
    return ("the hosts are made of Debian packages: run it on Debian or Ubuntu",)


def _tools() -> tuple[str, ...]:
    wanted = _TOOLS if os.geteuid() == 0 else _TOOLS | _MAPPERS
    missing = sorted({package for tool, package in wanted.items() if shutil.which(tool) is None})
    return (f"missing tools: apt-get install {' '.join(missing)}",) if missing else ()


def _namespaces() -> tuple[str, ...]:
    found = []
    if not Path("/proc/self/ns/user").exists():
        found.append("the kernel has no user namespaces (CONFIG_USER_NS): use another kernel")
    for file, forbids, cure in _LIMIT_FILES:
        only_users = file.parent.name == "kernel"
        if only_users and os.geteuid() == 0:
            continue
        if file.exists() and file.read_text().strip() == forbids:
            found.append(f"user namespaces are forbidden: sysctl -w {cure}")
    if os.geteuid() != 0 and subordinate() is None:
        found.append("/etc/subuid lends you no 65536 ids: usermod --add-subuids 100000-165535 YOU")
    if "overlay" not in Path("/proc/filesystems").read_text():
        found.append("the kernel has no overlayfs: modprobe overlay")
    return tuple(found)


def _cgroup() -> tuple[str, ...]:
    if cgroups.mount_point() is None:
        return (f"cgroup2 is not mounted: {_MOUNT}",)
    parent = cgroups.parent()
    if parent is None or not os.access(parent, os.W_OK):
        return ("no cgroup of your own: systemd-run --user --scope -p Delegate=yes drill lab up",)
    return ()
