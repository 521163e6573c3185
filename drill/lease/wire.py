"""The kernel's FUSE protocol: how its requests are read, and how they are answered (fuse(4)).

As far as a file system needs it that passes everything on: linux/fuse.h, 7.36.
Sizes and offsets are the kernel's; numbers are in the machine's own order.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import struct
from typing import Callable, NamedTuple

MAJOR, MINOR = 7, 36
MOST_PIECE = 1 << 20
"""Bytes that are read or written by one request at most."""
PAGE = 4096
FROM_KERNEL = struct.Struct("=IIQQIIII")
TO_KERNEL = struct.Struct("=IiQ")
ATTRIBUTES = struct.Struct("=QQQqqqIIIIIIIIII")
ENTRY = struct.Struct("=QQQQII")
NAMED = struct.Struct("=QQII")
INIT_IN, INIT_MORE = struct.Struct("=IIII"), struct.Struct("=I")
INIT_OUT = struct.Struct("=IIIIHHIIHHI28x")
SETTING = struct.Struct("=IIQQQqqqIIIIIIII")
PIECE = struct.Struct("=QQIIQII")
OPENED = struct.Struct("=QII")
SPACE = struct.Struct("=QQQQQIII28x")
WORD, PAIR, LONG, LONGS = (struct.Struct(each) for each in ("=I", "=II", "=Q", "=QQ"))
LONG_WORDS, WORDS = struct.Struct("=QII"), struct.Struct("=IIII")
SEEK, ALLOCATION = struct.Struct("=QQI4x"), struct.Struct("=QQQI4x")
OPEN_DIRECTLY = 1 | 1 << 6
"""No cache in between, and writes side by side: FOPEN_DIRECT_IO, _PARALLEL_DIRECT_WRITES."""
ACL = 1 << 20
WANTED = (1 << 3) | (1 << 5) | (1 << 12) | (1 << 18) | (1 << 22) | (1 << 30) | (1 << 36)
"""FUSE_ATOMIC_O_TRUNC, _BIG_WRITES, _AUTO_INVAL_DATA, _PARALLEL_DIROPS, _MAX_PAGES, _INIT_EXT,
and _DIRECT_IO_ALLOW_MMAP, which Linux has since 6.6."""
RENAME_TO_NEW, BY_HANDLE = 1, 1
SET_MODE, SET_UID, SET_GID, SET_SIZE, SET_ATIME, SET_MTIME, SET_BY_HANDLE = (
    1 << bit for bit in range(7)
)
KEPT_FLAGS = os.ST_RDONLY | os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC
"""What a mount keeps of the one that it covers; the numbers of mount(2) are the same."""


class FuseAsked(NamedTuple):
    """A request: of what kind, of which node, by whom, and the rest of it."""

    kind: int
    unique: int
    node: int
    uid: int
    gid: int
    body: memoryview

    def names(self, after: int = 0) -> list[bytes]:
        """Return the names that stand at its end."""
        return bytes(self.body[after:]).split(b"\0")


class FuseDevice:
    """One connection to the kernel, and what is mounted by it."""

    def __init__(self) -> None:
        self._opened = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)

    def mount(self, over: int, source: str) -> None:
        """Mount it over a directory, with the flags of the mount there (mount(2)).

        Raises:
            OSError: the kernel declines; nothing was mounted.
        """
        place = f"/proc/self/fd/{over}"
        options = (
            f"fd={self._opened},rootmode={stat.S_IFDIR:o},user_id=0,group_id=0,"
            f"allow_other,default_permissions,max_read={MOST_PIECE}"
        )
        flags = ctypes.c_ulong(os.statvfs(place).f_flag & KEPT_FLAGS)
        words = [each.encode() for each in (source, place, "fuse")]
        library = ctypes.CDLL(None, use_errno=True)
        if library.mount(*words, flags, options.encode()):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def room(self) -> bytearray:
        """Return room for one request."""
        return bytearray(MOST_PIECE + PAGE)

    def take(self, room: bytearray) -> FuseAsked | None:
        """Wait for a request; ``None``: whatever was mounted is gone, for everybody."""
        while True:
            try:
                size = os.readv(self._opened, [room])
            except OSError as error:
                if error.errno in {errno.ENOENT, errno.EAGAIN}:  # taken back before it was read
                    continue
                return None
            _, kind, unique, node, uid, gid, _, _ = FROM_KERNEL.unpack_from(room)
            return FuseAsked(kind, unique, node, uid, gid, memoryview(room)[FROM_KERNEL.size : size])

    def answer(self, asked: FuseAsked, failed: int, *parts: bytes) -> None:
        """Answer a request, with an errno if it failed; whoever asked may be gone."""
        size = TO_KERNEL.size + sum(map(len, parts))
        with contextlib.suppress(OSError):
            os.writev(self._opened, [TO_KERNEL.pack(size, -failed, asked.unique), *parts])


def fuse_greeting(asked: FuseAsked, wanted: int) -> bytes:
    """Return the answer to the first request: which of the kernel's offers are taken."""
    _, minor, ahead, flags = INIT_IN.unpack_from(asked.body)
    offered = flags | (INIT_MORE.unpack_from(asked.body, INIT_IN.size)[0] << 32 if minor >= MINOR else 0)
    taken = offered & wanted
    low, high = taken & 0xFFFFFFFF, taken >> 32
    pages = MOST_PIECE // PAGE
    return INIT_OUT.pack(
        MAJOR, MINOR, ahead, low, 1024, 768, MOST_PIECE, 1, pages, 0, high
    )


def fuse_attributes(found: os.stat_result) -> bytes:
    """Return what is known of a file (stat(2)), as the kernel wants it; it is to ask each time."""
    times = (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)
    major, minor = os.major(found.st_rdev), os.minor(found.st_rdev)
    device = (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12)
    return ATTRIBUTES.pack(
        *(found.st_ino, found.st_size, found.st_blocks),
        *(each // 10**9 for each in times),
        *(each % 10**9 for each in times),
        *(found.st_mode, found.st_nlink, found.st_uid, found.st_gid, device),
        *(found.st_blksize, 0),
    )


def fuse_listed(number: int, kind: int, name: bytes, following: int) -> bytes:
    """Return an entry of a directory, and where the one after it begins (getdents(2))."""
    padding = b"\0" * (-len(name) % 8)
    return NAMED.pack(number, following, len(name), kind) + name + padding


FuseAnswer = Callable[[FuseAsked], "tuple[bytes, ...] | None"]
"""Answers a kind of request; ``None``: nobody waits for an answer."""
