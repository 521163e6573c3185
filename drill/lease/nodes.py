"""What the kernel knows files by: numbers, and what each stands for below a directory.

A number stands for a file, not for its name. It is found by the name under
which it was seen last, never through a link, and must then be the same file;
one that is open is found by that, also when it has no name any more.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
import threading
from collections.abc import Iterator

from drill.lease.mounting import system_call

OPENAT2 = 437
WAY = struct.pack("=QQQ", os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, 0, 4 | 8)
"""How a file is found: RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH (openat2(2)), for nothing yet."""
ROOT_NODE = 1
DEEPEST = 2048
"""Directories in each other, as many as a path can name."""

FileKey = tuple[int, int]
"""A device and an inode's number."""


def key_of(found: os.stat_result) -> FileKey:
    """Return what is the same for all names of a file."""
    return found.st_dev, found.st_ino


def beneath(root: int, path: bytes) -> int:
    """Find a file below a directory; no link leads anywhere else."""
    words = (ctypes.c_char_p(path), ctypes.c_char_p(WAY), len(WAY))
    return system_call(OPENAT2, root, *words)


class FileNode:
    """A file that the kernel has a number for, how often it was told, and by what it is open."""

    __slots__ = ("key", "name", "number", "opened", "parent", "told")

    def __init__(self, number: int, key: FileKey) -> None:
        self.number, self.key = number, key
        self.parent: FileNode | None = None
        self.name = b""
        self.told = 0
        self.opened: set[int] = set()


class FileTree:
    """The files below a directory that the kernel knows; ``root`` is a descriptor of that."""

    def __init__(self, root: int) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._last = ROOT_NODE
        top = FileNode(ROOT_NODE, key_of(os.fstat(root)))
        top.told = 1
        self._nodes = {ROOT_NODE: top}
        self._by_key = {top.key: top}
        self._by_handle: dict[int, FileNode] = {}

    @contextlib.contextmanager
    def at(self, number: int) -> Iterator[int]:
        """Lend a descriptor that names a file, of which it may be that no more can be done."""
        found = self._found(number)
        try:
            if key_of(os.fstat(found)) != self._known(number).key:
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
            yield found
        finally:
            os.close(found)

    def number_of(self, parent: int, name: bytes, found: os.stat_result) -> int:
        """Return the number of a file that was seen in a directory: the kernel is told of it."""
        with self._lock:
            node = self._by_key.get(key_of(found))
            if node is None:
                self._last += 1
                node = FileNode(self._last, key_of(found))
                self._nodes[node.number] = self._by_key[node.key] = node
            node.parent, node.name = self._nodes.get(parent), name
            node.told += 1
            return node.number

    def moved(self, parent: int, name: bytes, found: os.stat_result) -> None:
        """Hear that a file has another name; all that is in it is found by that."""
        with self._lock:
            node = self._by_key.get(key_of(found))
            if node is not None:
                node.parent, node.name = self._nodes.get(parent), name

    def opened(self, number: int, handle: int) -> int:
        """Hear that a file is open."""
        with self._lock:
            node = self._known(number)
            node.opened.add(handle)
            self._by_handle[handle] = node
        return handle

    def closed(self, handle: int) -> None:
        """Close it."""
        with self._lock:
            node = self._by_handle.pop(handle)
            node.opened.discard(handle)
            os.close(handle)
            self._let_go(node)

    def forgotten(self, number: int, times: int) -> None:
        """Hear that the kernel forgot what it was told so many times."""
        with self._lock:
            node = self._nodes.get(number)
            if node is not None:
                node.told -= times
                self._let_go(node)

    def _let_go(self, node: FileNode) -> None:
        if node.told <= 0 and not node.opened:
            self._nodes.pop(node.number, None)
            if self._by_key.get(node.key) is node:
                del self._by_key[node.key]

    def _known(self, number: int) -> FileNode:
        try:
            return self._nodes[number]
        except KeyError:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE)) from None

    def _found(self, number: int) -> int:
        with self._lock:
            node = self._known(number)
            for handle in node.opened:
                return os.dup(handle)
            path = path_of(node)
        return beneath(self.root, path)


def path_of(node: FileNode) -> bytes:
    """Return the way to a file from the top."""
    names: list[bytes] = []
    above = node
    while above.parent is not None and len(names) < DEEPEST:
        names.append(above.name)
        above = above.parent
    return b"/".join(reversed(names)) or b"."


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
