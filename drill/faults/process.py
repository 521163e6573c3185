"""``process.kill`` and ``process.pause``: processes die, or hang, without a word."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from drill.faults.leasing import LeaseParams, Leasing
from drill.faults.service import UnitName
from drill.model.base import Model


class Chosen(LeaseParams):
    """Which processes: those of a unit, or those of a name."""

    unit: UnitName | None = None
    name: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9_.:+][A-Za-z0-9_.:+-]*$",
            max_length=15,
            description="The exact name of the process, as the kernel knows it.",
        ),
    ] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.unit is None) == (self.name is None):
            raise ValueError("choose by `unit` or by `name`, not both")
        return self


class KillParams(Chosen):
    """Which processes, and by which signal. Of a unit: its main process."""

    signal: Annotated[Literal["KILL", "ABRT", "TERM"], Field(description="How they die.")] = "KILL"


class Kill(Leasing[KillParams]):
    """Kills processes that belong to a systemd unit, which can therefore be brought back."""

    name = "process.kill"
    params: ClassVar[type[Model]] = KillParams
    needs: ClassVar[str] = "systemd"
    removal: ClassVar[str] = "the unit that the processes belong to is brought back, if it is down"


class InterruptParams(LeaseParams):
    """Whom it lies in wait for."""

    name: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_.:+][A-Za-z0-9_.:+-]*$",
            max_length=15,
            description="The name of what restores, as the kernel knows it.",
        ),
    ] = "restic"
    after: Annotated[
        int, Field(ge=0, le=1 << 50, description="How many bytes it may write before it is killed.")
    ] = 1 << 20


class Interrupt(Leasing[InterruptParams]):
    """Lies in wait for a restore, and kills it half-way, each time that it is tried."""

    name = "backup.restore-interrupted"
    params: ClassVar[type[Model]] = InterruptParams
    unmeddled: ClassVar[str] = "it is a process, which somebody can only end, as the undo does"
    removal: ClassVar[str] = "what lies in wait is ended; the restore has to be begun anew"


class Pause(Leasing[Chosen]):
    """Stops processes where they are: their sockets stay open, and nobody answers."""

    name = "process.pause"
    params: ClassVar[type[Model]] = Chosen
    needs: ClassVar[str] = "systemd, where a `unit` is told"
    removal: ClassVar[str] = "the processes are told to continue, and seen to"
