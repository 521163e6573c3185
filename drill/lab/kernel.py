"""The Linux system calls that the lab needs and Python does not have (yet).

Each function raises ``OSError`` with the kernel's errno. See unshare(2),
setns(2), mount(2), pivot_root(2), prctl(2), netdevice(7).
"""

import ctypes
import fcntl
import os
import platform
import signal
import socket
import struct
from enum import IntFlag
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_MNT_DETACH = 2
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}


class Space(IntFlag):
    """Kinds of namespaces (clone(2))."""

    MOUNT = 0x00020000
    CGROUP = 0x02000000
    UTS = 0x04000000
    IPC = 0x08000000
    USER = 0x10000000
    PID = 0x20000000
    NET = 0x40000000


class MountFlag(IntFlag):
    """Mount flags (mount(2))."""

    RDONLY = 1
    NOSUID = 2
    NODEV = 4
    NOEXEC = 8
    REMOUNT = 32
    BIND = 4096
    REC = 16384
    PRIVATE = 1 << 18


def _check(returned: int, what: str) -> None:
    if returned != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{what}: {os.strerror(errno)}")


def unshare(spaces: Space) -> None:
    """Leave the given namespaces for fresh ones."""
    _check(_libc.unshare(int(spaces)), f"unshare {spaces!r}")


def setns(descriptor: int) -> None:
    """Enter the namespace behind an open ``/proc/PID/ns/*`` file."""
    _check(_libc.setns(descriptor, 0), "setns")


def mount(
    source: str,
    target: Path | str,
    kind: str | None = None,
    flags: int = 0,
    options: str | None = None,
) -> None:
    """Mount ``source`` on ``target``."""
    returned = _libc.mount(
        source.encode(),
        str(target).encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(int(flags)),
        options.encode() if options else None,
    )
    _check(returned, f"mount {kind or source} on {target}")


def pivot_root(new: Path) -> None:
    """Make ``new`` the root of this mount namespace and forget the old one.

    Old and new root may be the same directory, the old one lies on top and is
    taken off: pivot_root(2), "pivot_root(".", ".")".
    """
    os.chdir(new)
    _check(_libc.syscall(_PIVOT_ROOT[platform.machine()], b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", _MNT_DETACH), "umount of the old root")
    os.chdir("/")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies.

    A change of ids clears the wish (prctl(2)), so ask after it.
    """
    _check(_libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), "prctl PDEATHSIG")


def open_proc() -> None:
    """Make ``/proc/self`` ours again after a change of ids (proc(5), PR_SET_DUMPABLE)."""
    _check(_libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl DUMPABLE")


def set_host_name(name: str) -> None:
    """Name this UTS namespace."""
    _check(_libc.sethostname(name.encode(), len(name)), "sethostname")


def set_link(device: str, *, up: bool) -> None:
    """Set a network device of this namespace up or down, without the cost of a process."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", device.encode(), 0)
        flags = struct.unpack_from("H", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request), 16)[0]
        wanted = flags | _IFF_UP if up else flags & ~_IFF_UP
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", device.encode(), wanted))
