"""cgroup2 directories, which a host's systemd needs as its own tree.

On a machine with cgroup v1 the (often empty) v2 hierarchy is mounted beside it;
a host that mounts cgroup2 afresh inside a cgroup namespace sees a pure v2 tree.
No controllers are needed. A cgroup directory is the one thing of a lab that the
kernel does not drop by itself.
"""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

_DELEGATED = (
    "cgroup.procs",
    "cgroup.threads",
    "cgroup.subtree_control",
    "cgroup.freeze",
    "cgroup.kill",
)
"""What cgroups(7) has a delegator give away, and the two verbs we use."""

_ELSEWHERE = "0"
"""How the kernel writes the pid of a process that this pid namespace cannot see."""

_BUSY_FOR = 5.0
"""Seconds a dying process may still hold its cgroup."""


def mount_point() -> Path | None:
    """Where this machine mounts cgroup2, if it does."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    return None


def parent() -> Path | None:
    """Where this user may make cgroups: the top for root, else his own cgroup if delegated."""
    top = mount_point()
    if top is None or os.geteuid() == 0:
        return top
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if line.startswith("0::"):
            mine = top / line.removeprefix("0::").lstrip("/")
            return mine if os.access(mine, os.W_OK) else None
    return None


def make(tree: Path, names: Iterable[str], owner: int) -> None:
    """Make ``tree`` with a leaf per name and give all of it to ``owner``."""
    for directory in (tree, *(tree / name for name in names)):
        directory.mkdir(exist_ok=True)
        if owner != os.geteuid():
            os.chown(directory, owner, owner)
            for file in _DELEGATED:
                os.chown(directory / file, owner, owner)


def join(leaf: Path) -> None:
    """Move this process into a cgroup."""
    (leaf / "cgroup.procs").write_text("0")


def freeze(leaf: Path, *, frozen: bool) -> None:
    """Stop or continue all processes of a cgroup."""
    (leaf / "cgroup.freeze").write_text("1" if frozen else "0")


def members(tree: Path) -> tuple[int, ...]:
    """All pids in a tree."""
    pids: list[int] = []
    for file in tree.rglob("cgroup.procs"):
        try:
            pids += [int(pid) for pid in file.read_text().split() if pid != _ELSEWHERE]
        except OSError:  # the cgroup went while we looked
            continue
    return tuple(pids)


def remove(tree: Path) -> bool:
    """Kill whatever is in a tree, then drop it; tell whether it is gone."""
    deadline = time.monotonic() + _BUSY_FOR
    while tree.exists() and time.monotonic() < deadline:
        for pid in members(tree):
            _kill(pid)
        for directory, _, _ in os.walk(tree, topdown=False):
            _rmdir(directory)
        if tree.exists():
            time.sleep(0.01)
    return not tree.exists()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _rmdir(directory: str) -> None:
    try:
        Path(directory).rmdir()
    except OSError:  # busy for a moment more, or gone: the caller looks again
        return
