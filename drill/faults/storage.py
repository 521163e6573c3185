"""A directory's file system is full, or takes no writing."""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.faults.leasing import LeaseParams, Leasing
from drill.model.base import Model

Directory = Annotated[
    str,
    Field(
        pattern=r"^((/[A-Za-z0-9._@:+=,-]+)+|/)$",
        max_length=512,
        description="The directory's real path: no links, no dots, no blanks.",
    ),
]


class DiskFullParams(LeaseParams):
    """Which file system, and how full."""

    directory: Directory
    leave: Annotated[
        int,
        Field(
            ge=0,
            le=1 << 24,
            description="MiB that stay free. Less than 16, which the healing itself needs, only on "
            "a file system that it does not write to.",
        ),
    ] = 16


class DiskFull(Leasing[DiskFullParams]):
    """Takes the free space of a file system by one file, which is hidden in the directory."""

    name = "host.disk-full"
    params: ClassVar[type[Model]] = DiskFullParams
    needs: ClassVar[str] = "a file system with fallocate"
    unmeddled: ClassVar[str] = (
        "the file that takes the space has the token of the fault for its name: it is there or not"
    )
    removal: ClassVar[str] = "the file that takes the space is removed, and seen to be gone"


class ReadOnlyParams(LeaseParams):
    """Which directory."""

    directory: Directory


class ReadOnly(Leasing[ReadOnlyParams]):
    """Makes a directory read-only, as a file system that found an error does.

    Who has a file open for writing goes on writing; a service that does not
    bear it may have to be started again after the undo.
    """

    name = "host.read-only"
    params: ClassVar[type[Model]] = ReadOnlyParams
    needs: ClassVar[str] = "Linux 5.12"
    removal: ClassVar[str] = (
        "the read-only mount is taken off, and what was mounted there before is seen again"
    )
