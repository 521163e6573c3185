"""A file system that passes all on to a directory: the same files, owners, rights and sizes.

The kernel asks for everything anew, and keeps nothing (but what is mapped into
memory), so who works in the directory itself and who comes through here see the
same. It also judges the rights of whoever asks; this, as root, is not asked.
Locks, too, are the kernel's: they hold among those who come through here.
"""

from __future__ import annotations

import errno
import os
from typing import Callable

from drill.lease.contents import Before, Contents
from drill.lease.entries import Entries
from drill.lease.fuse import FUSE_ACL, FUSE_INIT, FUSE_WANTED, Asked, Works, greeting
from drill.lease.looks import Looks
from drill.lease.nodes import FileTree, of


class Passthrough:
    """The file system over the directory that ``root`` is a descriptor of."""

    def __init__(
        self, root: int, before: Before, probe: bytes, offered: Callable[[], bool]
    ) -> None:
        tree = FileTree(root)
        self._root = root
        entries = Entries(tree, probe, offered)
        self._works: Works = {
            **entries.works,
            **Looks(tree).works,
            **Contents(tree, entries, before).works,
            FUSE_INIT: self._greet,
            36: lambda _: (),  # an interrupt: what has begun goes on
            38: lambda _: (),  # the end of it all
        }

    def answered(self, asked: Asked) -> tuple[bytes, ...]:
        """Do what is asked; what is not known here, the kernel does by itself."""
        work = self._works.get(asked.kind)
        if work is None:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        return work(asked)

    def _greet(self, asked: Asked) -> tuple[bytes, ...]:
        """Have access control lists obeyed where the disk has any (acl(5))."""
        acl = FUSE_ACL
        try:
            os.getxattr(of(self._root), "system.posix_acl_access")
        except OSError as error:
            acl = FUSE_ACL if error.errno == errno.ENODATA else 0
        return (greeting(asked, FUSE_WANTED | acl),)
