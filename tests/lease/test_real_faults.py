"""The leased faults keep their promises in a real kernel, through the real program."""

import json

import pytest

from drill.faults.network import Partition, PartitionParams
from drill.faults.process import Chosen, Pause
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World

pytestmark = pytest.mark.lab

_DATAGRAM = """
import socket, contextlib
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
with contextlib.suppress(PermissionError):
    s.sendto(b"x", ("10.77.0.255", 9))
"""


class TestPartition(FaultConformance):
    fault = Partition()

    @pytest.fixture(autouse=True)
    def _lend(self, house):
        self._house = house
        house.sh("nft add table inet mine")

    def world(self):
        tables = lambda: self._house.sh("nft list ruleset")  # noqa: E731  short
        return World(self._house.access, PartitionParams(), tables, self._drops)

    def _drops(self):
        # A UDP datagram to a neighbour: the device takes it, unless the table drops it.
        before = self._sent()
        self._house.run(["python3", "-c", _DATAGRAM], HandCancel())
        return self._sent() == before

    def _sent(self):
        shown = json.loads(self._house.sh("ip -j -s link show dev eth0"))
        return shown[0]["stats64"]["tx"]["packets"]


class TestPauseByName(FaultConformance):
    fault = Pause()

    @pytest.fixture(autouse=True)
    def _lend(self, house):
        self._house = house
        with house.victims(3):
            yield

    def world(self):
        return World(
            self._house.access,
            Chosen(name="victim"),
            self._house.states,
            lambda: "T" in self._house.states(),
        )
