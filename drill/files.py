"""Opening files where somebody else may have been first: what is not a plain file is refused.

A FIFO makes its reader wait for ever, a device answers for ever, and a symbolic
or hard link leads a writer to a file of somebody else's. So each file is opened
without waiting, then looked at by its descriptor, which nobody can exchange.
All errors are :class:`OSError` with a ``strerror`` that says what is there.
"""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import mkstemp

_KINDS: Mapping[int, str] = {
    stat.S_IFDIR: "it is a directory",
    stat.S_IFIFO: "it is a pipe",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
    stat.S_IFSOCK: "it is a socket",
    stat.S_IFLNK: "it is a symbolic link",
}
_MADE_UP = (Path("/proc"), Path("/sys"))
"""Where the kernel makes files up while they are read; some of them never end."""

_OTHERS = stat.S_IWOTH


def state_place() -> Path:
    """Return where drill keeps what must outlive a run: ``$DRILL_STATE``, or this user's place."""
    chosen = os.environ.get("DRILL_STATE")
    usual = Path("/var/lib/drill") if os.geteuid() == 0 else Path.home() / ".local/state/drill"
    return Path(chosen) if chosen else usual


def open_plain(path: Path) -> int:
    """Open a plain file for reading, through links, and return its descriptor.

    Raises:
        OSError: it is none, or cannot be read.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    return _checked(os.open(path, flags), _assert_written, str(path))


def read_plain(path: Path, most: int) -> bytes:
    """Return what is in a plain file of at most ``most`` bytes.

    Raises:
        OSError: it is none, cannot be read, or is larger.
    """
    with os.fdopen(open_plain(path), "rb") as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most} bytes", str(path))
    return text


def open_place(path: Path, mode: int = 0o700) -> int:
    """Make a directory that, unless told else, only its owner can read, and open it.

    One that is there already is left as it is.

    Raises:
        OSError: it is a link or no directory, or others may exchange what is in it.
    """
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    _assert_kept(path.parent.stat(), str(path.parent))
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise OSError(errno.ENOTDIR, _kind(path.lstat()) or "it is a file", str(path)) from None
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    return _checked(os.open(path, flags), _assert_kept, str(path))


def open_own(name: str, place: int) -> int:
    """Open a file of ours in an open directory for reading and writing; make it if it is missing.

    Raises:
        OSError: what is there is not ours alone: a link, a second name, no plain file.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, 0o600, dir_fd=place)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, _KINDS[stat.S_IFLNK], name) from error
        raise
    return _checked(descriptor, _assert_ours, name)


def put(path: Path, text: str | bytes) -> None:
    """Put a file in place as a whole; what was there is exchanged, never written through.

    Raises:
        OSError: it cannot be.
    """
    descriptor, made = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        Path(made).replace(path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def _checked(descriptor: int, check: Callable[[os.stat_result, str], None], name: str) -> int:
    try:
        check(os.fstat(descriptor), name)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _assert_plain(found: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, _kind(found), name)


def _assert_written(found: os.stat_result, name: str) -> None:
    _assert_plain(found, name)
    if found.st_dev in {place.stat().st_dev for place in _MADE_UP if place.exists()}:
        raise OSError(errno.EINVAL, "the kernel makes it up", name)


def _assert_ours(found: os.stat_result, name: str) -> None:
    _assert_plain(found, name)
    if found.st_nlink != 1:
        raise OSError(errno.EMLINK, "it has a second name (a hard link)", name)
    if found.st_uid != os.geteuid():
        raise OSError(errno.EPERM, "it belongs to somebody else", name)


def _assert_kept(found: os.stat_result, name: str) -> None:
    """Refuse a directory in which strangers may rename and remove what is ours.

    The sticky bit forbids them that, but not the directory's owner (unlink(2)).
    """
    sticky = found.st_mode & stat.S_ISVTX and found.st_uid in {0, os.geteuid()}
    if found.st_mode & _OTHERS and not sticky:
        raise OSError(errno.EPERM, "anybody may write in this directory", name)


def _kind(found: os.stat_result) -> str:
    return _KINDS.get(stat.S_IFMT(found.st_mode), "")
