"""Virtual time: one for the whole world, and the clocks of the controller in it.

The world goes on when the controller is dead or asleep.
"""

import heapq
from collections.abc import Callable
from datetime import timedelta
from itertools import count

from exercise.stories import SECOND
from simulation.schedule import Crash

from drill.crews.rehearsal import EPOCH, VirtualClock
from drill.model.time import Stamp

ENDLESS = 20_000
"""More than ever happens in one simulated exercise."""


class World:
    """What happens outside the controller, in the order of true time."""

    def __init__(self) -> None:
        self.ns = 0
        self.wall_ahead = timedelta()
        """How far the controller's wall clock was stepped, all in all."""
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._count = count()

    @property
    def next_ns(self) -> int | None:
        return self._due[0][0] if self._due else None

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        """Have something happen so many seconds from now."""
        n = next(self._count)
        assert n < ENDLESS, "the world does not come to rest"
        heapq.heappush(self._due, (self.ns + round(seconds * SECOND), n, happen))

    def run_until(self, ns: int) -> None:
        while self._due and self._due[0][0] <= ns:
            due, _, happen = heapq.heappop(self._due)
            self.ns = max(self.ns, due)
            happen()
        self.ns = max(self.ns, ns)

    def rest(self) -> None:
        """Let all happen that still would, if no controller ever came back."""
        while self._due:
            self.run_until(self._due[0][0])


class Clock(VirtualClock):
    """The controller's clocks: one since its boot, and one on the wall that people may step."""

    def __init__(self, world: World, boot: str, ns: int) -> None:
        super().__init__(boot, ns)
        self._world, self._origin = world, world.ns - ns

    def now(self) -> Stamp:
        true = timedelta(microseconds=self._world.ns / 1000)
        wall = EPOCH + true + self._world.wall_ahead
        return Stamp(wall=wall, boot_ns=self._world.ns - self._origin, boot=self._boot)

    def advance_to(self, ns: int) -> None:
        self._world.run_until(ns + self._origin)

    def true(self, stamp: Stamp) -> int:
        """Return the true time of a stamp of this boot."""
        return stamp.boot_ns + self._origin

    def stamp(self, ns: int) -> Stamp:
        """Return what its boot clock will show at a true time; waiting asks no more of a stamp."""
        return Stamp(wall=self.now().wall, boot_ns=ns - self._origin, boot=self._boot)

    def rebooted(self, crash: Crash) -> "Clock":
        """Return the clock of the next process."""
        boot_ns = self.now().boot_ns + crash.away * SECOND
        self._world.run_until(self._world.ns + crash.away * SECOND)
        if crash.reboot:
            return Clock(self._world, self._boot + "+", 5 * SECOND)
        return Clock(self._world, self._boot, boot_ns)
