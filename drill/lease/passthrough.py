"""A file system that passes all on to a directory: the same files, owners, rights and sizes.

The kernel asks for everything anew, and keeps nothing (but what is mapped into
memory), so who works in the directory itself and who comes through here see the
same. It also judges the rights of whoever asks; this, as root, is not asked.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

from drill.lease.fuse import (
    FUSE_ACL,
    FUSE_INIT,
    FUSE_WANTED,
    Answered,
    Asked,
    attributes,
    greeting,
    listed,
)
from drill.lease.mounting import LIBRARY, succeeded
from drill.lease.nodes import ROOT_NODE, FileTree, beneath

WORDS_2, WORDS_4 = struct.Struct("=II"), struct.Struct("=IIII")
LONG_1, LONGS_2 = struct.Struct("=Q"), struct.Struct("=QQ")
LONG_WORDS_2, LONG_WORD = struct.Struct("=QII"), struct.Struct("=QI4x")
LONGS_2_WORD, LONGS_3_WORD = struct.Struct("=QQI4x"), struct.Struct("=QQQI4x")
GET_ATTRIBUTES, ATTRIBUTES_HEAD = struct.Struct("=I4xQ"), struct.Struct("=Q8x")
SET_ATTRIBUTES = struct.Struct("=I4xQQ8xqqqIIIIIII4x")
ENTRY_HEAD, SPACE = struct.Struct("=QQQQII"), struct.Struct("=QQQQQIII28x")
BY_HANDLE, SET_MODE, SET_UID, SET_GID, SET_SIZE = 1, 1, 2, 4, 8
SET_ATIME, SET_MTIME, SET_BY_HANDLE = 16, 32, 64
DIRECTLY = 1 | 64
"""FOPEN_DIRECT_IO, _PARALLEL_DIRECT_WRITES: no cache in between, no write waits for another."""
WRITTEN_HEAD = 40
"""Where the bytes begin that are to be written."""
NOT_PASSED = os.O_CREAT | os.O_EXCL | os.O_NOCTTY | os.O_NOFOLLOW | os.O_DIRECT
SET_ID = stat.S_ISUID | stat.S_ISGID

Before = Callable[[str, int], None]
"""Is called before a read, write or fsync of so many bytes; what it raises is the answer."""


class Passthrough:
    """The file system; ``probe`` is a file that is only here, as long as it is offered."""

    def __init__(
        self, root: int, before: Before, probe: bytes, offered: Callable[[], bool]
    ) -> None:
        self._tree, self._before = FileTree(root), before
        self._place = of(root)
        self._probe, self._offered = probe, offered
        self._memory = os.memfd_create("probe")
        os.fchmod(self._memory, 0o600)
        self._lists: dict[int, list[tuple[int, int, bytes]]] = {}
        self._works: dict[int, Answered] = {
            1: self._lookup,
            2: self._forget,
            3: self._attributes,
            4: self._set,
            5: self._readlink,
            6: self._symlink,
            8: self._mknod,
            9: self._mkdir,
            10: self._unlink,
            11: self._rmdir,
            12: self._rename,
            13: self._link,
            14: self._open,
            15: self._read,
            16: self._write,
            17: self._space,
            18: self._close,
            20: self._sync,
            21: self._set_extended,
            22: self._extended,
            23: self._list_extended,
            24: self._remove_extended,
            FUSE_INIT: self._greet,
            27: self._open,
            28: self._list,
            29: self._close,
            30: self._sync,
            35: self._create,
            36: lambda _: (),  # an interrupt: what has begun goes on
            38: lambda _: (),  # the end of it all
            42: self._forget_many,
            43: self._allocate,
            45: self._rename_so,
            46: self._seek,
        }
        """By the kernel's numbers (linux/fuse.h); what is not here, it does by itself."""

    def answered(self, asked: Asked) -> tuple[bytes, ...]:
        """Do what is asked."""
        work = self._works.get(asked.kind)
        if work is None:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        return work(asked)

    def _greet(self, asked: Asked) -> tuple[bytes, ...]:
        acl = FUSE_ACL
        try:
            os.getxattr(self._place, "system.posix_acl_access")
        except OSError as error:
            acl = FUSE_ACL if error.errno == errno.ENODATA else 0
        return (greeting(asked, FUSE_WANTED | acl),)

    # names

    def _entry(self, parent: int, name: bytes, found: os.stat_result) -> bytes:
        number = self._tree.number_of(parent, name, found)
        return ENTRY_HEAD.pack(number, 0, 0, 0, 0, 0) + attributes(found)

    def _lookup(self, asked: Asked) -> tuple[bytes, ...]:
        name = asked.names()[0]
        if asked.node == ROOT_NODE and name == self._probe and self._offered():
            entry = self._entry(ROOT_NODE, name, os.fstat(self._memory))
            number = ENTRY_HEAD.unpack_from(entry)[0]
            self._tree.opened(number, self._memory)
            return (entry,)
        with self._tree.at(asked.node) as place:
            found = os.stat(name, dir_fd=place, follow_symlinks=False)
        return (self._entry(asked.node, name, found),)

    def _forget(self, asked: Asked) -> tuple[bytes, ...]:
        self._tree.forgotten(asked.node, LONG_1.unpack_from(asked.body)[0])
        return ()

    def _forget_many(self, asked: Asked) -> tuple[bytes, ...]:
        for number, times in LONGS_2.iter_unpack(asked.body[WORDS_2.size :]):
            self._tree.forgotten(number, times)
        return ()

    def _made(self, asked: Asked, name: bytes, make: Callable[[int], object]) -> bytes:
        """Make something in a directory; it belongs to whoever asks."""
        with self._tree.at(asked.node) as place:
            make(place)
            with lent(beneath(place, name)) as new:
                found = os.fstat(new)
                group = -1 if os.fstat(place).st_mode & stat.S_ISGID else asked.gid
                os.chown(of(new), asked.uid, group)
                if found.st_mode & SET_ID and not stat.S_ISDIR(found.st_mode):
                    Path(of(new)).chmod(stat.S_IMODE(found.st_mode))  # chown(2) takes them away
                return self._entry(asked.node, name, os.fstat(new))

    def _symlink(self, asked: Asked) -> tuple[bytes, ...]:
        name, target = asked.names()[:2]
        return (self._made(asked, name, lambda place: os.symlink(target, name, dir_fd=place)),)

    def _mknod(self, asked: Asked) -> tuple[bytes, ...]:
        mode, device, _, _ = WORDS_4.unpack_from(asked.body)
        name = asked.names(WORDS_4.size)[0]
        number = os.makedev(device >> 8 & 0xFFF, device & 0xFF | device >> 12 & 0xFFF00)
        return (self._made(asked, name, lambda at: os.mknod(name, mode, number, dir_fd=at)),)

    def _mkdir(self, asked: Asked) -> tuple[bytes, ...]:
        mode, _ = WORDS_2.unpack_from(asked.body)
        name = asked.names(WORDS_2.size)[0]
        return (self._made(asked, name, lambda place: os.mkdir(name, mode, dir_fd=place)),)

    def _unlink(self, asked: Asked) -> tuple[bytes, ...]:
        with self._tree.at(asked.node) as place:
            os.unlink(asked.names()[0], dir_fd=place)
        return ()

    def _rmdir(self, asked: Asked) -> tuple[bytes, ...]:
        with self._tree.at(asked.node) as place:
            os.rmdir(asked.names()[0], dir_fd=place)
        return ()

    def _rename(self, asked: Asked) -> tuple[bytes, ...]:
        old, new = asked.names(LONG_1.size)[:2]
        return self._renamed(asked, LONG_1.unpack_from(asked.body)[0], old, new, 0)

    def _rename_so(self, asked: Asked) -> tuple[bytes, ...]:
        parent, flags = LONG_WORD.unpack_from(asked.body)
        old, new = asked.names(LONG_WORD.size)[:2]
        return self._renamed(asked, parent, old, new, flags)

    def _renamed(
        self, asked: Asked, parent: int, old: bytes, new: bytes, flags: int
    ) -> tuple[bytes, ...]:
        with self._tree.at(asked.node) as place, self._tree.at(parent) as other:
            if flags:  # what was there stays, or both change places: renameat2(2)
                succeeded(LIBRARY.renameat2(place, old, other, new, flags))
            else:
                os.rename(old, new, src_dir_fd=place, dst_dir_fd=other)
            for number, at, name in ((asked.node, place, old), (parent, other, new)):
                with contextlib.suppress(FileNotFoundError):
                    found = os.stat(name, dir_fd=at, follow_symlinks=False)
                    self._tree.moved(number, name, found)
        return ()

    def _link(self, asked: Asked) -> tuple[bytes, ...]:
        name = asked.names(LONG_1.size)[0]
        with self._tree.at(LONG_1.unpack_from(asked.body)[0]) as file:
            with self._tree.at(asked.node) as place:
                os.link(of(file), name, dst_dir_fd=place, follow_symlinks=True)
            return (self._entry(asked.node, name, os.fstat(file)),)

    def _readlink(self, asked: Asked) -> tuple[bytes, ...]:
        with self._tree.at(asked.node) as file:
            return (os.readlink(b"", dir_fd=file),)

    # what is known of a file

    def _attributes(self, asked: Asked) -> tuple[bytes, ...]:
        flags, handle = GET_ATTRIBUTES.unpack_from(asked.body)
        if flags & BY_HANDLE:
            return (ATTRIBUTES_HEAD.pack(0), attributes(os.fstat(handle)))
        with self._tree.at(asked.node) as file:
            return (ATTRIBUTES_HEAD.pack(0), attributes(os.fstat(file)))

    def _set(self, asked: Asked) -> tuple[bytes, ...]:
        """Set owner, mode, size and times, in this order: a new owner takes bits off the mode."""
        what, handle, size, *rest = SET_ATTRIBUTES.unpack_from(asked.body)
        atime, mtime, _, atime_ns, mtime_ns, _, mode, _, uid, gid = rest
        with self._tree.at(asked.node) as file:
            if what & (SET_UID | SET_GID):
                os.chown(of(file), uid if what & SET_UID else -1, gid if what & SET_GID else -1)
            if what & SET_MODE:
                Path(of(file)).chmod(stat.S_IMODE(mode))
            if what & SET_SIZE:
                os.truncate(handle if what & SET_BY_HANDLE else of(file), size)
            found = os.fstat(file)
            if what & (SET_ATIME | SET_MTIME):
                accessed = atime * 10**9 + atime_ns if what & SET_ATIME else found.st_atime_ns
                modified = mtime * 10**9 + mtime_ns if what & SET_MTIME else found.st_mtime_ns
                os.utime(of(file), ns=(accessed, modified))
            return (ATTRIBUTES_HEAD.pack(0), attributes(os.fstat(file)))

    def _extended(self, asked: Asked) -> tuple[bytes, ...]:
        name = asked.names(WORDS_2.size)[0]
        with self._tree.at(asked.node) as file:
            return told(os.getxattr(of(file), name), WORDS_2.unpack_from(asked.body)[0])

    def _list_extended(self, asked: Asked) -> tuple[bytes, ...]:
        with self._tree.at(asked.node) as file:
            names = [os.fsencode(each) + b"\0" for each in os.listxattr(of(file))]
        return told(b"".join(names), WORDS_2.unpack_from(asked.body)[0])

    def _set_extended(self, asked: Asked) -> tuple[bytes, ...]:
        size, flags = WORDS_2.unpack_from(asked.body)
        name = asked.names(WORDS_2.size)[0]
        value = bytes(asked.body[WORDS_2.size + len(name) + 1 :][:size])
        with self._tree.at(asked.node) as file:
            os.setxattr(of(file), name, value, flags)
        return ()

    def _remove_extended(self, asked: Asked) -> tuple[bytes, ...]:
        with self._tree.at(asked.node) as file:
            os.removexattr(of(file), asked.names()[0])
        return ()

    def _space(self, asked: Asked) -> tuple[bytes, ...]:
        del asked
        disk = os.statvfs(self._place)
        blocks = (disk.f_blocks, disk.f_bfree, disk.f_bavail, disk.f_files, disk.f_ffree)
        return (SPACE.pack(*blocks, disk.f_bsize, disk.f_namemax, disk.f_frsize),)

    # what is in a file

    def _open(self, asked: Asked) -> tuple[bytes, ...]:
        flags = WORDS_2.unpack_from(asked.body)[0]
        with self._tree.at(asked.node) as file:
            handle = os.open(of(file), flags & ~NOT_PASSED)
        return (self._handed(asked.node, handle),)

    def _create(self, asked: Asked) -> tuple[bytes, ...]:
        flags, mode, _, _ = WORDS_4.unpack_from(asked.body)
        name = asked.names(WORDS_4.size)[0]
        handles: list[int] = []

        def make(place: int) -> None:
            flag = flags & ~NOT_PASSED | os.O_CREAT | os.O_EXCL
            try:
                handles.append(os.open(name, flag, stat.S_IMODE(mode), dir_fd=place))
            except FileExistsError:
                if flags & os.O_EXCL:
                    raise
                raise OSError(errno.ESTALE, name) from None  # have it looked up, and opened

        entry = self._made(asked, name, make)
        number = ENTRY_HEAD.unpack_from(entry)[0]
        return (entry, self._handed(number, handles[0]))

    def _handed(self, number: int, handle: int) -> bytes:
        return LONG_WORDS_2.pack(self._tree.opened(number, handle), DIRECTLY, 0)

    def _close(self, asked: Asked) -> tuple[bytes, ...]:
        handle = LONG_1.unpack_from(asked.body)[0]
        self._lists.pop(handle, None)
        self._tree.closed(handle)
        return ()

    def _read(self, asked: Asked) -> tuple[bytes, ...]:
        handle, offset, size = LONGS_2_WORD.unpack_from(asked.body)
        self._before("read", size)
        return (os.pread(handle, size, offset),)

    def _write(self, asked: Asked) -> tuple[bytes, ...]:
        handle, offset, size = LONGS_2_WORD.unpack_from(asked.body)
        self._before("write", size)
        written = os.pwrite(handle, asked.body[WRITTEN_HEAD:][:size], offset)
        return (WORDS_2.pack(written, 0),)

    def _sync(self, asked: Asked) -> tuple[bytes, ...]:
        handle, only_data = LONG_WORD.unpack_from(asked.body)
        self._before("fsync", 0)
        (os.fdatasync if only_data & 1 else os.fsync)(handle)
        return ()

    def _allocate(self, asked: Asked) -> tuple[bytes, ...]:
        handle, offset, length, mode = LONGS_3_WORD.unpack_from(asked.body)
        span = (ctypes.c_int64(offset), ctypes.c_int64(length))
        succeeded(LIBRARY.fallocate64(handle, mode, *span))
        return ()

    def _seek(self, asked: Asked) -> tuple[bytes, ...]:
        handle, offset, whence = LONGS_2_WORD.unpack_from(asked.body)
        return (LONG_1.pack(os.lseek(handle, offset, whence)),)

    def _list(self, asked: Asked) -> tuple[bytes, ...]:
        handle, offset, size = LONGS_2_WORD.unpack_from(asked.body)
        if not offset:
            self._lists[handle] = entries_of(handle)
        parts, room = [], size
        for following, each in enumerate(self._lists[handle][offset:], offset + 1):
            part = listed(*each, following)
            room -= len(part)
            if room < 0:
                break
            parts.append(part)
        return (b"".join(parts),)


def of(descriptor: int) -> str:
    """Return a path to what a descriptor names, wherever it is by now (proc_pid_fd(5))."""
    return f"/proc/self/fd/{descriptor}"


@contextlib.contextmanager
def lent(descriptor: int) -> Iterator[int]:
    """Lend a descriptor, and close it."""
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def told(value: bytes, room: int) -> tuple[bytes, ...]:
    """Return a value to who has room for it, its size to who has none."""
    if not room:
        return (WORDS_2.pack(len(value), 0),)
    if len(value) > room:
        raise OSError(errno.ERANGE, os.strerror(errno.ERANGE))
    return (value,)


def entries_of(directory: int) -> list[tuple[int, int, bytes]]:
    """Return what is in a directory: inode, kind as in dirent.h, name."""
    own = os.fstat(directory).st_ino
    seen = [(own, stat.S_IFDIR >> 12, b"."), (own, stat.S_IFDIR >> 12, b"..")]
    with os.scandir(directory) as found:
        seen += [(each.inode(), kind_in(each), os.fsencode(each.name)) for each in found]
    return seen


def kind_in(entry: os.DirEntry[str]) -> int:
    """Return the kind of an entry; 0: whoever must know asks for it."""
    if entry.is_symlink():
        return stat.S_IFLNK >> 12
    if entry.is_dir(follow_symlinks=False):
        return stat.S_IFDIR >> 12
    return stat.S_IFREG >> 12 if entry.is_file(follow_symlinks=False) else 0
