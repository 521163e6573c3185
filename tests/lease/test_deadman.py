"""Without systemd: what becomes of a fault when its controller is gone for good."""

import pytest
from lease.house import within

from drill.hosts.warden import Warden
from drill.model.outcome import Done
from drill.testing.cancels import HandCancel

pytestmark = pytest.mark.lab

CUT = {"interface": "eth0", "direction": "both", "peers": [], "ports": [], "spare": "10.99.0.1"}
LATE = 5.0
"""Seconds after the lease's end by which a fault must be gone (P1)."""


def armed(house, warden, ttl):
    return warden.arm(house.access, "network.partition", CUT, ttl, HandCancel())


def tables(house):
    return house.sh("nft list tables").split()


def test_what_nobody_renews_is_gone_soon_after_its_lease(house):
    warden = Warden()
    receipt = armed(house, warden, 2)
    assert receipt["tier"] == "B"
    assert isinstance(warden.inject(house.access, receipt, HandCancel()), Done)
    assert len(tables(house)) == 3
    assert within(lambda: not tables(house), 2 + LATE) <= 2 + LATE
