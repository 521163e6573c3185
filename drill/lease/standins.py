"""What takes an original's place: other text, flipped bytes, ciphertext, a key or certificate."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from drill.lease.answers import RefusedError
from drill.lease.aside import Making
from drill.lease.paths import MOST_READ, OWN_NAME, below, kind_of
from drill.lease.requests import Values

FENCE = ".drill-sandbox"
"""A file in a directory, root's own, that says: what is in here may be encrypted."""
RESERVE = 64 << 20
"""Bytes that every fault leaves free on a disk."""
MOST_LOCKED = 2000
MOST_LOCKED_BYTES = 64 << 20
MOST_KEY = 1 << 16
"""Files, and bytes of them, that are encrypted; bytes of a key."""
OWN_ASIDE = rf"{re.escape(OWN_NAME)}[0-9a-f]{{16,64}}-\d.*"


def nothing(making: Making) -> None:
    """Put nothing there."""


def some(making: Making) -> None:
    """Decline where there is nothing to put aside."""
    if not kind_of(making.at):
        raise RefusedError(f"there is no {making.at.name}: nothing to break")


def a_directory(making: Making) -> None:
    """Decline what is no directory."""
    some(making)
    if kind_of(making.at) != stat.S_IFDIR:
        raise RefusedError(f"{making.at.name} is no directory")


def a_file(making: Making) -> None:
    """Decline what is no file, or one that there is no room to have a copy of."""
    some(making)
    if kind_of(making.at) != stat.S_IFREG:
        raise RefusedError(f"{making.at.name} is a directory, not a file")
    with_room(making.at, making.at.lstat().st_size)


def with_room(at: Path, size: int) -> None:
    """Decline to write so much that others find no room."""
    disk = os.statvfs(at.parent)
    if size > MOST_READ:
        raise RefusedError(f"{size} bytes are more than {MOST_READ}")
    if size + RESERVE > disk.f_bavail * disk.f_frsize:
        raise RefusedError(f"{size} bytes more do not leave {RESERVE} free on the disk")


def like_original(at: Path, new: Path) -> None:
    """Give a stand-in the owner, mode, times and attributes of its original."""
    found = at.lstat()
    os.chown(new, found.st_uid, found.st_gid, follow_symlinks=False)
    shutil.copystat(at, new, follow_symlinks=False)


def made_from(at: Path) -> BinaryIO:
    """Open a file that is no link."""
    return os.fdopen(os.open(at, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def read_whole(at: Path) -> bytes:
    """Read a file that is no link."""
    with made_from(at) as file:
        return file.read()


def write_new(new: Path, content: bytes) -> None:
    """Write a file that nobody else can read yet."""
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def same_looking(making: Making, content: bytes) -> None:
    """Write a file with other content that looks as its original did."""
    write_new(making.new, content)
    like_original(making.at, making.new)


def replaced_check(making: Making) -> None:
    """Decline a text that is there already."""
    a_file(making)
    content = making.params["content"].encode()
    if making.at.lstat().st_size == len(content) and read_whole(making.at) == content:
        raise RefusedError("it has this content already: nothing to break")


def replaced(making: Making) -> None:
    """Put other text there."""
    same_looking(making, making.params["content"].encode())


def flipped_check(making: Making) -> None:
    """Decline a file that ends before what would be flipped."""
    a_file(making)
    if not span_of(making):
        raise RefusedError(f"{making.at.name} has no bytes there: nothing to break")


def span_of(making: Making) -> range:
    """Return which bytes are flipped: from an offset, or those in the middle."""
    size, length = making.at.lstat().st_size, making.params["length"]
    first = making.params.get("offset")
    first = max(0, (size - length) // 2) if first is None else first
    return range(first, min(size, first + length))


def flipped(making: Making) -> None:
    """Flip every bit of some bytes; size and times stay, as when a disk goes bad."""
    span = span_of(making)
    write_new(making.new, b"")
    with made_from(making.at) as original, making.new.open("r+b") as file:
        shutil.copyfileobj(original, file, 1 << 20)
        file.seek(span.start)
        sound = file.read(len(span))
        file.seek(span.start)
        file.write(bytes(byte ^ 0xFF for byte in sound))
    like_original(making.at, making.new)


def locked_check(making: Making) -> None:
    """Decline a directory without a fence of root's own, or with more than plain files."""
    a_directory(making)
    fence = making.at / FENCE
    if kind_of(fence) != stat.S_IFREG or fence.lstat().st_uid != os.geteuid():
        raise RefusedError(f"there is no {FENCE} of root's own in it: it is not to be encrypted")
    kinds = {stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}
    found = [each.lstat() for each in below(making.at)]
    if len(found) > MOST_LOCKED or not all(stat.S_IFMT(each.st_mode) in kinds for each in found):
        raise RefusedError(f"there are more than {MOST_LOCKED} files, or sockets or devices in it")
    if len({each.st_dev for each in found if stat.S_ISDIR(each.st_mode)}) > 1:
        raise RefusedError("another file system is mounted in it")
    if not any(True for _ in victims_of(making)):
        raise RefusedError("there is no file in it: nothing to break")
    if any(re.fullmatch(OWN_ASIDE, each.name) for each in below(making.at)):
        raise RefusedError("another fault stands in it")
    size = sum(each.st_size for each in found)
    if size > MOST_LOCKED_BYTES:
        raise RefusedError(f"{size} bytes are more than {MOST_LOCKED_BYTES}")
    with_room(making.at, size)


def victims_of(making: Making) -> Iterator[Path]:
    """Yield the files that are encrypted."""
    for each in below(making.at):
        if kind_of(each) == stat.S_IFREG and each != making.at / FENCE:
            yield each


def locked(making: Making) -> None:
    """Make a directory in which each file is encrypted, and its name says so."""
    victims = set(victims_of(making))
    found = list(below(making.at))
    named = {each: making.new / each.relative_to(making.at) for each in found}
    for each in victims:
        named[each] = named[each].with_name(each.name + making.params["suffix"])
    for each in found:
        if each in victims:
            secret = making.key + os.fsencode(each.relative_to(making.at))
            write_new(named[each], ciphertext(read_whole(each), secret))
        else:
            copied(each, named[each])
    for each in reversed(found):  # a directory last: what is written into it changes its time
        like_original(each, named[each])


def copied(at: Path, new: Path) -> None:
    """Make a directory, a link or a file like another, but for its looks."""
    kind = kind_of(at)
    if kind == stat.S_IFDIR:
        new.mkdir(mode=0o700)
    elif kind == stat.S_IFLNK:
        new.symlink_to(at.readlink())
    else:
        write_new(new, read_whole(at))


def ciphertext(plain: bytes, secret: bytes) -> bytes:
    """Encrypt, or decrypt: the key stream is SHAKE-256 of a secret that is used once (FIPS 202)."""
    stream = hashlib.shake_256(secret).digest(len(plain))
    mixed = int.from_bytes(plain, "big") ^ int.from_bytes(stream, "big")
    return mixed.to_bytes(len(plain), "big")


def other_key(making: Making) -> None:
    """Put random hexadecimal digits there, as many as there were bytes: a key, but another's."""
    size = min(MOST_KEY, max(16, making.at.lstat().st_size))
    digits = hashlib.shake_256(making.key).hexdigest(size)[: size - 1]
    same_looking(making, digits.encode() + b"\n")


def answer_check(making: Making) -> None:
    """Decline what is no settings file, or says so already."""
    if kind_of(making.at):
        a_file(making)
        if read_whole(making.at) == answering(making):
            raise RefusedError("it answers so already: nothing to break")


def answer_made(making: Making) -> None:
    """Write settings by which dnsmasq(8) says something wrong of a name, or that there is none."""
    if kind_of(making.at):
        same_looking(making, answering(making))
    else:
        write_new(making.new, answering(making))
        making.new.chmod(0o644)


def answer_line(params: Values) -> str:
    """Return what is said of a name: which server knows it, or its address, or that it has none."""
    if params.get("server"):
        return f"server=/{params['name']}/{params['server']}"
    return f"address=/{params['name']}/{params.get('address') or ''}"


def answering(making: Making) -> bytes:
    """Return the settings without what they say of the name, and with what is wrong."""
    name = making.params["name"]
    said = read_whole(making.at) if kind_of(making.at) else b""
    whole_name = rb"(?<![A-Za-z0-9_.-])" + re.escape(name.encode()) + rb"(?![A-Za-z0-9_.-])"
    lines = [line for line in said.splitlines() if not re.search(whole_name, line)]
    return b"\n".join([*lines, answer_line(making.params).encode(), b""])
