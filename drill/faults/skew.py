"""``host.clock-skew``: the host's wall clock is wrong."""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.faults.leasing import LeaseParams, Leasing
from drill.model.base import Model


class SkewParams(LeaseParams):
    """By how much."""

    seconds: Annotated[
        int,
        Field(
            ge=-604_800,
            le=604_800,
            description="How many seconds the clock is made fast; slow, if less than 0. What is "
            "to happen at a time of day, happens at the wrong time.",
        ),
    ]


class ClockSkew(Leasing[SkewParams]):
    """Steps the wall clock of a host that has its own; nothing drill measures depends on it."""

    name = "host.clock-skew"
    params: ClassVar[type[Model]] = SkewParams
    needs: ClassVar[str] = "a machine of its own, no NTP"
    removal: ClassVar[str] = "the clock is stepped back by as much, and read"
