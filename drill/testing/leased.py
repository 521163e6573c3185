"""What a fault under a lease must keep besides: see :mod:`drill.testing.conformance`.

Each promise has a short name in :data:`PROVES`, by which the table of the
README tells which of them were seen to be kept, and where.
"""

import contextlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

from drill.errors import RemoteError
from drill.faults.leasing import Leasing
from drill.hosts import warden
from drill.hosts.access import remote_of
from drill.hosts.patience import until
from drill.model.events import Receipt
from drill.model.outcome import Failed
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World, done, holds, same

PROVES: Mapping[str, str] = MappingProxyType(
    {
        "test_apply_has_the_effect": "effect",
        "test_undo_restores_what_was_captured": "undo",
        "test_undo_restores_any_earlier_state": "states",
        "test_injected_twice_it_is_undone_once": "twice",
        "test_undo_may_be_repeated": "again",
        "test_undo_is_safe_when_apply_never_ran": "never applied",
        "test_killed_in_the_middle_it_is_undone": "killed",
        "test_what_somebody_else_changed_is_dirty_and_stays": "others",
        "test_the_lease_ends_it_when_nobody_renews": "lease",
    }
)
"""Each promise that a fault must be seen to keep, before drill says that it can do it."""
LEASE = timedelta(seconds=5)
LATE = 5.0
"""The shortest lease that a scenario may ask for, and how many seconds longer a fault may stand."""


class LeasedConformance(FaultConformance):
    """The promises of a fault of the target's own catalogue."""

    fault: Leasing[Any]
    states: ClassVar[int] = 30
    """How many earlier states are tried, each another; fewer, where there are not so many."""
    moments: ClassVar[tuple[float, ...]] = (0.05, 0.15, 0.3)
    """Seconds after which whoever injects is killed."""

    def test_undo_restores_any_earlier_state(self) -> None:
        """Whatever was there is there again: ``vary`` makes another state of each number."""
        world = self.world()
        holds(world.vary is not None, "say what may have been there before")
        seen: list[object] = []
        for number in range(self.states):
            if world.vary is not None:
                world.vary(number)
            before = self._comes_and_goes(world, lambda receipt: done(self.applied(world, receipt)))
            holds(before not in seen, f"earlier state {number} was tried before: {before}")
            seen.append(before)

    def test_injected_twice_it_is_undone_once(self) -> None:
        """The second order finds that it was obeyed."""
        world = self.world()

        def twice(receipt: Receipt) -> None:
            done(self.applied(world, receipt))
            done(self.applied(world, receipt))

        self._comes_and_goes(world, twice)

    def test_killed_in_the_middle_it_is_undone(self) -> None:
        """After any part of the inject."""
        world = self.world()
        for moment in self.moments:
            self._comes_and_goes(world, partial(self._cut_off, world, moment))

    def test_what_somebody_else_changed_is_dirty_and_stays(self) -> None:
        """Nothing of theirs is overwritten; the host takes no more faults until they say so."""
        world = self.world()
        if world.meddle is None:
            holds(bool(self.fault.unmeddled), "say why nobody can change anything")
            return
        receipt = self.prepared(world)
        done(self.applied(world, receipt))
        world.meddle()
        outcome = self.undone(world, receipt)
        changed = world.state()
        again = self.undone(world, receipt)
        left = world.state()
        warden.release(remote_of(world.access), HandCancel(), clear_dirty=True)
        world.mend()
        for each in (outcome, again):
            dirty = isinstance(each, Failed) and each.error.startswith(warden.DIRTY)
            holds(dirty, f"not dirty: {each}")
        same(changed, left)

    def test_the_lease_ends_it_when_nobody_renews(self) -> None:
        """Whoever applied it is gone for good."""
        world = self.world()
        before = world.state()
        world.params = world.params.model_copy(update={"lease": LEASE})
        done(self.applied(world, self.prepared(world)))
        ended = until(lambda: not world.broken(), HandCancel(LEASE.total_seconds() + LATE))
        holds(ended, "it outlives its lease")
        until(lambda: world.state() == before, HandCancel(LATE))
        same(before, world.state())

    def _comes_and_goes(self, world: World, come: Callable[[Receipt], object]) -> object:
        before = world.state()
        receipt = self.prepared(world)
        come(receipt)
        done(self.undone(world, receipt))
        same(before, world.state())
        return before

    def _cut_off(self, world: World, moment: float, receipt: Receipt) -> None:
        with contextlib.suppress(RemoteError):
            self.fault.apply(world.access, world.params, receipt, HandCancel(moment))
