"""Faults of files: what is there is put aside, and maybe something else takes its place.

What they share is :mod:`drill.lease.aside`: the original is renamed, never
written to, and renamed back. Each class here is a preset with its words.
"""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, JsonValue
from typing_extensions import override

from drill.faults.leasing import LeaseParams, Leasing, P
from drill.faults.service import UnitName
from drill.lease.paths import is_path
from drill.model.base import Model
from drill.model.time import Duration
from drill.ports import Access


def _path(value: str) -> str:
    if not is_path(value):
        raise ValueError("say an absolute path, at least two deep, without `.` and `..`")
    return value


FilePath = Annotated[
    str,
    AfterValidator(_path),
    Field(description="An absolute path below /data, /etc, /home, /mnt, /opt, /srv, /tmp or /var."),
]
Pattern = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_*?][A-Za-z0-9_.:*?+-]{0,99}$",
        description="Which names in the directory are backups, such as *.dump (fnmatch).",
    ),
]


class FileParams(LeaseParams):
    """What all faults of files are told."""

    unit: UnitName | None = None
    then: Annotated[
        Literal["reload", "restart"],
        Field(description="What the unit is told after the change and after the undo, if given."),
    ] = "reload"
    changed: Annotated[
        Literal["dirty", "keep"],
        Field(
            description="What if, at the undo, something is there that drill did not put there. "
            "dirty: it stays, and the host takes no more faults. keep: it is the recovery's work "
            "and stays, with what was there before beside it."
        ),
    ] = "dirty"


class OnePath(FileParams):
    """Which file or directory."""

    path: FilePath


class Span(Model):
    """Which bytes."""

    offset: Annotated[
        int | None,
        Field(ge=0, le=1 << 40, description="The first byte to flip; not given: in the middle."),
    ] = None
    length: Annotated[int, Field(ge=1, le=1 << 20, description="How many bytes.")] = 64


class FileFault(Leasing[P]):
    """A preset of the one way that files are broken."""

    needs: ClassVar[str] = "systemd, where a `unit` is told"
    removal: ClassVar[str] = "the original, which was put aside, is put back and read back"


class Remove(FileFault[OnePath]):
    """Takes a file or a directory away."""

    name = "file.remove"
    params: ClassVar[type[Model]] = OnePath


class ReplaceParams(OnePath):
    """Which file, and what it says."""

    content: Annotated[str, Field(max_length=2000)]


class Replace(FileFault[ReplaceParams]):
    """Gives a file another content."""

    name = "file.replace"
    params: ClassVar[type[Model]] = ReplaceParams


class CorruptParams(OnePath, Span):
    """Which bytes of which file."""


class Corrupt(FileFault[CorruptParams]):
    """Flips bytes of a file; its size, owner and times stay as they were."""

    name = "file.corrupt"
    params: ClassVar[type[Model]] = CorruptParams


class EncryptParams(OnePath):
    """Which directory: one that holds a file .drill-sandbox of root's own."""

    suffix: Annotated[
        str,
        Field(pattern=r"^\.[A-Za-z0-9_-]{1,15}$", description="What the files' names end in then."),
    ] = ".locked"


class Encrypt(FileFault[EncryptParams]):
    """Encrypts and renames all files of a fenced directory, as ransomware does."""

    name = "data.encrypt"
    params: ClassVar[type[Model]] = EncryptParams


class SetParams(FileParams):
    """Where backups are, and which names they have."""

    directory: FilePath
    pattern: Pattern = "*"


class Missing(FileFault[SetParams]):
    """Takes the newest backup away, by the time it was written."""

    name = "backup.missing"
    params: ClassVar[type[Model]] = SetParams


class StaleParams(SetParams):
    """How much older the newest backup is than believed."""

    age: Annotated[
        Duration,
        Field(
            ge=timedelta(seconds=1),
            le=timedelta(days=3660),
            description="The newest backup is taken away, and all that are less older than so.",
        ),
    ]


class Stale(FileFault[StaleParams]):
    """Takes the newer backups away: what is left is old."""

    name = "backup.stale"
    params: ClassVar[type[Model]] = StaleParams

    @override
    def asked(self, on: Access, params: StaleParams) -> dict[str, JsonValue]:
        """Say the age in seconds."""
        return {**super().asked(on, params), "age": int(params.age.total_seconds())}


class BadSetParams(SetParams, Span):
    """Which bytes of the newest backup."""


class BadSet(FileFault[BadSetParams]):
    """Flips bytes of the newest backup."""

    name = "backup.corrupt"
    params: ClassVar[type[Model]] = BadSetParams


class RepositoryGone(FileFault[OnePath]):
    """Takes the directory of all backups away."""

    name = "backup.repository-gone"
    params: ClassVar[type[Model]] = OnePath


class WrongKey(FileFault[OnePath]):
    """Puts another key, or passphrase, in the place of that of the backups."""

    name = "backup.wrong-key"
    params: ClassVar[type[Model]] = OnePath


class BinlogLost(FileFault[OnePath]):
    """Takes a binary log of MariaDB or MySQL away: from there on nothing can be replayed."""

    name = "file.remove"
    params: ClassVar[type[Model]] = OnePath


class WalLost(FileFault[OnePath]):
    """Takes an archived segment of the write-ahead log away: a hole in the archive."""

    name = "file.remove"
    params: ClassVar[type[Model]] = OnePath
