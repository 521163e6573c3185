"""System calls that Python does not have; and a directory covered by itself, read-only, at once.

A bind mount that is made read-only afterwards would be so in one mount name
space only; services that systemd confines have their own.
"""

from __future__ import annotations

import ctypes
import os
import struct

OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
"""System calls by number: the same on all of Linux's architectures of today but alpha."""
HERE = -100
LIBRARY = ctypes.CDLL(None, use_errno=True)
CLONE = 1 | os.O_CLOEXEC
EMPTY_PATH, FROM_EMPTY_PATH = 0x1000, 4
READ_ONLY, PRIVATE = 1, 1 << 18


def cover_read_only(path: str) -> None:
    """Mount a directory over itself, read-only from its first moment (mount_setattr(2)).

    Raises:
        OSError: the kernel declines; nothing was mounted.
    """
    name = ctypes.c_char_p(os.fsencode(path))
    empty = ctypes.c_char_p(b"")
    attributes = struct.pack("QQQQ", READ_ONLY, 0, PRIVATE, 0)
    copy = system_call(OPEN_TREE, HERE, name, CLONE)
    try:
        system_call(MOUNT_SETATTR, copy, empty, EMPTY_PATH, attributes, len(attributes))
        system_call(MOVE_MOUNT, copy, empty, HERE, name, FROM_EMPTY_PATH)
    finally:
        os.close(copy)


def system_call(number: int, *given: object) -> int:
    """Make a system call (syscall(2))."""
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in given]
    return succeeded(LIBRARY.syscall(ctypes.c_long(number), *words))


def succeeded(ended: int) -> int:
    """Return what a function of the C library returned, unless it says that it failed."""
    if ended < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return ended
