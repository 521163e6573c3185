"""``host.clock-skew``, ``service.clock-skew``: the wall clock of a host, or of a service, is wrong.

Nothing that drill measures depends on either.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.faults.leasing import LeaseParams, Leasing
from drill.faults.service import UnitName
from drill.model.base import Model

_Seconds = Annotated[
    int,
    Field(
        ge=-604_800,
        le=604_800,
        description="How many seconds the clock is made fast; slow, if less than 0. What is "
        "to happen at a time of day, happens at the wrong time.",
    ),
]


class SkewParams(LeaseParams):
    """By how much."""

    seconds: _Seconds


class ClockSkew(Leasing[SkewParams]):
    """Steps the wall clock of a host that has its own."""

    name = "host.clock-skew"
    params: ClassVar[type[Model]] = SkewParams
    needs: ClassVar[str] = "a machine of its own, no NTP"
    removal: ClassVar[str] = "the clock is stepped back by as much, and read"


class ServiceSkewParams(LeaseParams):
    """Whose, and by how much."""

    unit: UnitName
    seconds: _Seconds


class ServiceSkew(Leasing[ServiceSkewParams]):
    """Restarts a service with a clock of its own, of which the rest of the host sees nothing.

    Elapsed time, and the times of files, stay right. PostgreSQL's own units and programs in
    Go are declined; a static program is found out after the restart.
    """

    name = "service.clock-skew"
    params: ClassVar[type[Model]] = ServiceSkewParams
    needs: ClassVar[str] = "systemd, libfaketime"
    removal: ClassVar[str] = (
        "what gives the unit another clock is taken away; it is restarted, seen without it"
    )
