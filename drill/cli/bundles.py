"""Bundles and checkpoints on disk."""

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from drill.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from drill.evidence.checkpoints import Checkpoint
    from drill.evidence.members import Run

LARGEST = 1 << 30
"""Bytes of a bundle."""

bundle_argument = click.argument(
    "bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="BUNDLE"
)


def read_bundle(path: Path) -> bytes:
    """Return a bundle's bytes.

    Raises:
        EvidenceError: it cannot be read, or is too large.
    """
    from drill.files import read_plain  # noqa: PLC0415  heavy

    try:
        return read_plain(path, LARGEST)
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read: {error.strerror}") from error


def write_bundle(path: Path, text: bytes) -> None:
    """Put a bundle in its place as a whole.

    Raises:
        UsageError: it cannot be written there.
    """
    from drill.files import put  # noqa: PLC0415  heavy

    try:
        put(path, text)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written: {error.strerror}; choose another place with --output"
        ) from error


def read_checkpoints(path: Path) -> "tuple[Checkpoint, ...]":
    """Return what a file of checkpoints says; one that is not there yet says nothing.

    Raises:
        EvidenceError: it cannot be read, or is none.
    """
    from drill.evidence.checkpoints import read  # noqa: PLC0415  heavy

    try:
        return read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise EvidenceError(f"{path}: cannot be read: {error}") from error
    except EvidenceError as error:
        raise EvidenceError(f"{path}: {error}") from error


def append_checkpoint(path: Path, one: "Checkpoint") -> None:
    """Add a line to a file of checkpoints, and flush it to the disk.

    Raises:
        EvidenceError: it cannot be written.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOCTTY | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(path, flags, 0o644), "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(one.line().encode())
            file.flush()
            os.fsync(file)
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be written: {error.strerror}") from error


def assert_agrees(known: "tuple[Checkpoint, ...]", run: "Run", path: Path | None) -> None:
    """Refuse a run that contradicts what was sealed before.

    Raises:
        EvidenceError: it does.
    """
    from drill.evidence.checkpoints import contradictions  # noqa: PLC0415  heavy

    if found := tuple(contradictions(known, run.opened.run, run.lines)):
        raise EvidenceError(f"{run.opened.run} contradicts {path}: {found[0]}")
