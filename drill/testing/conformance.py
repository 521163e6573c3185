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


@dataclass
class World:
    """A target that a fault can be tried on.

    ``state`` returns all that must be the same again after the undo; ``broken``
    tells whether the effect is there, seen by other means than the fault's.
    """

    access: Access
    params: Model
    state: Callable[[], object]
    broken: Callable[[], bool]


class FaultConformance(ABC):
    """The promises of a :class:`~drill.ports.Fault`."""

    fault: Fault[Any]

    @abstractmethod
    def world(self) -> World:
        """Return a new world in which nothing is broken yet."""

    def test_it_says_how_it_is_removed(self) -> None:
        """One sentence, for the plan and the report."""
        _holds(bool(self.fault.removal), "removal is empty")

    def test_prepare_changes_nothing(self) -> None:
        """A receipt is only a receipt."""
        world = self.world()
        before = world.state()
        self._prepare(world)
        _same(before, world.state())
        _holds(not world.broken(), "prepare broke it")

    def test_apply_has_the_effect(self) -> None:
        """Done means that it is broken."""
        world = self.world()
        receipt = self._prepare(world)
        outcome = self._apply(world, receipt)
        broken = world.broken()
        self._undo(world, receipt)  # the next world may be the same real host
        _holds(isinstance(outcome, Done), f"apply: {outcome}")
        _holds(broken, "apply is done, but nothing is broken")

    def test_undo_restores_what_was_captured(self) -> None:
        """Done means that it is as it was."""
        world = self.world()
        before = world.state()
        receipt = self._prepare(world)
        self._apply(world, receipt)
        _done(self._undo(world, receipt))
        _holds(not world.broken(), "undo is done, but it is still broken")
        _same(before, world.state())

    def test_undo_may_be_repeated(self) -> None:
        """A second undo finds nothing to do."""
        world = self.world()
        receipt = self._prepare(world)
        self._apply(world, receipt)
        _done(self._undo(world, receipt))
        once = world.state()
        _done(self._undo(world, receipt))
        _same(once, world.state())

    def test_undo_is_safe_when_apply_never_ran(self) -> None:
        """A conductor that died in between undoes what may never have been."""
        world = self.world()
        before = world.state()
        _done(self._undo(world, self._prepare(world)))
        _same(before, world.state())

    def test_a_stopped_undo_does_not_claim_to_be_done(self) -> None:
        """What was told to stop cannot know; and a later undo mends it."""
        world = self.world()
        receipt = self._prepare(world)
        self._apply(world, receipt)
        cancel = HandCancel()
        cancel.request()
        outcome = _or_raised(lambda: self.fault.undo(world.access, world.params, receipt, cancel))
        _holds(not (isinstance(outcome, Done) and world.broken()), "done, and still broken")
        _done(self._undo(world, receipt))
        _holds(not world.broken(), "the later undo did not mend it")

    def _prepare(self, world: World) -> Receipt:
        return self.fault.prepare(world.access, world.params, HandCancel())

    def _apply(self, world: World, receipt: Receipt) -> Outcome:
        return self.fault.apply(world.access, world.params, receipt, HandCancel())

    def _undo(self, world: World, receipt: Receipt) -> Outcome:
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
        _done(self._apply(deed, deed.succeeds, HandCancel()))

    def test_failure_is_failed(self) -> None:
        """What certainly did not happen is failed, with a message."""
        deed = self.deed()
        outcome = self._apply(deed, deed.fails, HandCancel())
        _holds(isinstance(outcome, Failed) and bool(outcome.error), f"{outcome}")

    def test_a_time_out_is_indeterminate_and_leaves_nothing_running(self) -> None:
        """Told to stop, it ends all that it started before it returns."""
        deed = self.deed()
        outcome = self._apply(deed, deed.lasts, HandCancel(2.0))
        _holds(isinstance(outcome, Indeterminate), f"{outcome}")
        _holds(deed.traces() == 0, f"{deed.traces()} processes are left")

    def _apply(self, deed: Deed, params: Model, cancel: HandCancel) -> Outcome:
        said: list[Progress] = []
        return _or_raised(lambda: self.action.apply(deed.access, params, cancel, said.append))


def _or_raised(work: Callable[[], Outcome]) -> Outcome:
    """Do what the plug-in boundary does with an error: nobody knows."""
    try:
        return work()
    except RemoteError as error:
        return Indeterminate(error=str(error))


def _holds(condition: bool, otherwise: str) -> None:
    if not condition:
        raise AssertionError(otherwise)


def _same(expected: object, actual: object) -> None:
    _holds(expected == actual, f"expected {expected}, found {actual}")


def _done(outcome: Outcome) -> None:
    _holds(isinstance(outcome, Done), f"not done: {outcome}")
