"""What holds an exercise within its bounds: stop conditions, limits, approvals."""

from typing import Annotated, Literal

from pydantic import Field

from drill.model.base import Model
from drill.model.names import ServiceRef
from drill.model.time import Duration


class StopCondition(Model):
    """What ends the exercise and heals; no news of the service counts as bad news."""

    probe: Annotated[ServiceRef, Field(description="The service whose probe is asked.")]
    is_: Annotated[Literal["bad"], Field(alias="is")] = "bad"
    for_: Annotated[
        Duration, Field(alias="for", description="So long without a break, or without any news.")
    ]


class Limits(Model):
    """How far faults may reach; what is not said is what the plan itself names."""

    targets: Annotated[
        int | None, Field(ge=1, description="How many targets faults may touch.")
    ] = None
    faults: Annotated[
        int | None, Field(ge=1, description="How many faults may stand at the same time.")
    ] = None
    fault_seconds: Annotated[
        Duration | None,
        Field(
            alias="fault-seconds",
            description="How long faults may stand, all of them together; then it is ended.",
        ),
    ] = None


class Approvals(Model):
    """Who must agree before it is conducted live."""

    needed: Annotated[
        int,
        Field(ge=0, le=9, description="How many different people must have signed the plan."),
    ] = 0
