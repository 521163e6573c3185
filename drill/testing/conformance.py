"""What every fault and every action must keep, as tests that a plug-in's author inherits.

    class TestMyFault(FaultConformance):
        fault = MyFault()

        def world(self) -> World: ...

Each method that begins with ``test_`` is a promise of :mod:`drill.ports`; any
test runner that knows classes of methods can run them. A world is made anew
for each promise.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drill.errors import RemoteError
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.ports import Access, Action, Fault, Progress
from drill.testing.cancels import HandCancel


def nothing() -> None:
    """Do nothing."""


@dataclass
class World:
    """A target that a fault can be tried on.

    ``state`` returns all that must be the same again after the undo; ``broken``
    tells whether the effect is there, seen by other means than the fault's.
    The rest is for :class:`~drill.testing.leased.LeasedConformance`: ``vary``
    puts the target into another earlier state, a number of them; ``meddle`` is
    what somebody else does while the fault stands, and ``mend`` takes that away
    again. Without ``meddle``, nobody can do anything to it.
    """

    access: Access
    params: Model
    state: Callable[[], object]
    broken: Callable[[], bool]
    vary: Callable[[int], None] | None = None
    meddle: Callable[[], None] | None = None
    mend: Callable[[], None] = nothing


class FaultConformance(ABC):
    """The promises of a :class:`~drill.ports.Fault`."""

    fault: Fault[Any]

    @abstractmethod
    def world(self) -> World:
        """Return a new world in which nothing is broken yet."""

    def test_it_says_how_it_is_removed(self) -> None:
        """One sentence, for the plan and the report."""
        holds(bool(self.fault.removal), "removal is empty")

    def test_prepare_changes_nothing(self) -> None:
        """A receipt is only a receipt."""
        world = self.world()
        before = world.state()
        self.prepared(world)
        same(before, world.state())
        holds(not world.broken(), "prepare broke it")

    def test_apply_has_the_effect(self) -> None:
        """Done means that it is broken."""
        world = self.world()
        receipt = self.prepared(world)
        outcome = self.applied(world, receipt)
        broken = world.broken()
        self.undone(world, receipt)  # the next world may be the same real host
        holds(isinstance(outcome, Done), f"apply: {outcome}")
        holds(broken, "apply is done, but nothing is broken")

    def test_undo_restores_what_was_captured(self) -> None:
        """Done means that it is as it was."""
        world = self.world()
        before = world.state()
        receipt = self.prepared(world)
        self.applied(world, receipt)
        done(self.undone(world, receipt))
        holds(not world.broken(), "undo is done, but it is still broken")
        same(before, world.state())

    def test_undo_may_be_repeated(self) -> None:
        """A second undo finds nothing to do."""
        world = self.world()
        receipt = self.prepared(world)
        self.applied(world, receipt)
        done(self.undone(world, receipt))
        once = world.state()
        done(self.undone(world, receipt))
        same(once, world.state())

    def test_undo_is_safe_when_apply_never_ran(self) -> None:
        """A conductor that died in between undoes what may never have been."""
        world = self.world()
        before = world.state()
        done(self.undone(world, self.prepared(world)))
        same(before, world.state())

    def test_a_stopped_undo_does_not_claim_to_be_done(self) -> None:
        """What was told to stop cannot know; and a later undo mends it."""
        world = self.world()
        receipt = self.prepared(world)
        self.applied(world, receipt)
        cancel = HandCancel()
        cancel.request()
        outcome = _or_raised(lambda: self.fault.undo(world.access, world.params, receipt, cancel))
        holds(not (isinstance(outcome, Done) and world.broken()), "done, and still broken")
        done(self.undone(world, receipt))
        holds(not world.broken(), "the later undo did not mend it")

    def prepared(self, world: World) -> Receipt:
        """Have it prepared."""
        return self.fault.prepare(world.access, world.params, HandCancel())

    def applied(self, world: World, receipt: Receipt) -> Outcome:
        """Have it applied."""
        return self.fault.apply(world.access, world.params, receipt, HandCancel())

    def undone(self, world: World, receipt: Receipt) -> Outcome:
        """Have it undone."""
        return self.fault.undo(world.access, world.params, receipt, HandCancel())


@dataclass
class Deed:
    """An action with parameters that make it succeed, fail, or last for a minute."""

    access: Access
    succeeds: Model
    fails: Model
    lasts: Model
    traces: Callable[[], int]
    """Returns how many processes of the lasting deed there are, near and far."""


class ActionConformance(ABC):
    """The promises of an :class:`~drill.ports.Action`."""

    action: Action[Any]

    @abstractmethod
    def deed(self) -> Deed:
        """Return a new deed."""

    def test_success_is_done(self) -> None:
        """What happened is done."""
        deed = self.deed()
        done(self._apply(deed, deed.succeeds, HandCancel()))

    def test_failure_is_failed(self) -> None:
        """What certainly did not happen is failed, with a message."""
        deed = self.deed()
        outcome = self._apply(deed, deed.fails, HandCancel())
        holds(isinstance(outcome, Failed) and bool(outcome.error), f"{outcome}")

    def test_a_time_out_is_indeterminate_and_leaves_nothing_running(self) -> None:
        """Told to stop, it ends all that it started before it returns."""
        deed = self.deed()
        outcome = self._apply(deed, deed.lasts, HandCancel(2.0))
        holds(isinstance(outcome, Indeterminate), f"{outcome}")
        holds(deed.traces() == 0, f"{deed.traces()} processes are left")

    def _apply(self, deed: Deed, params: Model, cancel: HandCancel) -> Outcome:
        said: list[Progress] = []
        return _or_raised(lambda: self.action.apply(deed.access, params, cancel, said.append))


def _or_raised(work: Callable[[], Outcome]) -> Outcome:
    """Do what the plug-in boundary does with an error: nobody knows."""
    try:
        return work()
    except RemoteError as error:
        return Indeterminate(error=str(error))


def holds(condition: bool, otherwise: str) -> None:
    """Fail, unless something holds."""
    if not condition:
        raise AssertionError(otherwise)


def same(expected: object, actual: object) -> None:
    """Fail, unless two are the same."""
    holds(expected == actual, f"expected {expected}, found {actual}")


def done(outcome: Outcome) -> None:
    """Fail, unless it is done."""
    holds(isinstance(outcome, Done), f"not done: {outcome}")
