"""``network.partition``: the data interface drops packets, by an nftables table of its own."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, JsonValue
from typing_extensions import override

from drill.faults.leasing import LeaseParams, Leasing
from drill.hosts.access import login_of
from drill.model.base import Model
from drill.ports import Access

_Address = IPv4Address | IPv6Address | IPv4Network | IPv6Network


def _without_zone(peer: _Address) -> _Address:
    """Refuse a zone (RFC 4007): it is any text, and would be read as a part of the rule."""
    if getattr(peer, "scope_id", None) is not None:
        raise ValueError("an address with a zone is no peer; leave out what follows the %")
    return peer


Peer = Annotated[_Address, AfterValidator(_without_zone)]


class PartitionParams(LeaseParams):
    """What is cut off from whom."""

    interface: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$",
            description="The data interface; never the one that drill comes in by.",
        ),
    ] = "eth0"
    direction: Annotated[
        Literal["in", "out", "both"],
        Field(description="Which packets are dropped; one way only is an asymmetric partition."),
    ] = "both"
    peers: Annotated[
        tuple[Peer, ...], Field(max_length=64, description="Only these addresses; none: all.")
    ] = ()
    ports: Annotated[
        tuple[Annotated[int, Field(ge=1, le=65535)], ...],
        Field(max_length=64, description="Only TCP and UDP from or to these ports; none: all."),
    ] = ()


class Partition(Leasing[PartitionParams]):
    """Drops packets; nobody is told, so peers wait until their own time-outs."""

    name = "network.partition"
    params: ClassVar[type[Model]] = PartitionParams
    removal: ClassVar[str] = "the partition's own nftables table is deleted, and seen to be gone"

    @override
    def asked(self, on: Access, params: PartitionParams) -> dict[str, JsonValue]:
        """Add where drill itself comes in: that stays open."""
        return {**super().asked(on, params), "spare": login_of(on).host}
