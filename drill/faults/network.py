"""The data interface drops packets, or turns them away, by an nftables table of its own."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, ClassVar, Literal, TypeVar

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


class InterfaceParams(LeaseParams):
    """Where."""

    interface: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$",
            description="The data interface; never the one that drill comes in by.",
        ),
    ] = "eth0"


OnInterface = TypeVar("OnInterface", bound=InterfaceParams)


class OfInterface(Leasing[OnInterface]):
    """A fault of an interface, which must not be the one that drill comes in by."""

    @override
    def asked(self, on: Access, params: OnInterface) -> dict[str, JsonValue]:
        """Add where drill itself comes in: that stays open."""
        return {**super().asked(on, params), "spare": login_of(on).host}


Direction = Annotated[
    Literal["in", "out", "both"],
    Field(description="Which packets are meant; one way only makes it asymmetric."),
]
Port = Annotated[int, Field(ge=1, le=65535)]


class PartitionParams(InterfaceParams):
    """What is cut off from whom; a site: the other site's networks are the peers."""

    direction: Direction = "both"
    peers: Annotated[
        tuple[Peer, ...], Field(max_length=64, description="Only these addresses; none: all.")
    ] = ()
    ports: Annotated[
        tuple[Port, ...],
        Field(max_length=64, description="Only TCP and UDP from or to these ports; none: all."),
    ] = ()


class Partition(OfInterface[PartitionParams]):
    """Drops packets; nobody is told, so peers wait until their own time-outs."""

    name = "network.partition"
    params: ClassVar[type[Model]] = PartitionParams
    needs: ClassVar[str] = "nftables"
    removal: ClassVar[str] = "the partition's own nftables table is deleted, and seen to be gone"


class RegionParams(PartitionParams):
    """Which regions cannot be reached; said of every host of the region that is cut off."""

    peers: Annotated[
        tuple[Peer, ...],
        Field(min_length=1, max_length=64, description="The networks of the other regions."),
    ]


class RegionCut(Partition):
    """Cuts a host off from the networks of other regions; within its own it goes on."""

    params: ClassVar[type[Model]] = RegionParams


class LossParams(PartitionParams):
    """Whose packets get lost, and how many of them."""

    percent: Annotated[
        int, Field(ge=1, le=99, description="How many of a hundred packets are lost, each way.")
    ]


class Loss(OfInterface[LossParams]):
    """Loses packets by chance; no kernel module is needed for it."""

    name = "network.loss"
    params: ClassVar[type[Model]] = LossParams
    needs: ClassVar[str] = "nftables"
    removal: ClassVar[str] = "the loss's own nftables table is deleted, and seen to be gone"


class Reset(OfInterface[PartitionParams]):
    """Answers TCP packets with a reset: open connections break, new ones are refused at once."""

    name = "network.reset"
    params: ClassVar[type[Model]] = PartitionParams
    needs: ClassVar[str] = "nftables"
    removal: ClassVar[str] = "the reset's own nftables table is deleted, and seen to be gone"


class FirewallParams(PartitionParams):
    """Which ports the mistaken rule closes."""

    direction: Direction = "in"
    ports: Annotated[
        tuple[Port, ...],
        Field(min_length=1, max_length=64, description="TCP and UDP from or to these ports."),
    ]


class Firewall(OfInterface[FirewallParams]):
    """Turns ports away as a firewall does: peers hear at once that it is prohibited.

    For a rule that drops instead, see :class:`Partition` with ``ports``.
    """

    name = "network.firewall"
    params: ClassVar[type[Model]] = FirewallParams
    needs: ClassVar[str] = "nftables"
    removal: ClassVar[str] = "the mistake's own nftables table is deleted, and seen to be gone"
