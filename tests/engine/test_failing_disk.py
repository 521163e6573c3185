"""A disk that fills or breaks at any write: no fault begins, and whatever stands is healed.

Each way to fail is tried at every call that the kernel is asked for, in an exercise
with two faults, on the real journal; its file is then taken up on a sound disk.
"""

import errno
import os
from collections import Counter

import pytest
from exercise.stories import CHECK, INJECT, RECOVER, SECOND, opening_of, plan_with

from drill.crews.fates import as_planned
from drill.crews.rehearsal import Rehearsal, VirtualClock
from drill.engine.conductor import Conductor
from drill.errors import JournalError
from drill.exercise.state import Standing
from drill.journal.file import FileJournal
from drill.journal.reader import read
from drill.model.steps import Inject

PLAN = plan_with(
    cut={**INJECT, "until": "mend.ended"},
    stop={**INJECT, "after": ["cut"]},
    mend={**RECOVER, "after": ["stop"]},
    look={**CHECK, "after": ["mend"]},
)
CALLS = {"write": "pwrite", "flush": "fdatasync"}
WAYS = {
    "an error in a write": ("write", errno.EIO, False),
    "an error in a flush": ("flush", errno.EIO, False),
    "a full disk": ("write", errno.ENOSPC, True),
    "a full disk that is seen when it is flushed": ("flush", errno.ENOSPC, True),
    "a quota": ("write", errno.EDQUOT, True),
}


class Kernel:
    """Stands for :mod:`os`: one call fails at its n-th time, or from then on until there is room.

    Room comes when the journal's reserve is gone.
    """

    def __init__(self, call, number, nth, lasting, reserve):
        self.calls = Counter()
        self._call, self._number, self._nth, self._lasting = call, number, nth, lasting
        self._reserve = reserve

    def __getattr__(self, name):
        return getattr(os, name)

    def pwrite(self, fd, block, place):
        self._count("pwrite")
        return os.pwrite(fd, block, place)

    def fdatasync(self, fd):
        self._count("fdatasync")
        os.fdatasync(fd)

    def _count(self, call):
        self.calls[call] += 1
        if call == self._call and self._fails():
            raise OSError(self._number, os.strerror(self._number))

    def _fails(self):
        passed = self.calls[self._call] - self._nth
        return passed >= 0 and self._reserve.exists() if self._lasting else passed == 0


class Crew(Rehearsal):
    """The rehearsal, which tells of each fault that begins what the disk was like."""

    def __init__(self, clock, journal, path):
        super().__init__(clock, as_planned(PLAN))
        self._journal, self._path = journal, path

    def start(self, order):
        assert order.ticket < len(read(self._path)[0]), "ordered before it was durable"
        super().start(order)

    def proceed(self, ticket):
        if ticket in self._held and isinstance(self._orders[ticket].step, Inject):
            assert not self._journal.low, "a fault begins on a full disk"
        super().proceed(ticket)


def conduct(path, boot):
    """Conduct to the close, or to the error that ends it."""
    clock = VirtualClock(boot, 1000 * SECOND)
    with FileJournal(path) as journal:
        crew = Crew(clock, journal, path)
        return Conductor(PLAN, opening_of(PLAN), journal, crew, clock).run()


@pytest.fixture
def exercise(tmp_path, monkeypatch):
    """Conduct on a disk that fails, then on a sound one; return how often the first was asked."""

    def run(call, number, nth, lasting):
        path = tmp_path / f"{nth}" / "journal.jsonl"
        kernel = Kernel(CALLS[call], number, nth, lasting, path.with_name(path.name + ".reserve"))
        with monkeypatch.context() as patched:
            patched.setattr("drill.journal.file.os", kernel)
            try:
                conduct(path, "boot")
            except JournalError:
                assert not lasting, "the reserve is there for that"
        state = conduct(path, "boot-2")
        assert {step.standing for step in state.steps.values()} <= {Standing.NONE, Standing.UNDONE}
        assert state.closed
        return kernel.calls[CALLS[call]]

    return run


@pytest.mark.parametrize("way", WAYS)
def test_whenever_the_disk_fails_no_fault_begins_and_none_is_left(exercise, way, record_property):
    call, number, lasting = WAYS[way]
    never = 10_000
    moments = exercise(call, number, never, lasting)
    assert moments > 5
    for nth in range(1, moments + 1):
        assert exercise(call, number, nth, lasting) >= nth
    record_property("P13", f"{way} at each of {moments} moments: no fault begun, none left")
