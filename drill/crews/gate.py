"""What stands before every fault, in the hands that would apply it.

The plan was checked before it began, and the conductor counts by its journal.
This counts once more, on its own, right before anything is broken: it knows only
which faults it let through, and which were undone since.
"""

import threading
from collections.abc import Callable
from datetime import timedelta

from drill.errors import RefusedError
from drill.graph.plan import Plan
from drill.graph.radius import Radius
from drill.model.events import FaultPrepared, Record, UndoEnded
from drill.model.names import StepId, TargetName
from drill.model.outcome import Done
from drill.model.steps import Inject
from drill.model.time import Stamp, format_duration, seconds_between
from drill.ports import Clock


def _never() -> str:
    return ""


def _open(on: TargetName) -> None:
    del on


class Gate:
    """Refuses a fault while all is halted, and one that reaches further than is allowed.

    ``assert_touchable`` raises for a target that must not be touched at all: it is
    asked before each effect, a recovery's too, but never before a fault is undone.
    """

    def __init__(
        self,
        clock: Clock,
        allowed: Radius | None = None,
        halted: Callable[[], str] = _never,
        assert_touchable: Callable[[TargetName], None] = _open,
    ) -> None:
        self._clock = clock
        self._allowed = allowed
        self._halted = halted
        self.assert_touchable = assert_touchable
        self._lock = threading.Lock()
        self._targets: set[TargetName] = set()
        self._standing: dict[StepId, Stamp] = {}
        self._stood = 0.0

    def assert_open(self, on: TargetName) -> None:
        """Refuse while somebody has halted everything, or denies the target.

        Raises:
            RefusedError: somebody has; nothing was done.
        """
        self.assert_touchable(on)
        if why := self._halted():
            raise RefusedError(f"halted: {why}; nothing is broken before: drill release")

    def admit(self, id_: StepId, on: TargetName) -> None:
        """Count a fault that is about to be prepared.

        Raises:
            RefusedError: all is halted, the target is denied, or it is more than is
                allowed; nothing was done.
        """
        self.assert_open(on)
        now = self._clock.now()
        with self._lock:
            if self._allowed is not None:
                self._assert_within(self._allowed, on, now)
            self._targets.add(on)
            self._standing[id_] = now

    def recall(self, id_: StepId, on: TargetName, at: Stamp) -> None:
        """Count a fault that an earlier process let through."""
        with self._lock:
            self._targets.add(on)
            self._standing[id_] = at

    def let_go(self, id_: StepId, at: Stamp | None = None) -> None:
        """Count a fault no more that was undone, or that certainly never was."""
        with self._lock:
            since = self._standing.pop(id_, None)
            if since is not None:
                self._stood += max(0.0, seconds_between(since, at or self._clock.now()))

    def _assert_within(self, allowed: Radius, on: TargetName, now: Stamp) -> None:
        targets, faults = len(self._targets | {on}), len(self._standing) + 1
        if targets > allowed.targets:
            raise RefusedError(f"beyond the limits: {on} is target {targets} of {allowed.targets}")
        if faults > allowed.faults:
            raise RefusedError(f"beyond the limits: fault {faults} of {allowed.faults} at once")
        stood = self._stood + sum(seconds_between(at, now) for at in self._standing.values())
        if allowed.standing is not None and timedelta(seconds=stood) >= allowed.standing:
            most = format_duration(allowed.standing)
            raise RefusedError(f"beyond the limits: faults stood for {most} in all already")


def recount(gate: Gate, plan: Plan, record: Record) -> None:
    """Let the gate count what earlier processes of this exercise let through."""
    match record.event:
        case FaultPrepared(step=id_):
            step = plan.step(id_)
            if isinstance(step, Inject):
                gate.recall(id_, step.on, record.at)
        case UndoEnded(step=id_, outcome=Done()):
            gate.let_go(id_, record.at)
        case _:
            pass
