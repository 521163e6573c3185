"""The salt of a run, which keeps back what is kept back: beside the run, in nothing handed out."""

import os
from pathlib import Path
from secrets import token_bytes

from drill.errors import UsageError

SUFFIX = ".salt"
_BYTES = 32


def salt_path(run: Path) -> Path:
    """Return where the salt of the run with this directory is."""
    return run.with_name(run.name + SUFFIX)


def salt_of(path: Path, *, make: bool = False) -> bytes:
    """Return a salt; if it is missing and may be made, make it, for its owner only.

    Raises:
        UsageError: there is none, or what is there is none.
    """
    from drill.files import read_plain  # noqa: PLC0415  heavy

    try:
        if make:
            _make(path)
        text = read_plain(path, 2 * _BYTES + 1)
        salt = bytes.fromhex(text.decode("ascii"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is none that drill made"
        raise UsageError(
            f"{path}: no salt can be read: {why}; `drill seal` leaves it beside the run, and "
            "--salt says where it is kept since"
        ) from error
    if len(salt) != _BYTES:
        raise UsageError(f"{path}: it is no salt that drill made")
    return salt


def _make(path: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(token_bytes(_BYTES).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
