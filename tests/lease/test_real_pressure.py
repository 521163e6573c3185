"""Hogs in a real kernel: they take, and whatever becomes of drill, they end."""

import contextlib

import pytest
from lease.house import within

from drill.errors import StoppedError
from drill.faults.pressure import Cpu, CpuParams, Memory, MemoryParams, Processes, ProcessesParams
from drill.faults.process import Interrupt, InterruptParams
from drill.hosts import warden
from drill.lease.hogs import available
from drill.lease.machine import Machine
from drill.model.outcome import Done
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World

pytestmark = pytest.mark.lab

MACHINE = Machine()


def hogs(house):
    """Return the hogs' processes with their memory in KiB and their ticks of a processor."""
    listed = house.sh("ps -eo rss=,cputimes=,args= -ww").splitlines()
    return [line.split()[:2] for line in listed if "drill-host hog" in line]


def used_percent():
    total = available(MACHINE, "MemTotal")
    return 100 * (total - available(MACHINE)) // total


class InTheHouse(FaultConformance):
    @pytest.fixture(autouse=True)
    def _lend(self, house):
        self._house = house

    def world(self):
        return World(self._house.access, self.params, self._state, self._broken)

    def _state(self):
        return hogs(self._house)


class TestCpu(InTheHouse):
    fault, params = Cpu(), CpuParams(workers=2, percent=80)

    def _broken(self):
        takes = lambda: sum(int(ticks) for _, ticks in hogs(self._house)) > 0  # noqa: E731  short
        return bool(hogs(self._house)) and within(takes, 20) < 20


class TestMemory(InTheHouse):
    fault = Memory()

    @property
    def params(self):
        return MemoryParams(percent=used_percent() + 2)

    def _broken(self):
        return sum(int(size) for size, _ in hogs(self._house)) > 100_000


class TestProcesses(InTheHouse):
    fault, params = Processes(), ProcessesParams(count=100)

    def _broken(self):
        return len(hogs(self._house)) > 100


class TestInterrupt(InTheHouse):
    """A restore of 2.4 MB, whom it kills when it has written 1 MiB."""

    fault, params = Interrupt(), InterruptParams(name="restore")

    def _broken(self):
        self._house.sh("cp /bin/dd /usr/local/sbin/restore")
        told = self._house.run(["sh", "-c", _RESTORE], HandCancel())
        return told.exit == 128 + 9

    def _state(self):
        return len(hogs(self._house))


_RESTORE = """
(sleep 0.2; for n in $(seq 12); do head -c 200000 /dev/zero; sleep 0.1; done) \
  | restore of=/run/restored bs=10k
"""


@pytest.fixture
def loaded(house):
    """A house with a hundred hogs, which nobody renews."""
    ask = {"count": 100}
    receipt = warden.arm(house.access, "host.processes", ask, 2, HandCancel())
    assert isinstance(warden.inject(house.access, receipt, HandCancel()), Done)
    return house


def test_the_dead_man_ends_them_when_the_lease_has_ended(loaded):
    assert within(lambda: not hogs(loaded), 20) < 20
    assert within(lambda: '"undone"' in loaded.sh("drill-host list"), 20) < 20


def test_they_end_by_themselves_where_nobody_is_left_to_end_them(loaded):
    loaded.sh("pkill -KILL -f 'drill-host deadma[n]'")
    assert within(lambda: not hogs(loaded), 20) < 20
    assert '"active"' in loaded.sh("drill-host list")  # so nobody else has ended them


def test_after_a_power_cycle_there_are_none_and_nobody_is_dirty(loaded):
    loaded.cycle()
    assert not hogs(loaded)
    loaded.run(["drill-host", "heal"], HandCancel())
    assert '"undone"' in loaded.sh("drill-host list")


def test_an_injector_that_is_killed_leaves_none_behind(house):
    fault, params = Processes(), ProcessesParams(count=3000)
    receipt = fault.prepare(house.access, params, HandCancel())
    with contextlib.suppress(StoppedError):
        fault.apply(house.access, params, receipt, HandCancel(0.3))
    assert isinstance(fault.undo(house.access, params, receipt, HandCancel()), Done)
    assert not hogs(house)
