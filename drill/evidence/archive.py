"""The archive of a bundle: a plain tar file (POSIX ustar) that can be written in one way only.

One directory with plain files in it, sorted, all of one owner, one mode and one time. A
reader takes it apart by itself, packs what it found anew, and holds the two against each
other: that finds every changed byte of every header, all padding, and all that follows
the end. It never writes to disk what it reads (CVE-2007-4559 and its kin).
"""

import re
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from drill.errors import EvidenceError

_BLOCK = 512
_END = bytes(2 * _BLOCK)
_PART = r"[A-Za-z0-9_%~+@=,-][A-Za-z0-9._%~+@=,-]*"
_PATH = re.compile(rf"{_PART}(?:/{_PART})+")
"""Names that no shell, no file system and no ``sha256sum`` reads in two ways."""
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
    if twice := [path for path, count in Counter(names).items() if count > 1]:
        raise EvidenceError(f"the archive holds {twice[0]} twice")
    top = PurePosixPath(names[0]).parts[0]
    if strays := [path for path in names if not path.startswith(f"{top}/")]:
        raise EvidenceError(f"the archive holds {strays[0]}, outside of {top}")
    members = {path.removeprefix(f"{top}/"): content for path, content, _ in found}
    archive = Archive(top, members, found[0][2])
    _assert_same(pack(archive), text, names)
    return archive


def _sorted(members: Mapping[str, bytes]) -> Iterator[bytes]:
    return (members[name] for name in sorted(members))


def _header(path: str, size: int, at: int) -> bytes:
    one = tarfile.TarInfo(path)
    one.size, one.mtime, one.mode = size, at, 0o644
    return one.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _files(text: bytes) -> Iterator[tuple[str, bytes, int]]:
    """Yield path, content and time of each file, up to the end; a header says what it likes."""
    at = 0
    while any(block := text[at : at + _BLOCK]):
        path = _path(block)
        size, time = _number(block[124:136], path), _number(block[136:148], path)
        content = text[at + _BLOCK : at + _BLOCK + size]
        if len(content) < size:
            raise EvidenceError(f"the archive is cut short within {path}")
        yield path, content, time
        at += _BLOCK + size + len(_padding(size))


def _path(block: bytes) -> str:
    name, prefix = (part.partition(b"\0")[0] for part in (block[:100], block[345:500]))
    path = b"/".join(part for part in (prefix, name) if part).decode("latin-1")
    if not _is_fit(path):
        raise EvidenceError(f"the archive holds {path!r}: no name that drill gives")
    if block[156:157] != tarfile.REGTYPE:
        raise EvidenceError(f"the archive holds {path}, which is no plain file")
    return path


def _number(field: bytes, path: str) -> int:
    if not re.fullmatch(rb"[0-7]{11}\0", field):
        raise EvidenceError(f"the archive's header of {path} was changed")
    return int(field[:-1], 8)


def _is_fit(path: str) -> bool:
    return len(path) <= _LONGEST and _PATH.fullmatch(path) is not None


def _assert_apart(paths: list[str]) -> None:
    """Refuse names that a file system could take for one, or for a way out.

    All are ASCII, so that there is nothing that Unicode could write in two ways.
    """
    seen: dict[str, str] = {}
    files = frozenset(paths)
    for path in paths:
        if not _is_fit(path):
            raise EvidenceError(f"{path!r} cannot be the name of a file in a bundle")
        for parent in (path, *map(str, PurePosixPath(path).parents)):
            other = seen.setdefault(parent.casefold(), parent)
            if other != parent or (parent in files and parent != path):
                raise EvidenceError(f"{path} and {other} are one file on some systems")


def _assert_same(packed: bytes, text: bytes, names: list[str]) -> None:
    if packed == text:
        return
    if names != sorted(names):
        raise EvidenceError("the archive's files are not in their order")
    if packed.startswith(text):
        raise EvidenceError("the archive is cut short at its end")
    if text.startswith(packed):
        raise EvidenceError(f"{len(text) - len(packed)} bytes follow the archive's end")
    at = next(n for n, (one, other) in enumerate(zip(packed, text, strict=False)) if one != other)
    raise EvidenceError(f"the archive's frame was changed at byte {at}")
