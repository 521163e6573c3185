import time

from drill.engine.clock import SystemClock

DAY = 86_400 * 1_000_000_000


def test_a_suspend_counts(monkeypatch):
    """The machine slept for a day: only one of the kernel's clocks has seen it go by."""
    clocks = {time.CLOCK_BOOTTIME: DAY + 7, time.CLOCK_MONOTONIC: 7, time.CLOCK_REALTIME: 5}
    monkeypatch.setattr(time, "clock_gettime_ns", clocks.__getitem__)
    assert SystemClock().now().boot_ns == DAY + 7
