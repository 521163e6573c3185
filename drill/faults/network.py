"""``network.partition``: the data interface drops packets, by an nftables table of its own.

Each partition is one table ``inet drill_<token>``, made and deleted as a whole
(nft(8)): a rule set that was there before is never touched, and two partitions
on one host do not meet.
"""

import json
import secrets
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from drill.errors import RefusedError
from drill.hosts.access import login_of, remote_of
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Outcome
from drill.ports import Access, Cancel, Remote

Peer = IPv4Address | IPv6Address | IPv4Network | IPv6Network

_PRIORITY = -300
"""Before connection tracking: what is dropped leaves no trace there (nft(8), raw)."""


class PartitionParams(Model):
    """What is cut off from whom."""

    interface: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_.-]{1,15}$",
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


class Partition:
    """Drops packets; nobody is told, so peers wait until their own time-outs."""

    params: ClassVar[type[Model]] = PartitionParams
    removal: ClassVar[str] = "the partition's own nftables table is deleted, and seen to be gone"

    def prepare(self, on: Access, params: PartitionParams, cancel: Cancel) -> Receipt:
        """See that it can be done and leaves drill's own way in alone; name the table."""
        remote = remote_of(on)
        own = _addresses(remote, params.interface, cancel)
        if login_of(on).host in own:
            raise RefusedError(f"drill itself comes in by {params.interface}: it could not undo")
        _tables(remote, cancel)
        return {"table": f"drill_{secrets.token_hex(4)}"}

    def apply(
        self, on: Access, params: PartitionParams, receipt: Receipt, cancel: Cancel
    ) -> Outcome:
        """Load the table in one transaction, and read it back."""
        remote, table = remote_of(on), str(receipt["table"])
        script = ruleset(table, params)
        loaded = remote.run(["nft", "-f", "-"], cancel, stdin=script.encode(), root=True)
        if loaded.exit:
            return Failed(error=f"nft refuses the table: {_line(loaded.err)}", evidence=script)
        read = remote.run(["nft", "list", "table", "inet", table], cancel, root=True)
        wanted, found = script.count(" drop"), read.out.count(" drop")
        if read.exit or found != wanted:
            return Failed(error=f"{found} of {wanted} rules are in force", evidence=read.out)
        return Done(note=f"{wanted} rules drop packets on {params.interface}")

    def undo(
        self, on: Access, params: PartitionParams, receipt: Receipt, cancel: Cancel
    ) -> Outcome:
        """Delete exactly that table, if it is there, and look again."""
        del params
        remote, table = remote_of(on), str(receipt["table"])
        if table in _tables(remote, cancel):
            remote.run(["nft", "delete", "table", "inet", table], cancel, root=True)
        if table in _tables(remote, cancel):
            return Failed(error=f"table {table} is still there")
        return Done(note=f"table {table} is gone")


def ruleset(table: str, params: PartitionParams) -> str:
    """Return the table as nft reads it; ``create`` fails where there is one of that name."""
    lines = [f"create table inet {table}"]
    for way, hook, port_side in (("in", "input", "iifname"), ("out", "output", "oifname")):
        if params.direction not in {way, "both"}:
            continue
        lines.append(
            f"add chain inet {table} {hook} "
            f"{{ type filter hook {hook} priority {_PRIORITY}; policy accept; }}"
        )
        for match in _matches(params, "saddr" if way == "in" else "daddr"):
            rule = f'{port_side} "{params.interface}" {match}'.rstrip()
            lines.append(f"add rule inet {table} {hook} {rule} counter drop")
    return "\n".join(lines) + "\n"


def _matches(params: PartitionParams, side: str) -> Iterator[str]:
    for peers in _by_family(params.peers, side):
        if not params.ports:
            yield peers
            continue
        ports = ", ".join(map(str, params.ports))
        for end in ("sport", "dport"):
            yield f"{peers} meta l4proto {{ tcp, udp }} th {end} {{ {ports} }}".strip()


def _by_family(peers: tuple[Peer, ...], side: str) -> Iterator[str]:
    if not peers:
        yield ""
    for version, word in ((4, "ip"), (6, "ip6")):
        of_it = ", ".join(str(peer) for peer in peers if peer.version == version)
        if of_it:
            yield f"{word} {side} {{ {of_it} }}"


def _addresses(remote: Remote, interface: str, cancel: Cancel) -> frozenset[str]:
    told = remote.run(["ip", "-j", "address", "show", "dev", interface], cancel)
    if told.exit:
        raise RefusedError(f"there is no interface {interface}: {_line(told.err)}")
    links: list[dict[str, Any]] = json.loads(told.out)
    return frozenset(a["local"] for link in links for a in link.get("addr_info", ()))


def _tables(remote: Remote, cancel: Cancel) -> frozenset[str]:
    told = remote.run(["nft", "-j", "list", "tables"], cancel, root=True)
    if told.exit:
        raise RefusedError(f"nftables cannot be used there: {_line(told.err)}")
    objects = json.loads(told.out)["nftables"]
    tables = (thing["table"] for thing in objects if "table" in thing)
    return frozenset(table["name"] for table in tables if table["family"] == "inet")


def _line(text: str) -> str:
    return text.strip().partition("\n")[0]
