"""The services that the business needs: what was promised for them, and who watches them."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from drill.model.base import Model
from drill.model.names import Parameters, PluginName, RoleRef, TargetName, TargetRef
from drill.model.time import Duration


class RecoveryTime(Model):
    """A recovery time objective (ISO 22301: RTO)."""

    target: Duration
    from_: Annotated[
        Literal["onset", "detection", "declaration"],
        Field(alias="from", description="The mark it is counted from."),
    ] = "onset"


class RecoveryPoint(Model):
    """A recovery point objective (ISO 22301: RPO)."""

    target: Duration


def _share(text: object) -> object:
    if isinstance(text, str) and text.endswith("%"):
        return float(text[:-1]) / 100
    return text


class ServiceLevel(Model):
    """A minimum business continuity objective (ISO 22301: MBCO): less is no service.

    It is reached with the first window since the onset in which enough of the
    probe's samples are good.
    """

    share: Annotated[
        float,
        BeforeValidator(_share, json_schema_input_type=float | str),
        Field(gt=0, le=1, description="Share of the probe's samples that must be good, as 95%."),
    ]
    over: Annotated[Duration, Field(description="The window in which the share is taken.")]
    target: Annotated[Duration, Field(description="How soon after the onset it must be reached.")]


OBSERVER = TargetName("observer")
"""The vantage point that is no target: outside of every site, where drill runs."""
Vantage = TargetRef
"""Where a probe looks from: the observer, or a target."""


def _several(one: object) -> object:
    return (one,) if isinstance(one, str) else tuple(one) if isinstance(one, list) else one


class ServiceProbe(Model):
    """The independent probe that says whether a service is well."""

    uses: PluginName
    with_: Annotated[Parameters, Field(alias="with")] = {}
    every: Annotated[Duration, Field(description="The sampling interval, on a fixed schedule.")]
    within: Annotated[Duration, Field(description="Later than this is bad.")]
    from_: Annotated[
        tuple[Vantage, ...],
        BeforeValidator(_several, json_schema_input_type=Vantage | tuple[Vantage, ...]),
        Field(
            alias="from",
            min_length=1,
            max_length=9,
            description="Where it looks from: the observer, or targets that no fault touches.",
        ),
    ] = (OBSERVER,)
    agree: Annotated[
        Literal["all", "most", "any"],
        Field(description="It is good when so many of those places see it so."),
    ] = "all"

    @property
    def needed(self) -> int:
        """Return how many vantage points must see the service well for it to be well."""
        count = len(self.from_)
        return {"all": count, "most": count // 2 + 1, "any": 1}[self.agree]


class ServiceLedger(Model):
    """The ledger of acknowledged writes that says what was lost."""

    uses: PluginName
    with_: Annotated[Parameters, Field(alias="with")] = {}
    every: Duration
    within: Annotated[Duration, Field(description="An answer later than this is unknown.")] = (
        timedelta(seconds=1)
    )


class Service(Model):
    """A service the business needs, and what was promised for it."""

    owner: RoleRef
    rto: RecoveryTime | None = None
    rpo: RecoveryPoint | None = None
    mbco: Annotated[
        ServiceLevel | None, Field(description="The least that must be served while disrupted.")
    ] = None
    mtpd: Annotated[
        Duration | None, Field(description="Maximum tolerable period of disruption (ISO 22301).")
    ] = None
    probe: ServiceProbe | None = None
    ledger: ServiceLedger | None = None
    stable: Annotated[
        Duration,
        Field(description="Restored means good for at least this long without a bad sample."),
    ] = timedelta(seconds=3)
