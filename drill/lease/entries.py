"""A file system that passes all on: names, and what is made, moved and removed by them."""

from __future__ import annotations

import contextlib
import os
import stat
import struct
from pathlib import Path
from typing import Callable

from drill.lease.fuse import LONG_1, LONG_WORD, WORDS_2, WORDS_4, Asked, Works, attributes
from drill.lease.mounting import LIBRARY, succeeded
from drill.lease.nodes import ROOT_NODE, FileTree, beneath, lent, of

ENTRY_HEAD, FORGOTTEN = struct.Struct("=QQQQII"), struct.Struct("=QQ")
SET_ID = stat.S_ISUID | stat.S_ISGID


class Entries:
    """Names; ``probe`` is that of a file that is only here, as long as it is offered."""

    def __init__(self, tree: FileTree, probe: bytes, offered: Callable[[], bool]) -> None:
        self._tree, self._probe, self._offered = tree, probe, offered
        self._memory = os.memfd_create("probe")
        os.fchmod(self._memory, 0o600)
        self.works: Works = {
            1: self._lookup,
            2: self._forget,
            5: self._readlink,
            6: self._symlink,
            8: self._mknod,
            9: self._mkdir,
            10: self._unlink,
            11: self._rmdir,
            12: self._rename,
            13: self._link,
            42: self._forget_many,
            45: self._rename_so,
        }

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
        for number, times in FORGOTTEN.iter_unpack(asked.body[WORDS_2.size :]):
            self._tree.forgotten(number, times)
        return ()

    def made(self, asked: Asked, name: bytes, make: Callable[[int], object]) -> bytes:
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
        return (self.made(asked, name, lambda place: os.symlink(target, name, dir_fd=place)),)

    def _mknod(self, asked: Asked) -> tuple[bytes, ...]:
        mode, device, _, _ = WORDS_4.unpack_from(asked.body)
        name = asked.names(WORDS_4.size)[0]
        number = os.makedev(device >> 8 & 0xFFF, device & 0xFF | device >> 12 & 0xFFF00)
        return (self.made(asked, name, lambda at: os.mknod(name, mode, number, dir_fd=at)),)

    def _mkdir(self, asked: Asked) -> tuple[bytes, ...]:
        mode, _ = WORDS_2.unpack_from(asked.body)
        name = asked.names(WORDS_2.size)[0]
        return (self.made(asked, name, lambda place: os.mkdir(name, mode, dir_fd=place)),)

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
