"""Processors, memory or process ids run short, by hogs: processes that take them.

Each hog carries the fault's token, looks for itself whether its lease lasts,
and is the first that the kernel ends when memory runs out.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.faults.leasing import LeaseParams, Leasing
from drill.model.base import Model

_REMOVAL = "the hogs are ended, and seen to be gone"


class CpuParams(LeaseParams):
    """How much of which processors."""

    percent: Annotated[
        int, Field(ge=1, le=100, description="How much of its time a hog takes.")
    ] = 100
    workers: Annotated[
        int | None,
        Field(ge=1, le=64, description="How many hogs; none said: one for each processor."),
    ] = None


class Cpu(Leasing[CpuParams]):
    """Takes time of processors, at an ordinary priority."""

    name = "host.cpu"
    params: ClassVar[type[Model]] = CpuParams
    unmeddled: ClassVar[str] = (
        "the hogs are processes, which somebody can only end, as the undo does"
    )
    removal: ClassVar[str] = _REMOVAL


class MemoryParams(LeaseParams):
    """Up to where."""

    percent: Annotated[
        int,
        Field(ge=1, le=95, description="How much of all memory is in use when it has taken."),
    ]
    leave: Annotated[
        int,
        Field(ge=64, le=1 << 20, description="MiB that it leaves in any case."),
    ] = 256


class Memory(Leasing[MemoryParams]):
    """Takes memory and keeps it; what others need beyond, the kernel takes from the hog."""

    name = "host.memory"
    params: ClassVar[type[Model]] = MemoryParams
    unmeddled: ClassVar[str] = (
        "the hogs are processes, which somebody can only end, as the undo does"
    )
    removal: ClassVar[str] = _REMOVAL


class ProcessesParams(LeaseParams):
    """How many."""

    count: Annotated[
        int,
        Field(
            ge=1,
            le=30_000,
            description="How many processes are started; declined where fewer than 256 more "
            "could be then, by the kernel's limits or those of the cgroup drill runs in.",
        ),
    ]


class Processes(Leasing[ProcessesParams]):
    """Fills the table of processes with some that sleep."""

    name = "host.processes"
    params: ClassVar[type[Model]] = ProcessesParams
    unmeddled: ClassVar[str] = (
        "the hogs are processes, which somebody can only end, as the undo does"
    )
    removal: ClassVar[str] = _REMOVAL
