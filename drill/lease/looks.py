"""A file system that passes all on: what is known of files, and of the disk."""

from __future__ import annotations

import errno
import os
import stat
import struct
from pathlib import Path

from drill.lease.fuse import WORDS_2, Asked, Works, attributes
from drill.lease.nodes import FileTree, of

GET_ATTRIBUTES, ATTRIBUTES_HEAD = struct.Struct("=I4xQ"), struct.Struct("=Q8x")
SET_ATTRIBUTES = struct.Struct("=I4xQQ8xqqqIIIIIII4x")
DISK_SPACE = struct.Struct("=QQQQQIII28x")
BY_HANDLE, SET_MODE, SET_UID, SET_GID, SET_SIZE = 1, 1, 2, 4, 8
SET_ATIME, SET_MTIME, SET_BY_HANDLE = 16, 32, 64


class Looks:
    """Owners, modes, sizes and times; extended attributes; room."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self.works: Works = {
            3: self._attributes,
            4: self._set,
            17: self._space,
            21: self._set_extended,
            22: self._extended,
            23: self._list_extended,
            24: self._remove_extended,
        }

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
            return value_told(os.getxattr(of(file), name), WORDS_2.unpack_from(asked.body)[0])

    def _list_extended(self, asked: Asked) -> tuple[bytes, ...]:
        with self._tree.at(asked.node) as file:
            names = [os.fsencode(each) + b"\0" for each in os.listxattr(of(file))]
        return value_told(b"".join(names), WORDS_2.unpack_from(asked.body)[0])

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
        disk = os.statvfs(of(self._tree.root))
        blocks = (disk.f_blocks, disk.f_bfree, disk.f_bavail, disk.f_files, disk.f_ffree)
        return (DISK_SPACE.pack(*blocks, disk.f_bsize, disk.f_namemax, disk.f_frsize),)


def value_told(value: bytes, room: int) -> tuple[bytes, ...]:
    """Return a value to who has room for it, its size to who has none."""
    if not room:
        return (WORDS_2.pack(len(value), 0),)
    if len(value) > room:
        raise OSError(errno.ERANGE, os.strerror(errno.ERANGE))
    return (value,)
