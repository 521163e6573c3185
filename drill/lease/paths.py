"""Where a fault may touch files, and what is there: kind, mode, owner, attributes, content.

Every part of a path is opened without following links, and what was opened is
what is worked in (openat(2)): nobody can lead a fault elsewhere meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drill.lease.answers import FailedError, RefusedError
from drill.lease.machine import Machine

OWN_NAME = ".drill-"
"""Begins each name that drill itself gives to a file."""
PLACES = ("data", "etc", "home", "mnt", "opt", "srv", "tmp", "var")
"""Below these a fault may touch files, and nowhere else."""
WAY_BACK = (
    *("etc/drill", "etc/fstab", "etc/group", "etc/gshadow", "etc/ld.so.cache", "etc/ld.so.conf"),
    *("etc/ld.so.conf.d", "etc/ld.so.preload", "etc/machine-id", "etc/nsswitch.conf"),
    *("etc/pam.conf", "etc/pam.d", "etc/passwd", "etc/security", "etc/shadow", "etc/ssh"),
    *("etc/sudo.conf", "etc/sudoers", "etc/sudoers.d", "etc/systemd"),
    *("var/lib/drill", "var/lib/systemd"),
)
"""Without these nobody comes in, or nothing heals."""
MOST_READ = 256 << 20
MOST_ENTRIES = 5000
LONGEST_PATH = 1000
"""Bytes that are read of what is looked at, entries of one directory tree, characters of a path."""


def is_path(value: Any) -> bool:
    """Tell whether a value is an absolute path, at least two deep, that says where it leads."""
    if not isinstance(value, str) or len(value) > LONGEST_PATH or not value.isprintable():
        return False
    first, *parts = value.split("/")
    return not first and len(parts) > 1 and not {"", ".", ".."} & set(parts)


def touchable(path: str) -> str:
    """Return a path, if a fault may touch it, all of it, and drill still finds its way back."""
    parts = path.strip("/").split("/")
    inside = [each for each in WAY_BACK if f"{each}/".startswith(f"{'/'.join(parts)}/")]
    around = [each for each in WAY_BACK if f"{'/'.join(parts)}/".startswith(f"{each}/")]
    if inside or around or ".ssh" in parts:
        raise RefusedError(f"{path} is what drill needs to undo a fault; break something else")
    if parts[0] not in PLACES or any(each.startswith(OWN_NAME) for each in parts):
        raise RefusedError(f"{path} is not below any of /{', /'.join(PLACES)}")
    return path


@contextlib.contextmanager
def directory_of(machine: Machine, path: str) -> Iterator[Path]:
    """Hold the directory that a path is in; give a path to it that no rename or link changes."""
    at = os.open(machine.place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in path.strip("/").split("/")[:-1]:
            how = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            inner = os.open(part, how, dir_fd=at)
            os.close(at)
            at = inner
        yield Path("/proc/self/fd", str(at))
    finally:
        os.close(at)


@contextlib.contextmanager
def refusing(path: str) -> Iterator[None]:
    """Turn what the kernel says no to into a refusal."""
    try:
        yield
    except OSError as error:
        raise RefusedError(f"{path} cannot be looked at: {error.strerror}") from error


@contextlib.contextmanager
def failing(path: str) -> Iterator[None]:
    """Turn what the kernel says no to into a failure."""
    try:
        yield
    except OSError as error:
        raise FailedError(f"{path} cannot be worked at: {error.strerror}") from error


def name_of(path: str) -> str:
    """Return the last part of a path."""
    return path.rpartition("/")[2]


def kind_of(where: Path) -> int:
    """Return what kind of file is at a path (inode(7)); 0: nothing."""
    try:
        return stat.S_IFMT(where.lstat().st_mode)
    except FileNotFoundError:
        return 0


def below(top: Path) -> Iterator[Path]:
    """Yield a path and, if it is a directory, all that is in it, in order; no link is followed."""
    yield top
    count = 0
    for place, directories, files in os.walk(top) if kind_of(top) == stat.S_IFDIR else ():
        directories.sort()
        count += len(directories) + len(files)
        if count > MOST_ENTRIES:
            raise RefusedError(f"there are more than {MOST_ENTRIES} files; take less")
        yield from (Path(place, name) for name in sorted([*directories, *files]))


def look_of(where: Path, *, deep: bool) -> str:
    """Return 128 bits of a digest of all there is at a path; empty: there is nothing.

    Of what lies beyond the first :data:`MOST_READ` bytes, size, time and inode
    stand for the content; of a directory that is not looked at deeply, its inode.
    """
    kind = kind_of(where)
    if not kind:
        return ""
    if kind == stat.S_IFDIR and not deep:
        found = where.lstat()
        return f"{found.st_dev}:{found.st_ino}:{found.st_mode:o}:{found.st_uid}:{found.st_gid}"
    seen, left = hashlib.sha256(), MOST_READ
    for each in below(where):
        found = each.lstat()
        whole = stat.S_ISREG(found.st_mode) and found.st_size <= left
        left -= found.st_size if whole else 0
        attributes = sorted(os.listxattr(each, follow_symlinks=False))
        told = [
            *(str(each.relative_to(where)), found.st_mtime_ns),
            *(found.st_mode, found.st_uid, found.st_gid),
            *((name, os.getxattr(each, name, follow_symlinks=False).hex()) for name in attributes),
            content_of(each, found, whole=whole),
        ]
        seen.update(json.dumps(told).encode())
    return seen.hexdigest()[:32]


def content_of(where: Path, found: os.stat_result, *, whole: bool) -> str:
    """Return what stands for the content of a file: its digest, or its identity."""
    if stat.S_ISLNK(found.st_mode):
        return str(where.readlink())
    if not whole:
        size = 0 if stat.S_ISDIR(found.st_mode) else found.st_size
        return f"{found.st_ino if size else 0} {size} {found.st_rdev}"
    seen = hashlib.sha256()
    with os.fdopen(os.open(where, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            seen.update(piece)
    return seen.hexdigest()
