"""What the suite of leased faults counts as an earlier state."""

from pathlib import Path

import pytest

from drill.faults.leasing import LeaseParams, Leasing
from drill.model.outcome import Done
from drill.model.targets import Target
from drill.ports import Access
from drill.testing.conformance import World
from drill.testing.leased import LeasedConformance


class Idle(Leasing):
    """Breaks nothing, so its undo brings everything back."""

    def prepare(self, on, params, cancel):
        return {}

    def apply(self, on, params, receipt, cancel):
        return Done()

    def undo(self, on, params, receipt, cancel):
        return Done()


class Suite(LeasedConformance):
    fault = Idle()

    def __init__(self, others):
        self._others = others

    def world(self):
        there = []
        access = Access(Target(name="h", site="s", address="10.0.0.1"), base=Path())

        def vary(number):
            there.append(number % self._others)

        return World(access, LeaseParams(), lambda: there[-1], lambda: False, vary)


def test_as_many_earlier_states_as_it_says_are_tried():
    Suite(30).test_undo_restores_any_earlier_state()


def test_no_two_of_them_may_be_alike():
    with pytest.raises(AssertionError, match="earlier state 29 was tried before: 0"):
        Suite(29).test_undo_restores_any_earlier_state()
