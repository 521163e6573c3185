"""The archive of a bundle: a plain tar file (POSIX ustar) that can be written in one way only.

One directory with plain files in it, sorted, all of one owner, one mode and one time. A
reader takes it apart by itself, writes each header anew from what it understood, and holds
the two against each other: that finds every changed byte of every header, all padding, and
all that follows the end. It never writes to disk what it reads (CVE-2007-4559 and its kin).
"""

import re
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from drill.errors import EvidenceError

_BLOCK = 512
_END = bytes(2 * _BLOCK)
_PART = r"[A-Za-z0-9_%~+@=,][A-Za-z0-9._%~+@=,-]*"
_PATH = re.compile(rf"{_PART}(?:/{_PART})+")
"""Names that no shell, no file system and no ``sha256sum`` reads in two ways."""
_NUMBER = re.compile(rb"[0-7]{11}\0")
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Archive:
    """Files in one directory."""

    top: str
    """The directory's name."""
    members: Mapping[str, bytes]
    """Path below it to content."""
    at: int
    """The time of every file, in seconds since the epoch."""


def pack(archive: Archive) -> bytes:
    """Return the one encoding of an archive.

    Raises:
        EvidenceError: a name is not fit for one, or two of them would be one elsewhere.
    """
    paths = [f"{archive.top}/{name}" for name in sorted(archive.members)]
    _assert_apart(paths)
    blocks = (
        _header(path, len(text), archive.at) + text + _padding(len(text))
        for path, text in zip(paths, _sorted(archive.members), strict=True)
    )
    return b"".join([*blocks, _END])


def unpack(text: bytes) -> Archive:
    """Return what is in an archive, if not one byte of it could be another.

    Raises:
        EvidenceError: it is no archive that :func:`pack` wrote; what is wrong is named.
    """
    found = list(_files(text))
    if not found:
        raise EvidenceError("the archive holds no file: it is none of drill's, or was cut short")
    names = [path for path, _, _ in found]
    top, at = names[0].partition("/")[0], found[0][2]
    if names != sorted(names):
        raise EvidenceError("the archive's files are not in their order")
    if twice := [path for path, count in Counter(names).items() if count > 1]:
        raise EvidenceError(f"the archive holds {twice[0]} twice")
    for path, _, time in found:
        if not path.startswith(f"{top}/"):
            raise EvidenceError(f"the archive holds {path}, outside of {top}")
        if time != at:
            raise EvidenceError(f"the archive's header of {path} was changed: its time")
    _assert_apart(names)
    return Archive(top, {path[len(top) + 1 :]: content for path, content, _ in found}, at)


def _sorted(members: Mapping[str, bytes]) -> Iterator[bytes]:
    return (members[name] for name in sorted(members))


@lru_cache(maxsize=4096)
def _header(path: str, size: int, at: int) -> bytes:
    one = tarfile.TarInfo(path)
    one.size, one.mtime, one.mode = size, at, 0o644
    return one.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _files(text: bytes) -> Iterator[tuple[str, bytes, int]]:
    """Yield path, content and time of each file, and hold each frame against its one encoding."""
    at = 0
    while (block := text[at : at + _BLOCK]).strip(b"\0"):
        path = _path(block)
        size, time = _number(block[124:136], path), _number(block[136:148], path)
        if block != _header(path, size, time):
            raise EvidenceError(f"the archive's header of {path} was changed")
        begin = at + _BLOCK
        at = begin + size + -size % _BLOCK
        if at > len(text):
            raise EvidenceError(f"the archive is cut short within {path}")
        if text[begin + size : at].strip(b"\0"):
            raise EvidenceError(f"the archive's padding after {path} was changed")
        yield path, text[begin : begin + size], time
    if text[at:] != _END:
        raise EvidenceError(
            "the archive is cut short at its end"
            if _END.startswith(text[at:])
            else "the archive's end was changed, or something follows it"
        )


def _path(block: bytes) -> str:
    name, prefix = (part.partition(b"\0")[0] for part in (block[:100], block[345:500]))
    path = b"/".join(part for part in (prefix, name) if part).decode("latin-1")
    if not _is_fit(path):
        raise EvidenceError(f"the archive holds {path!r}: no name that drill gives")
    if block[156:157] != tarfile.REGTYPE:
        raise EvidenceError(f"the archive holds {path}, which is no plain file")
    return path


def _number(field: bytes, path: str) -> int:
    if not _NUMBER.fullmatch(field):
        raise EvidenceError(f"the archive's header of {path} was changed")
    return int(field[:-1], 8)


def _is_fit(path: str) -> bool:
    return len(path) <= _LONGEST and _PATH.fullmatch(path) is not None


def _assert_apart(paths: list[str]) -> None:
    """Refuse names that a file system could take for one, or for a way out.

    All are ASCII, so that there is nothing that Unicode could write in two ways.
    """
    seen: dict[str, str] = {}
    for path in paths:
        if not _is_fit(path):
            raise EvidenceError(f"{path!r} cannot be the name of a file in a bundle")
        parts = path.split("/")
        above = ("/".join(parts[:n]) + "/" for n in range(1, len(parts)))
        for spot in (*above, path):
            other = seen.setdefault(spot.rstrip("/").casefold(), spot)
            if other != spot:
                raise EvidenceError(f"{spot} and {other} are one file on some systems")
