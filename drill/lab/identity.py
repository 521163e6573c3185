"""User namespaces: the lab's root is nobody on this machine.

Always, also for real root: without a user namespace, a host's ``date -s`` would
set the whole machine's clock. Root maps 65536 ids from :data:`ROOT_BASE`; an
ordinary user maps his own id to 0 and the rest through newuidmap(1).
"""

import os
import pwd
import subprocess
import sys
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from drill.errors import LabError
from drill.lab.kernel import Space, open_proc, unshare

ROOT_BASE = 1_000_000
_COUNT = 65_536
_READY = b"+"


def fork_mapped(
    main: Callable[[], NoReturn],
    *,
    owner: str = "",
    place: Callable[[int], object] = lambda _pid: None,
) -> int:
    """Run ``main`` in a child that is root of a new user namespace; answer its pid.

    ``owner`` spreads labs of real root over many owning ids: the kernel counts
    inotify instances (128 by default) against the id that made the namespace.
    ``place`` is called with the child's pid before ``main`` starts.
    """
    unshared_r, unshared_w = os.pipe()
    mapped_r, mapped_w = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(unshared_r)
        os.close(mapped_w)
        _live_inside(main, unshared_w, mapped_r, owner)
    os.close(unshared_w)
    os.close(mapped_r)
    try:
        if os.read(unshared_r, 1) != _READY:
            raise LabError(
                "lab: this machine refuses user namespaces; "
                "set user.max_user_namespaces and, on Ubuntu, "
                "kernel.apparmor_restrict_unprivileged_userns=0, or run as root"
            )
        _write_maps(child)
        place(child)
        os.write(mapped_w, _READY)
    finally:
        os.close(unshared_r)
        os.close(mapped_w)
    return child


def lab_owner() -> int:
    """Tell which id of this machine is root inside of a lab."""
    return ROOT_BASE if os.geteuid() == 0 else os.geteuid()


def subordinate(path: Path = Path("/etc/subuid")) -> int | None:
    """First id of the range lent to this user by subuid(5), if any."""
    me = pwd.getpwuid(os.geteuid()).pw_name
    lines = path.read_text().splitlines() if path.exists() else []
    for line in lines:
        name, _, rest = line.partition(":")
        first, _, count = rest.partition(":")
        if name in (me, str(os.geteuid())) and int(count) >= _COUNT - 1:
            return int(first)
    return None


def _live_inside(main: Callable[[], NoReturn], unshared: int, mapped: int, owner: str) -> NoReturn:
    """Run ``main`` as mapped root; whatever it raises ends here, not in the caller's frames."""
    try:
        _become_root_inside(unshared, mapped, owner)
        main()
    except BaseException:  # noqa: BLE001 - the last frame of this process
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def _become_root_inside(unshared: int, mapped: int, owner: str) -> None:
    if os.geteuid() == 0 and owner:
        os.setresuid(*(ROOT_BASE + zlib.crc32(owner.encode()) % _COUNT,) * 3)
    unshare(Space.USER)
    open_proc()
    os.write(unshared, _READY)
    if os.read(mapped, 1) != _READY:
        os._exit(1)
    os.close(unshared)
    os.close(mapped)
    os.setresgid(0, 0, 0)
    os.setgroups([])
    os.setresuid(0, 0, 0)
    open_proc()


def _write_maps(child: int) -> None:
    if os.geteuid() == 0:
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{kind}").write_text(f"0 {ROOT_BASE} {_COUNT}\n")
        return
    for tool, me, table in (
        ("newuidmap", os.geteuid(), "/etc/subuid"),
        ("newgidmap", os.getegid(), "/etc/subgid"),
    ):
        first = subordinate(Path(table))
        if first is None:
            raise LabError(f"lab: {table} lends you no 65536 ids; ask root for `usermod -v/-w`")
        inside = ["0", str(me), "1", "1", str(first), str(_COUNT - 1)]
        subprocess.run([tool, str(child), *inside], check=True)
