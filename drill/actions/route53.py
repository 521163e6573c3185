"""``aws.route53-switch``: a record set gets other values, if it has those that are expected.

The change is one batch that removes the old set and makes the new one. Route 53
does all of a batch or nothing, and removes a set only if it is exactly as
described: what somebody else changes meanwhile is refused, never overwritten.
Semantics: Amazon Route 53 API Reference, ChangeResourceRecordSets.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_pascal

from drill.errors import RefusedError
from drill.hosts.aws import Aws, NeedsAws, Said, awaited
from drill.model.base import Model
from drill.model.outcome import Done, Indeterminate, Outcome
from drill.ports import Access, Cancel, Progress, Say

Values = Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
_ROUTED = ("set_identifier", "alias_target", "traffic_policy_instance_id")


class Route53SwitchParams(Model):
    """Which record set, what it must hold before, and what it holds after."""

    zone: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,32}$", description="The hosted zone's id.")]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,255}$")]
    type: Literal["A", "AAAA", "CNAME", "TXT"] = "A"
    before: Annotated[Values, Field(description="What it must hold; else nothing is changed.")]
    after: Annotated[Values, Field(description="What it holds then.")]
    ttl: Annotated[
        int | None, Field(ge=0, le=172_800, description="In seconds; none: it stays as it is.")
    ] = None


class _Said(Said):
    model_config = ConfigDict(alias_generator=to_pascal)


class _Value(_Said):
    value: str


class _RecordSet(_Said):
    name: str
    type: str
    ttl: Annotated[int | None, Field(alias="TTL")] = None
    resource_records: tuple[_Value, ...] = ()
    set_identifier: str | None = None
    alias_target: dict[str, Any] | None = None
    traffic_policy_instance_id: str | None = None

    @property
    def values(self) -> frozenset[str]:
        """Return what it holds; the order means nothing."""
        return frozenset(record.value for record in self.resource_records)


class _RecordSets(_Said):
    resource_record_sets: tuple[_RecordSet, ...] = ()


class _Change(_Said):
    id: str
    status: str


class _Changed(_Said):
    change_info: _Change


class Route53Switch(NeedsAws):
    """Changes the set once, waits until every name server has it, and reads it back."""

    params: ClassVar[type[Model]] = Route53SwitchParams

    def apply(self, on: Access, params: Route53SwitchParams, cancel: Cancel, say: Say) -> Outcome:
        """Look before, change, wait for ``INSYNC``, and look after."""
        aws = Aws.of(on, cancel)
        now = _plain(aws, params)
        if now.values == frozenset(params.after) and params.ttl in {None, now.ttl}:
            return Done(note=f"{params.name} holds {_told(now)} already; nothing was changed")
        if now.values != frozenset(params.before):
            raise RefusedError(f"{params.name} holds {_told(now)}, not what `before` says")
        ttl = now.ttl if params.ttl is None else params.ttl
        change = _changed(aws, params, _described(now, tuple(sorted(now.values)), now.ttl), ttl)
        say(Progress("change", "started", f"{change.id} is {change.status}"))
        missing = awaited(lambda: _missing(aws, params, change.id), cancel)
        if missing:
            return Indeterminate(error=f"{change.id} was accepted, but {missing}")
        return Done(
            note=f"{params.name} holds {', '.join(params.after)} on every name server; "
            f"resolvers may give the old answer for {now.ttl} s"
        )


def _plain(aws: Aws, params: Route53SwitchParams) -> _RecordSet:
    """Return the set, if it is one of its own.

    Raises:
        RefusedError: there is none, or it is an alias or one of several by a policy.
    """
    found = _found(aws, params)
    if not found:
        raise RefusedError(f"{params.zone} has no {params.type} record {params.name} to switch")
    if len(found) > 1 or any(getattr(found[0], key) is not None for key in _ROUTED):
        raise RefusedError(f"{params.name} is an alias or routed by a policy: switch that instead")
    return found[0]


def _found(aws: Aws, params: Route53SwitchParams) -> list[_RecordSet]:
    """Return the sets of that name and type; the listing begins there, and goes on beyond."""
    listed = aws.ask(
        _RecordSets,
        "route53",
        "list_resource_record_sets",
        HostedZoneId=params.zone,
        StartRecordName=_full(params.name),
        StartRecordType=params.type,
        MaxItems="2",
    )
    wanted = _full(params.name), params.type
    return [one for one in listed.resource_record_sets if (_full(one.name), one.type) == wanted]


def _full(name: str) -> str:
    """Spell a name as Route 53 does: in lower case, with the root's dot."""
    return f"{name.lower().rstrip('.')}."


def _told(found: _RecordSet) -> str:
    return ", ".join(sorted(found.values))


def _described(found: _RecordSet, values: tuple[str, ...], ttl: int | None) -> dict[str, Any]:
    records = [{"Value": value} for value in values]
    return {"Name": found.name, "Type": found.type, "TTL": ttl, "ResourceRecords": records}


def _changed(
    aws: Aws, params: Route53SwitchParams, old: dict[str, Any], ttl: int | None
) -> _Change:
    new = {**old, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in params.after]}
    changes = [
        {"Action": "DELETE", "ResourceRecordSet": old},
        {"Action": "CREATE", "ResourceRecordSet": new},
    ]
    return aws.ask(
        _Changed,
        "route53",
        "change_resource_record_sets",
        HostedZoneId=params.zone,
        ChangeBatch={"Comment": "drill: aws.route53-switch", "Changes": changes},
    ).change_info


def _missing(aws: Aws, params: Route53SwitchParams, change: str) -> str:
    state = aws.ask(_Changed, "route53", "get_change", Id=change).change_info.status
    if state != "INSYNC":
        return f"it is {state}"
    held = [one.values for one in _found(aws, params)]
    return "" if held == [frozenset(params.after)] else f"{params.name} was read back otherwise"
