"""The kernel's FUSE protocol: how requests are read, and how they are answered (fuse(4)).

As far as a file system needs it that passes everything on: linux/fuse.h, 7.36.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import threading
from typing import Callable, NamedTuple

from drill.lease.mounting import LIBRARY, succeeded

FUSE_MAJOR, FUSE_MINOR = 7, 36
FUSE_PAGE, FUSE_MOST = 4096, 1 << 20
"""Bytes that one request reads or writes at most."""
IN_HEADER, OUT_HEADER = struct.Struct("=IIQQIIII"), struct.Struct("=IiQ")
ATTRIBUTES, LISTED = struct.Struct("=QQQqqqIIIIIIIIII"), struct.Struct("=QQII")
GREETED, GREETED_MORE = struct.Struct("=IIII"), struct.Struct("=16xI")
GREETING = struct.Struct("=IIIIHHIIHHI28x")
WORDS_2, WORDS_4 = struct.Struct("=II"), struct.Struct("=IIII")
LONG_1, LONG_WORD = struct.Struct("=Q"), struct.Struct("=QI4x")
LONGS_2_WORD, LONGS_3_WORD = struct.Struct("=QQI4x"), struct.Struct("=QQQI4x")
"""Numbers of 32 and 64 bits, as requests and answers begin with them."""
FUSE_ACL = 1 << 20
FUSE_WANTED = sum(1 << bit for bit in (3, 5, 12, 18, 22, 30, 36))
"""FUSE_ATOMIC_O_TRUNC, _BIG_WRITES, _AUTO_INVAL_DATA, _PARALLEL_DIROPS, _MAX_PAGES, _INIT_EXT,
and _DIRECT_IO_ALLOW_MMAP, which Linux has since 6.6."""
FUSE_INIT, FUSE_FORGETS = 26, (2, 36, 42)
"""The first request; and those that nobody waits for: FUSE_FORGET, _INTERRUPT, _BATCH_FORGET."""
MOUNT_KEPT = os.ST_RDONLY | os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC
"""Flags that a mount takes from the one that it covers; mount(2) has the same numbers."""
MOST_IDLE = 8
"""Threads that wait for a request; there is always one more than requests are at work."""


class Asked(NamedTuple):
    """A request: of what kind, about which node, by whom, and the rest of it."""

    kind: int
    unique: int
    node: int
    uid: int
    gid: int
    body: memoryview

    def names(self, after: int = 0) -> list[bytes]:
        """Return the names that stand at its end."""
        return bytes(self.body[after:]).split(b"\0")


Works = dict[int, Callable[[Asked], "tuple[bytes, ...]"]]
"""What answers requests, by the kernel's numbers of their kinds."""
Answered = Callable[[Asked], "tuple[bytes, ...]"]
"""Answers a request, or raises what it failed with."""


class FuseDevice:
    """A connection to the kernel, by which one file system is mounted."""

    def __init__(self) -> None:
        self._device = os.open("/dev/fuse", os.O_RDWR)
        self._idle, self._lock = 0, threading.Lock()
        self.ended = threading.Event()
        """The file system is gone, and nobody has a file of it open any more."""

    def mount(self, over: int, source: str) -> None:
        """Mount it over a directory (mount(2)).

        Raises:
            OSError: the kernel declines; nothing was mounted.
        """
        place = f"/proc/self/fd/{over}"
        options = (
            f"fd={self._device},rootmode={stat.S_IFDIR:o},user_id=0,group_id=0,"
            f"allow_other,default_permissions,max_read={FUSE_MOST}"
        )
        flags = os.statvfs(place).f_flag & MOUNT_KEPT
        words = [each.encode() for each in (source, place, "fuse")]
        succeeded(LIBRARY.mount(*words, flags, options.encode()))

    def serve(self, answered: Answered) -> None:
        """Answer requests, as many at once as there are, in threads of their own."""
        with self._lock:
            self._idle += 1
        try:
            threading.Thread(target=self._work, args=(answered,), daemon=True).start()
        except RuntimeError:  # no more can be had: whoever is at work comes back for what waits
            with self._lock:
                self._idle -= 1

    def _work(self, answered: Answered) -> None:
        room, stays = bytearray(FUSE_MOST + FUSE_PAGE), True
        while stays:
            asked = self._take(room)
            if asked is None:
                self.ended.set()
                return
            with self._lock:
                self._idle -= 1
                alone = not self._idle
            if alone:
                self.serve(answered)
            self._answer(asked, answered)
            with self._lock:
                stays = self._idle < MOST_IDLE
                self._idle += stays

    def _take(self, room: bytearray) -> Asked | None:
        """Wait for a request; ``None``: there will be none any more."""
        while True:
            try:
                size = os.readv(self._device, [room])
            except OSError as error:
                if error.errno in {errno.ENOENT, errno.EAGAIN}:  # taken back while it was read
                    continue
                return None
            _, kind, unique, node, uid, gid, _, _ = IN_HEADER.unpack_from(room)
            return Asked(kind, unique, node, uid, gid, memoryview(room)[IN_HEADER.size : size])

    def _answer(self, asked: Asked, answered: Answered) -> None:
        """Do what is asked, and say how it went; whoever asked may be gone."""
        failed = 0
        parts: tuple[bytes, ...] = ()
        try:
            parts = answered(asked)
        except OSError as error:
            failed = error.errno or errno.EIO
        except Exception:  # noqa: BLE001  no thread may die with a request that waits
            failed = errno.EIO
        if asked.kind in FUSE_FORGETS or self._said(asked, failed, parts):
            return
        self._said(asked, errno.EIO, ())

    def _said(self, asked: Asked, failed: int, parts: tuple[bytes, ...]) -> bool:
        """Send an answer; tell whether the kernel understood it, or did not wait for it."""
        size = OUT_HEADER.size + sum(map(len, parts))
        try:
            os.writev(self._device, [OUT_HEADER.pack(size, -failed, asked.unique), *parts])
        except OSError as error:
            return error.errno == errno.ENOENT
        return True


def greeting(asked: Asked, wanted: int) -> bytes:
    """Return the answer to the first request: which of the kernel's offers are taken."""
    _, minor, ahead, offered = GREETED.unpack_from(asked.body)
    if minor >= FUSE_MINOR:
        offered |= GREETED_MORE.unpack_from(asked.body)[0] << 32
    more, taken = divmod(offered & wanted, 1 << 32)
    pages = FUSE_MOST // FUSE_PAGE
    said = (FUSE_MAJOR, FUSE_MINOR, ahead, taken, 1024, 768, FUSE_MOST, 1, pages, 0, more)
    return GREETING.pack(*said)


def attributes(found: os.stat_result) -> bytes:
    """Return what is known of a file as the kernel wants it (stat(2))."""
    times = (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)
    major, minor = os.major(found.st_rdev), os.minor(found.st_rdev)
    return ATTRIBUTES.pack(
        *(found.st_ino, found.st_size, found.st_blocks),
        *(each // 10**9 for each in times),
        *(each % 10**9 for each in times),
        *(found.st_mode, found.st_nlink, found.st_uid, found.st_gid),
        *((minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12), found.st_blksize, 0),
    )


def entry_listed(number: int, kind: int, name: bytes, following: int) -> bytes:
    """Return an entry of a directory, and where the one after it begins (getdents(2))."""
    return LISTED.pack(number, following, len(name), kind) + name + b"\0" * (-len(name) % 8)
