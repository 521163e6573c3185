"""``service.stop``: a systemd unit is stopped."""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.faults.leasing import LeaseParams, Leasing
from drill.model.base import Model

UnitName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\@-]*$",
        max_length=255,
        description="The systemd unit, such as nginx.service.",
    ),
]


class CrashParams(LeaseParams):
    """Which service, and how long it lives."""

    unit: UnitName
    lives: Annotated[
        int, Field(ge=0, le=60, description="Seconds for which it runs before it dies again.")
    ] = 0


class CrashLoop(Leasing[CrashParams]):
    """Has a service die again whenever it is started; systemd starts it a second later."""

    name = "service.crash-loop"
    params: ClassVar[type[Model]] = CrashParams
    needs: ClassVar[str] = "systemd"
    removal: ClassVar[str] = "what makes the unit die is taken away; it is started, seen active"


class StopParams(LeaseParams):
    """Which unit."""

    unit: UnitName


class Stop(Leasing[StopParams]):
    """Stops a unit the way an operator would; an automatic restart does not apply."""

    name = "service.stop"
    params: ClassVar[type[Model]] = StopParams
    needs: ClassVar[str] = "systemd"
    removal: ClassVar[str] = "the unit is started again and seen to be active"
