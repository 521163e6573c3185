"""The data interface sends slowly or late, by a queueing discipline of the kernel's.

Both shape what the host sends; what it receives, its peers would have to shape.
"""

from datetime import timedelta
from typing import Annotated, ClassVar, Self

from pydantic import Field, JsonValue, model_validator
from typing_extensions import override

from drill.faults.network import InterfaceParams, OfInterface, Port
from drill.model.base import Model
from drill.model.time import Duration
from drill.ports import Access

_REMOVAL = "drill's own queueing discipline is deleted, and the kernel's own seen in its place"


class BandwidthParams(InterfaceParams):
    """How much gets through."""

    kbit: Annotated[
        int,
        Field(ge=8, le=10_000_000, description="Thousands of bits that are sent in a second."),
    ]


class Bandwidth(OfInterface[BandwidthParams]):
    """Sends no faster than so; what waits for longer than 50 ms is dropped."""

    name = "network.bandwidth"
    params: ClassVar[type[Model]] = BandwidthParams
    needs: ClassVar[str] = "the kernel's sch_tbf, tc"
    removal: ClassVar[str] = _REMOVAL


class DelayParams(InterfaceParams):
    """How late."""

    delay: Annotated[
        Duration,
        Field(
            ge=timedelta(milliseconds=1),
            le=timedelta(seconds=10),
            description="How much longer a round trip takes.",
        ),
    ]
    jitter: Annotated[
        Duration,
        Field(ge=timedelta(0), description="By how much a packet's delay may be more or less."),
    ] = timedelta(0)
    ports: Annotated[
        tuple[Port, ...],
        Field(
            max_length=64,
            description="Only new TCP connections to these ports of the host, by a relay in "
            "userspace, whom their services take for the client; none: all that is sent, by the "
            "kernel's netem.",
        ),
    ] = ()

    @model_validator(mode="after")
    def _no_time_travel(self) -> Self:
        if self.jitter > self.delay:
            raise ValueError("the jitter is at most the delay")
        return self


class Delay(OfInterface[DelayParams]):
    """Answers later: of ``ports`` by a relay, on any kernel; else by the kernel's netem."""

    name = "network.delay"
    params: ClassVar[type[Model]] = DelayParams
    needs: ClassVar[str] = (
        "with `ports`, nftables' nat; else (not yet seen) the kernel's sch_netem, tc"
    )
    removal: ClassVar[str] = "what delays is taken away: drill's own queue, or its table and relay"

    @override
    def asked(self, on: Access, params: DelayParams) -> dict[str, JsonValue]:
        """Say both in milliseconds."""
        spans = {"delay": params.delay, "jitter": params.jitter}
        told = {name: round(span / timedelta(milliseconds=1)) for name, span in spans.items()}
        return {**super().asked(on, params), **told}
