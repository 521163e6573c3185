"""The faults of the network, on a real host of a lab: what a customer meets."""

import pytest
from faults.scripted import OnHost

from drill.faults import identity, names
from drill.faults.network import (
    Firewall,
    FirewallParams,
    Loss,
    LossParams,
    Partition,
    PartitionParams,
    RegionCut,
    RegionParams,
    Reset,
)
from drill.faults.shaping import Bandwidth, BandwidthParams, Delay, DelayParams

OUTSIDE = ("10.200.0.0/24", "10.77.0.0/24")
"""Where customers are."""
NEIGHBOURS = ("10.200.0.2", "10.77.0.2")
"""Who hears a host, in a lab or in namespaces."""


class OnTheNet(OnHost):
    ready = "systemctl start orders; nft delete table inet theirs 2> /dev/null || true"
    shown = "nft -j list ruleset | sed 's/\"handle\": [0-9]*//g'; tc qdisc show"
    earlier = """
    nft delete table inet theirs 2> /dev/null || true; nft add table inet theirs
    nft add chain inet theirs i "{ type filter hook input priority $1; }"
    nft add rule inet theirs i tcp dport $((1000 + $1)) counter
    tc qdisc replace dev lo root handle 7: pfifo limit $((10 + $1))
    """
    meddle = """
    table=$(nft list tables | sed -n 's/.* \\(drill_.*\\)/\\1/p')
    chain=$(nft list table inet $table | sed -n 's/.*chain \\([a-z]*\\) .*/\\1/p' | head -1)
    nft add rule inet $table $chain tcp dport 25 counter
    """
    mend = """
    for table in $(nft list tables | sed -n 's/.* \\(drill_.*\\)/\\1/p'); do
      nft delete table inet $table
    done
    """

    @pytest.fixture(autouse=True)
    def _serve(self, customer):
        self._asks = customer

    def broken(self):
        return self._asks() is None


class TestPartition(OnTheNet):
    fault, params = Partition(), PartitionParams()


class TestPartitionOneWayByPort(OnTheNet):
    fault, params = Partition(), PartitionParams(direction="in", ports=(8000,))
    states = 1


class TestRegionCut(OnTheNet):
    fault, params = RegionCut(), RegionParams(peers=OUTSIDE)


class TestServerGone(OnTheNet):
    """The app stands for the key server: it is one to the port."""

    fault, params = identity.ServerGone(), identity.KeyServerParams(ports=(8000,))


class TestDnsTimeout(OnTheNet):
    """The app stands for the name server: it is one to the port."""

    fault, params = names.DnsTimeout(), names.TimeoutParams(ports=(8000,))


class TestReset(OnTheNet):
    fault, params = Reset(), PartitionParams(ports=(8000,))


class TestFirewall(OnTheNet):
    fault, params = Firewall(), FirewallParams(ports=(8000,))


class TestLoss(OnTheNet):
    fault, params = Loss(), LossParams(percent=99, ports=(8000,))


class TestBandwidth(OnTheNet):
    """Seen by a message of 40 kB: what it has to wait for longer than 50 ms is dropped."""

    fault, params = Bandwidth(), BandwidthParams(kbit=1000)
    meddle = """
    handle=$(tc qdisc show dev eth0 | sed -n 's/qdisc tbf \\([0-9a-f]*:\\) root.*/\\1/p')
    tc qdisc change dev eth0 root handle $handle tbf rate 9mbit burst 10kb latency 50ms
    """
    mend = "tc qdisc del dev eth0 root"
    works = " || ".join(f"ping -c 1 -W 1 -s 40000 {each}" for each in NEIGHBOURS)

    def broken(self):
        return self.told(self.works).exit != 0


class TestDelayByRelay(OnTheNet):
    fault, params = Delay(), DelayParams(delay="400ms", jitter="40ms", ports=(8000,))
    shown = OnTheNet.shown + "; pgrep -fc 'host ho[g]'"

    def broken(self):
        seconds = self._asks()  # none: its relay was ended while it asked
        return seconds is None or seconds > 0.3
