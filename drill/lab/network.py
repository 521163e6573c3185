"""The lab's wires, as lines for ``ip -batch`` (ip(8)).

One bridge per site and one for management stand in the observer's namespace;
each site's gateway is a leg of the router, which has a namespace of its own::

    observer ── router ── site a ── hosts' eth0
                      └── site b ── hosts' eth0
    observer ─────────── management ── hosts' mgmt0
"""

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from drill.lab.spec import HostSpec, LabSpec

MANAGEMENT = "mgmt"
OBSERVER = "obs0"
_EXPELLED = "inet observer-cut"


@dataclass(frozen=True, slots=True)
class Port:
    """A host's plug in a bridge: ``outer`` is the bridge's end, ``inner`` the host's."""

    outer: str
    inner: str
    bridge: str
    address: IPv4Interface

    @property
    def mac(self) -> str:
        """Return the same hardware address at each boot, else peers keep stale ARP entries."""
        octets = ":".join(f"{octet:02x}" for octet in self.address.ip.packed)
        return f"02:{'01' if self.inner == 'eth0' else '02'}:{octets}"


def ports_of(spec: LabSpec, name: str, boot: int) -> tuple[Port, Port]:
    """Return the data and the management port of a host.

    A boot has its own device names: those of the last one die with its namespace,
    whenever the kernel comes to it.
    """
    host = spec.hosts[name]
    index = list(spec.hosts).index(name)
    data = IPv4Interface(f"{host.address}/{spec.sites[host.site].network.prefixlen}")
    return (
        Port(f"e{index}.{boot}", "eth0", f"b-{host.site}", data),
        Port(f"m{index}.{boot}", "mgmt0", MANAGEMENT, spec.management.of(index)),
    )


def backbone(spec: LabSpec, router: int) -> list[str]:
    """Return the bridges, and the wires to the router (a pid)."""
    lines = ["link set lo up", *_bridge(MANAGEMENT)]
    lines += [f"addr add {spec.management.gateway} dev {MANAGEMENT}"]
    for site in spec.sites:
        leg = f"u-{site}"
        lines += _bridge(f"b-{site}")
        lines += [f"link add {leg} type veth peer name r-{site} netns {router}"]
        lines += [f"link set {leg} master b-{site} up"]
    lines += [f"link add {OBSERVER} type veth peer name r-obs netns {router}"]
    lines += [f"addr add {spec.observer} dev {OBSERVER}", f"link set {OBSERVER} up"]
    return lines


def routes(spec: LabSpec) -> list[str]:
    """Return the observer's way to the sites, once the router's legs are up."""
    return [f"route add {site.network} via {spec.exit.ip}" for site in spec.sites.values()]


def legs(spec: LabSpec) -> list[str]:
    """Return the router's own ends."""
    lines = ["link set lo up", f"addr add {spec.exit} dev r-obs", "link set r-obs up"]
    for name, site in spec.sites.items():
        lines += [f"addr add {site.gateway} dev r-{name}", f"link set r-{name} up"]
    return lines


def plug(ports: Iterable[Port], host: int) -> list[str]:
    """Return the wires of a host (a pid)."""
    lines = []
    for port in ports:
        peer = f"peer name {port.inner} address {port.mac} netns {host}"
        lines += [f"link add {port.outer} type veth {peer}"]
        lines += [f"link set {port.outer} master {port.bridge} up"]
    return lines


def addresses(ports: Iterable[Port], gateway: IPv4Address) -> list[str]:
    """Return the host's own side: its addresses and its way out."""
    lines = ["link set lo up"]
    for port in ports:
        lines += [f"addr add {port.address} dev {port.inner}", f"link set {port.inner} up"]
    return [*lines, f"route add default via {gateway} dev eth0"]


def gateway_of(spec: LabSpec, host: HostSpec) -> IPv4Address:
    """Return the router's address in a host's site."""
    return spec.sites[host.site].gateway.ip


def cut(a: str, b: str) -> list[str]:
    """Return the router's nft commands that drop what goes between two sites."""
    table = f"inet {cut_name(a, b)}"
    return [
        f"add table {table}",
        f"add chain {table} forward {{ type filter hook forward priority -300; }}",
        f"add rule {table} forward iifname r-{a} oifname r-{b} drop",
        f"add rule {table} forward iifname r-{b} oifname r-{a} drop",
    ]


def join(a: str, b: str) -> list[str]:
    """Return the router's nft commands that undo :func:`cut`."""
    return [f"delete table inet {cut_name(a, b)}"]


def expel() -> list[str]:
    """Return the router's nft commands that drop what the observer sends, and is sent."""
    return [
        f"add table {_EXPELLED}",
        f"add chain {_EXPELLED} forward {{ type filter hook forward priority -300; }}",
        f"add rule {_EXPELLED} forward iifname r-obs drop",
        f"add rule {_EXPELLED} forward oifname r-obs drop",
    ]


def readmit() -> list[str]:
    """Return the router's nft commands that undo :func:`expel`."""
    return [f"delete table {_EXPELLED}"]


def cut_name(a: str, b: str) -> str:
    """Name the cut of a pair, in either order."""
    return "cut-" + "-".join(sorted((a, b)))


def ip_batch(lines: Sequence[str]) -> None:
    """Have ip(8) carry out lines in this network namespace, all or an error."""
    _feed(["ip", "-batch", "-"], lines)


def nft_batch(lines: Sequence[str], router: int) -> None:
    """Have nft(8) carry out lines in the router's network namespace, all or none."""
    _feed(["nsenter", f"--net=/proc/{router}/ns/net", "nft", "-f", "-"], lines)


def _feed(argv: Sequence[str], lines: Sequence[str]) -> None:
    done = subprocess.run(
        argv, input="\n".join(lines) + "\n", text=True, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise OSError(f"{argv[0]}: {done.stderr.strip()}")


def _bridge(name: str) -> list[str]:
    return [f"link add {name} type bridge forward_delay 0", f"link set {name} up"]
