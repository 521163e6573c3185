"""A file system that passes all on: what is in files and directories."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from typing import Callable

from drill.lease.entries import ENTRY_HEAD, Entries
from drill.lease.fuse import (
    LONG_1,
    LONG_WORD,
    LONGS_2_WORD,
    LONGS_3_WORD,
    WORDS_2,
    WORDS_4,
    Asked,
    Works,
    entry_listed,
)
from drill.lease.mounting import LIBRARY, succeeded
from drill.lease.nodes import FileTree, of

OPENED = struct.Struct("=QII")
DIRECTLY = 1 | 64
"""FOPEN_DIRECT_IO, _PARALLEL_DIRECT_WRITES: no cache in between, no write waits for another."""
WRITTEN_HEAD = 40
"""Where the bytes begin that are to be written."""
NOT_PASSED = os.O_CREAT | os.O_EXCL | os.O_NOCTTY | os.O_NOFOLLOW | os.O_DIRECT

Before = Callable[[str, int], None]
"""Is called before a read, write or fsync of so many bytes; what it raises is the answer."""


class Contents:
    """Open files and directories; ``entries`` makes the names of those that are new."""

    def __init__(self, tree: FileTree, entries: Entries, before: Before) -> None:
        self._tree, self._entries, self._before = tree, entries, before
        self._lists: dict[int, list[tuple[int, int, bytes]]] = {}
        self.works: Works = {
            14: self._open,
            15: self._read,
            16: self._write,
            18: self._close,
            20: self._sync,
            27: self._open,
            28: self._list,
            29: self._close,
            30: self._sync,
            35: self._create,
            43: self._allocate,
            46: self._seek,
        }

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

        entry = self._entries.made(asked, name, make)
        number = ENTRY_HEAD.unpack_from(entry)[0]
        return (entry, self._handed(number, handles[0]))

    def _handed(self, number: int, handle: int) -> bytes:
        return OPENED.pack(self._tree.opened(number, handle), DIRECTLY, 0)

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
            part = entry_listed(*each, following)
            room -= len(part)
            if room < 0:
                break
            parts.append(part)
        return (b"".join(parts),)


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
