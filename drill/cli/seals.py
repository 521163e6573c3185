"""Whether a run is sealed: a bundle lies beside its journal, and covers all of it."""

import os
import tarfile
from hashlib import sha256
from pathlib import Path

from drill.files import open_plain

SUFFIX = ".drill.tar"
_POINTS = "checkpoints.txt"
_SUMS = "SHA256SUMS"
_MOST = 16 * 1024 * 1024
"""Bytes of each: a line for each checkpoint, or for each file of the bundle."""


def bundle_of(journal: Path) -> Path:
    """Return where the bundle of a run lies."""
    run = journal.absolute().parent
    return run / f"{run.name}{SUFFIX}"


def unsealed(journal: Path, records: int, head: str) -> str:
    """Return why a run does not count as sealed; empty if it does.

    It looks at the bundle's checkpoints, which must be what the bundle's sums say, and must
    name the journal's present end. Whose signature is under the sums, ``verify.py`` tells.

    Args:
        journal: the run's journal.
        records: how many it holds now.
        head: SHA-256 of its last line.
    """
    bundle = bundle_of(journal)
    try:
        points, sums = _read(bundle)
    except FileNotFoundError:
        return "not sealed (drill seal)"
    except (OSError, tarfile.TarError, ValueError) as error:
        return f"its bundle {bundle.name} cannot be read ({error})"
    if sha256(points).hexdigest() != _sum_of(sums):
        return f"its bundle {bundle.name} is not what its sums say"
    if not any(_names(line, records, head) for line in points.splitlines()):
        return f"its bundle {bundle.name} was sealed over another journal"
    return ""


def _read(bundle: Path) -> tuple[bytes, bytes]:
    """Return the checkpoints and the sums of a bundle.

    Raises:
        OSError: there is none, or it is no plain file.
        tarfile.TarError: it is no archive.
        ValueError: it lacks one of them.
    """
    found: dict[str, bytes] = {}
    with (
        os.fdopen(open_plain(bundle), "rb") as file,
        tarfile.open(fileobj=file, mode="r:") as archive,
    ):
        for member in archive:
            _, _, name = member.name.partition("/")
            if name in (_POINTS, _SUMS) and member.isreg() and member.size <= _MOST:
                inside = archive.extractfile(member)
                found[name] = inside.read() if inside else b""
    for name in (_POINTS, _SUMS):
        if name not in found:
            raise ValueError(f"it holds no {name}")
    return found[_POINTS], found[_SUMS]


def _sum_of(sums: bytes) -> str:
    """Return what the sums, which have the form of sha256sum(1), say of the checkpoints."""
    for line in sums.decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition(" ")
        if name.lstrip(" *").removeprefix("./") == _POINTS:
            return digest
    return ""


def _names(line: bytes, records: int, head: str) -> bool:
    """Tell whether a checkpoint (records, bytes, head) is that of the journal's end."""
    words = line.decode("utf-8", "replace").split()
    return len(words) == 3 and (words[0], words[2]) == (str(records), head)  # noqa: PLR2004  as named
