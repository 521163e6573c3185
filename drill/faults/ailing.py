"""A directory's disk is slow, or fails now and then.

Both are a small file system, passing all on but for that, which the leasing
program mounts over the directory by FUSE.
"""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue
from typing_extensions import override

from drill.faults.leasing import LeaseParams, Leasing
from drill.faults.storage import Directory
from drill.model.base import Model
from drill.model.time import Duration
from drill.ports import Access

_NEEDS = "Linux 5.12, FUSE; 6.6 where files are mapped shared; no SELinux that enforces"
_REMOVAL = (
    "the disk is seen to be well, and drill's own file system is taken off; who has a file of it "
    "open keeps it"
)


class AilingParams(LeaseParams):
    """Which directory, and what ails there."""

    directory: Directory
    operations: Annotated[
        tuple[Literal["read", "write", "fsync"], ...],
        Field(
            min_length=1,
            max_length=3,
            description="What ails, of all files in it. A read or write of more than 1 MiB is one "
            "for each MiB.",
        ),
    ] = ("read", "write", "fsync")


class DiskSlowParams(AilingParams):
    """How slow."""

    delay: Annotated[
        Duration,
        Field(
            ge=timedelta(milliseconds=1),
            le=timedelta(seconds=10),
            description="How much longer each takes.",
        ),
    ]
    kib: Annotated[
        int | None,
        Field(
            ge=1,
            le=1 << 24,
            description="KiB that are read and written in a second, of all files together; none "
            "said: as many as can be.",
        ),
    ] = None


class DiskSlow(Leasing[DiskSlowParams]):
    """Makes a directory slow, as a disk that is dying or shared with too many.

    It strikes what is opened from then on. Who has a file open, or the directory as its working
    directory, as PostgreSQL has its data directory, must be started again, or be struck further
    down, as in ``pg_wal``.
    """

    name = "host.disk-slow"
    params: ClassVar[type[Model]] = DiskSlowParams
    needs: ClassVar[str] = _NEEDS
    removal: ClassVar[str] = _REMOVAL

    @override
    def asked(self, on: Access, params: DiskSlowParams) -> dict[str, JsonValue]:
        """Say the delay in milliseconds."""
        return {
            **super().asked(on, params),
            "delay": round(params.delay / timedelta(milliseconds=1)),
        }


class DiskErrorsParams(AilingParams):
    """How often it fails."""

    percent: Annotated[
        int, Field(ge=1, le=100, description="Of a hundred, how many fail with EIO.")
    ]


class DiskErrors(Leasing[DiskErrorsParams]):
    """Has a directory's disk fail now and then: the operation does nothing, and says EIO.

    Whom it strikes is as with ``host.disk-slow``. A service that does not bear it may have to be
    started again after the undo: PostgreSQL ends when an fsync fails.
    """

    name = "host.disk-errors"
    params: ClassVar[type[Model]] = DiskErrorsParams
    needs: ClassVar[str] = _NEEDS
    removal: ClassVar[str] = _REMOVAL
