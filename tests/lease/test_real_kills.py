"""Whoever injects is killed, at any moment: the undo that follows leaves what was there before."""

import contextlib

import pytest

from drill.errors import StoppedError
from drill.faults.network import PartitionParams, Reset
from drill.faults.pressure import Cpu, CpuParams, Processes, ProcessesParams
from drill.faults.process import Interrupt, InterruptParams
from drill.faults.shaping import Bandwidth, BandwidthParams, Delay, DelayParams
from drill.faults.storage import DiskFull, DiskFullParams, ReadOnly, ReadOnlyParams
from drill.model.outcome import Done
from drill.testing.cancels import HandCancel

pytestmark = pytest.mark.lab

MOMENTS = (0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
"""Seconds after the order; a Python that starts and a command or two take about so long."""
STATE = """
nft list ruleset; tc qdisc show; ls -A /mnt/disk; df /mnt/disk
grep disk /proc/self/mountinfo; pgrep -fc 'drill-host ho[g]'
"""


@pytest.mark.parametrize(
    ("fault", "params"),
    [
        (Reset(), PartitionParams()),
        (Delay(), DelayParams(delay="100ms", ports=(80,))),
        (Interrupt(), InterruptParams()),
        (Bandwidth(), BandwidthParams(kbit=400)),
        (DiskFull(), DiskFullParams(directory="/mnt/disk")),
        (ReadOnly(), ReadOnlyParams(directory="/mnt/disk")),
        (Cpu(), CpuParams(workers=3)),
        (Processes(), ProcessesParams(count=500)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_killed_in_the_middle_it_is_undone(house, fault, params):
    house.sh("mkdir /mnt/disk; mount -t tmpfs -o size=64m disk /mnt/disk")
    before = house.sh(STATE)
    for moment in MOMENTS:
        receipt = fault.prepare(house.access, params, HandCancel())
        with contextlib.suppress(StoppedError):
            fault.apply(house.access, params, receipt, HandCancel(moment))
        assert isinstance(fault.undo(house.access, params, receipt, HandCancel()), Done)
        assert house.sh(STATE) == before
