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


class StopParams(LeaseParams):
    """Which unit."""

    unit: UnitName


class Stop(Leasing[StopParams]):
    """Stops a unit the way an operator would; an automatic restart does not apply."""

    name = "service.stop"
    params: ClassVar[type[Model]] = StopParams
    removal: ClassVar[str] = "the unit is started again and seen to be active"
