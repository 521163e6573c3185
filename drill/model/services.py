"""The services that the business needs: what was promised for them, and who watches them."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from drill.model.base import Model
from drill.model.names import Parameters, PluginName, RoleRef
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


class ServiceProbe(Model):
    """The independent probe that says whether a service is well."""

    uses: PluginName
    with_: Annotated[Parameters, Field(alias="with")] = {}
    every: Annotated[Duration, Field(description="The sampling interval, on a fixed schedule.")]
    within: Annotated[Duration, Field(description="Later than this is bad.")]
    from_: Annotated[
        Literal["observer"], Field(alias="from", description="Where it looks from.")
    ] = "observer"


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
