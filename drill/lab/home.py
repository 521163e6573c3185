"""Where labs live on disk, and the locks that keep two commands apart."""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drill.errors import LabError
from drill.files import open_own, open_place
from drill.lab.identity import lab_owner
from drill.lab.spec import NAME

_LOCK = re.compile(r"[a-z0-9.-]{1,80}")


@dataclass(frozen=True, slots=True)
class Home:
    """The state directory of all labs of one user on this machine."""

    path: Path

    @property
    def images(self) -> Path:
        """Operating system images, one directory per recipe."""
        return self.path / "images"

    @property
    def layers(self) -> Path:
        """Provisioned disks, one directory per lab file and playbook content."""
        return self.path / "layers"

    def lab(self, name: str) -> "LabHome":
        """Return the place of one lab.

        Raises:
            LabError: this is no name, but perhaps a way out of here.
        """
        if not re.fullmatch(NAME, name):
            raise LabError(f"lab {name!r}: not the name of a lab, which looks like {NAME}")
        return LabHome(self, name)

    def names(self) -> tuple[str, ...]:
        """All labs that left a directory here, running or not."""
        return tuple(sorted(each.name for each in self.path.glob("labs/*") if each.is_dir()))

    @contextmanager
    def lock(self, what: str) -> Iterator[None]:
        """Hold one named lock, across processes and checkouts; waits for it.

        Raises:
            LabError: something else stands in the lock's place.
        """
        if not _LOCK.fullmatch(what):
            raise LabError(f"lab: {what!r} is no name of a lock")
        held = _opened(self.path / "locks", what)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)


@dataclass(frozen=True, slots=True)
class LabHome:
    """The files of one lab."""

    home: Home
    name: str

    @property
    def path(self) -> Path:
        """The lab's own directory; it belongs to the lab's root."""
        return self.home.path / "labs" / self.name

    @property
    def alive(self) -> Path:
        """Locked by the lab's processes as long as one of them lives."""
        return self.home.path / "locks" / f"alive-{self.name}"

    @property
    def run(self) -> Path:
        """What the lab's outer process knows of it."""
        return self.home.path / "run" / f"{self.name}.json"

    @property
    def known_hosts(self) -> Path:
        """The hosts' SSH keys, pinned before the first connection."""
        return self.home.path / "run" / f"{self.name}.known_hosts"

    @property
    def secrets(self) -> Path:
        """One file per secret, readable by its owner only."""
        return self.home.path / "secrets" / self.name

    @property
    def hosts(self) -> Path:
        """One directory per host: its disk, its console."""
        return self.path / "hosts"

    @property
    def fabric(self) -> Path:
        """The fabric's socket."""
        return self.path / "fabric.sock"

    @property
    def log(self) -> Path:
        """What the lab's processes complained of."""
        return self.path / "lab.log"

    @property
    def cgroup(self) -> str:
        """Name of its cgroup: unique to this home, so two homes may use one lab name."""
        where = hashlib.sha256(str(self.home.path).encode()).hexdigest()[:6]
        return f"drill-lab-{where}-{self.name}"

    def is_alive(self) -> bool:
        """Tell whether any process of the lab lives, by trying its lock."""
        try:
            with self.alive.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False


def home() -> Home:
    """Find ``$DRILL_LAB_HOME``, or this user's place for labs, and make it.

    Raises:
        LabError: the lab's own ids could not walk there, or others may write there.
    """
    chosen = os.environ.get("DRILL_LAB_HOME")
    usual = (
        Path("/var/lib/drill/lab") if os.geteuid() == 0 else Path.home() / ".local/share/drill/lab"
    )
    path = Path(chosen).resolve() if chosen else usual
    try:
        for name in (".", "labs", "images", "layers"):
            _make(path / name, 0o711)
        for name in ("locks", "run", "secrets"):
            _make(path / name, 0o700)
    except OSError as error:
        raise LabError(
            f"lab: {error.filename}: {error.strerror}; set DRILL_LAB_HOME to another place"
        ) from error
    _check_walkable(path)
    return Home(path)


def _make(directory: Path, mode: int) -> None:
    os.close(open_place(directory, mode))


def _opened(directory: Path, name: str) -> int:
    try:
        place = open_place(directory)
        try:
            return open_own(name, place)
        finally:
            os.close(place)
    except OSError as error:
        raise LabError(f"lab: {directory / name}: {error.strerror}; remove it") from error


def _check_walkable(path: Path) -> None:
    if lab_owner() == os.geteuid():
        return
    for each in (path, *path.parents):
        if not each.stat().st_mode & 0o001:
            raise LabError(
                f"lab: {each} is closed to others, and a lab's root is nobody on this machine; "
                f"chmod o+x {each}, or set DRILL_LAB_HOME to another place"
            )
