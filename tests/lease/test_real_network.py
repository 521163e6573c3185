"""What a neighbour meets when packets are lost, turned away, or queued: in a real kernel."""

import contextlib
import json
import time

import pytest
from lease.house import CUT

from drill.errors import RefusedError
from drill.faults.network import Firewall, FirewallParams, Loss, LossParams, PartitionParams, Reset
from drill.faults.shaping import Bandwidth, BandwidthParams, Delay, DelayParams
from drill.hosts import warden
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World

pytestmark = pytest.mark.lab

_NEIGHBOUR = """
ip netns add neighbour && ip link set peer0 netns neighbour
ip -n neighbour address add 10.77.0.2/24 dev peer0; ip -n neighbour link set peer0 up
nft add table inet mine
"""
_SERVE = """
import socket
server = socket.create_server(("10.77.0.1", 8000))
print("ready", flush=True)
while True:
    link, _ = server.accept()
    link.sendall(bytes(40_000))
    link.close()
"""
_CALL = """
import socket, time
began, told, size = time.monotonic(), "ok", 0
try:
    with socket.create_connection(("10.77.0.1", 8000), timeout=1) as link:
        while piece := link.recv(65536):
            size += len(piece)
except OSError as error:
    told = type(error).__name__ + str(error.errno or "")
print(told, size, time.monotonic() - began)
"""
_COUNT = """
nft add chain inet mine i '{ type filter hook input priority 0; }'
nft add rule inet mine i udp dport 9 counter
"""
_DATAGRAMS = """
import socket
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(1000):
    link.sendto(b"x", ("10.77.0.1", 9))
"""


@pytest.fixture
def street(house):
    """A house whose service has a neighbour to call it."""
    house.sh(_NEIGHBOUR)
    server = house.start("python3", "-c", _SERVE)
    deadline = time.monotonic() + 10
    while call(house)[0] != "ok" and time.monotonic() < deadline:
        time.sleep(0.05)
    yield house
    server.kill()
    server.wait()


def call(house):
    """Return what the neighbour hears, how many bytes, in how many seconds."""
    argv = ["ip", "netns", "exec", "neighbour", "python3", "-c", _CALL]
    told, size, seconds = house.run(argv, HandCancel()).out.split()
    return told, int(size), float(seconds)


class OnTheStreet(FaultConformance):
    params = None
    hears = "ok"

    @pytest.fixture(autouse=True)
    def _lend(self, street):
        self._house = street

    def world(self):
        return World(self._house.access, self.params, self._state, self._broken)

    def _state(self):
        return self._house.sh("nft list ruleset; tc qdisc show")

    def _broken(self):
        told = call(self._house)[0]
        assert told in {"ok", self.hears}
        return told != "ok"


class TestReset(OnTheStreet):
    fault, params, hears = Reset(), PartitionParams(ports=(8000,)), "ConnectionRefusedError111"


class TestFirewall(OnTheStreet):
    fault, params, hears = Firewall(), FirewallParams(ports=(8000,)), "OSError113"


class TestLoss(OnTheStreet):
    fault, params, hears = Loss(), LossParams(percent=99), "TimeoutError"


class TestBandwidth(OnTheStreet):
    fault, params = Bandwidth(), BandwidthParams(kbit=400)

    def _broken(self):
        return call(self._house)[2] > 0.4  # 40 kB less the bucket's 10 kB, of 50 kB a second


class TestDelayByRelay(OnTheStreet):
    fault, params = Delay(), DelayParams(delay="600ms", jitter="50ms", ports=(8000,))

    def _state(self):
        return super()._state() + self._house.sh("pgrep -fc 'drill-host ho[g]'")

    def _broken(self):
        told, size, seconds = call(self._house)
        assert (told, size) == ("ok", 40_000)
        return seconds > 0.25  # the service speaks first: half of a round trip


def test_what_was_asked_for_comes_later_by_as_much_as_was_said(street):
    params = DelayParams(delay="1s", jitter="100ms", ports=(8000,))
    receipt = Delay().prepare(street.access, params, HandCancel())
    told = Delay().apply(street.access, params, receipt, HandCancel())
    assert "a relay" in told.note
    assert 0.44 < call(street)[2] < 1.0  # half of 0.9 s at least, and a busy machine
    street.sh("drill-host heal")
    assert call(street)[2] < 0.44


def test_an_open_connection_is_reset(street):
    """Both ways: what the service says is turned away too."""
    script = _CALL.replace("while piece", "time.sleep(1.5)\n        while piece")
    script = script.replace("timeout=1", "timeout=5")
    params = PartitionParams(ports=(8000,))
    receipt = Reset().prepare(street.access, params, HandCancel())
    street.sh(
        "nft add table inet hold; nft 'add chain inet hold o { type filter hook output "
        "priority 0; }'; nft 'add rule inet hold o tcp sport 8000 tcp flags psh drop'"
    )
    caller = street.start("sh", "-c", f"ip netns exec neighbour python3 -c '{script}' > /run/told")
    time.sleep(0.5)
    assert isinstance(Reset().apply(street.access, params, receipt, HandCancel()), Done)
    street.sh("nft delete table inet hold")
    caller.wait()
    assert street.sh("cat /run/told").split()[0] in {"ConnectionResetError104", "TimeoutError"}
    Reset().undo(street.access, params, receipt, HandCancel())


def test_about_as_many_packets_are_lost_as_was_said(street):
    params = LossParams(percent=30, direction="in")
    receipt = Loss().prepare(street.access, params, HandCancel())
    assert isinstance(Loss().apply(street.access, params, receipt, HandCancel()), Done)
    street.sh(_COUNT)
    street.run(["ip", "netns", "exec", "neighbour", "python3", "-c", _DATAGRAMS], HandCancel())
    listed = json.loads(street.sh("nft -j list chain inet mine i"))["nftables"]
    (arrived,) = (
        each["rule"]["expr"][1]["counter"]["packets"] for each in listed if "rule" in each
    )
    assert 600 < arrived < 800  # of 1000: seven standard deviations of 14.5
    Loss().undo(street.access, params, receipt, HandCancel())


@pytest.mark.parametrize(
    "meddle",
    [
        "tc qdisc change dev eth0 root handle {0} tbf rate 9mbit burst 10kb latency 50ms",
        "tc qdisc replace dev eth0 root handle 77: pfifo",
        "tc qdisc add dev eth0 parent {0}1 handle 78: pfifo limit 5",
    ],
)
def test_queues_that_somebody_else_changed_are_left_as_they_are(house, meddle):
    params = BandwidthParams(kbit=400)
    receipt = Bandwidth().prepare(house.access, params, HandCancel())
    Bandwidth().apply(house.access, params, receipt, HandCancel())
    handle = json.loads(house.sh("tc -j qdisc show dev eth0"))[0]["handle"]
    house.sh(meddle.format(handle))
    changed = house.sh("tc qdisc show dev eth0")
    outcome = Bandwidth().undo(house.access, params, receipt, HandCancel())
    assert isinstance(outcome, Failed)
    assert warden.DIRTY in outcome.error
    assert house.sh("tc qdisc show dev eth0") == changed


@pytest.mark.parametrize("root", ["pfifo", "pfifo_fast", "tbf rate 1gbit burst 1mb latency 9ms"])
def test_a_root_that_somebody_made_is_not_replaced(house, root):
    house.sh(f"tc qdisc add dev eth0 root handle 5: {root}")
    before = house.sh("tc qdisc show dev eth0")
    with pytest.raises(RefusedError, match="could not be put back"):
        Bandwidth().prepare(house.access, BandwidthParams(kbit=400), HandCancel())
    assert house.sh("tc qdisc show dev eth0") == before


def test_a_delay_delays_or_is_declined_with_the_cure(street):
    params = DelayParams(delay="300ms")
    netem = street.run(["tc", "qdisc", "add", "dev", "lo", "root", "netem"], HandCancel()).exit == 0
    expected = contextlib.nullcontext() if netem else pytest.raises(RefusedError, match="sch_netem")
    with expected:
        receipt = Delay().prepare(street.access, params, HandCancel())
        assert isinstance(Delay().apply(street.access, params, receipt, HandCancel()), Done)
        assert call(street)[2] > 0.3
        assert isinstance(Delay().undo(street.access, params, receipt, HandCancel()), Done)
    assert call(street)[:2] == ("ok", 40_000)


def test_the_lease_ends_a_queue_when_nobody_renews_it(house):
    params = {"interface": "eth0", "spare": CUT["spare"], "kbit": 400}
    before = house.sh("tc qdisc show dev eth0")
    receipt = warden.arm(house.access, "network.bandwidth", params, 1, HandCancel())
    assert isinstance(warden.inject(house.access, receipt, HandCancel()), Done)
    assert house.sh("tc qdisc show dev eth0") != before
    deadline = time.monotonic() + 15
    while house.sh("tc qdisc show dev eth0") != before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert house.sh("tc qdisc show dev eth0") == before
