"""A fault on a real host, told by shell scripts as data: in a lab, or in namespaces of its own."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from drill.actions.playbook import Playbook, PlaybookParams
from drill.hosts.patience import until
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World
from drill.testing.leased import LeasedConformance

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
STATES = int(os.environ.get("DRILL_TEST_STATES", "30"))
"""How many earlier states are tried."""


class Scripted:
    """A fault on a host, by scripts.

    ``works`` exits with 0 as long as a victim's probe finds all well; ``shown``
    prints what must be the same again; ``earlier`` brings the host into the
    state number $1; ``meddle`` is done by somebody else while the fault stands
    and ``mend`` takes it away. ``settles``: seconds that a victim may need
    after the undo until it is well.
    """

    host = "app2"
    params = None
    ready = works = shown = earlier = meddle = mend = ""
    settles = 0

    @pytest.fixture(autouse=True)
    def _lend(self, ways, recorded):
        self._access = ways(self.host)
        self.must(self.ready)

    def told(self, script, *words):
        argv = ["sh", "-c", script, "sh", *map(str, words)]
        return self._access.remote.run(argv, HandCancel(30), root=True)

    def must(self, script, *words):
        ran = self.told(f"set -e\n{script}", *words)
        assert ran.exit == 0, ran
        return ran.out

    def broken(self):
        return not until(lambda: self.told(self.works).exit == 0, HandCancel(self.settles))

    def world(self):
        return World(
            self._access,
            self.params,
            lambda: self.told(self.shown).out,
            self.broken,
            lambda number: self.must(self.earlier, number),
            (lambda: self.must(self.meddle)) if self.meddle else None,
            lambda: self.must(f"{self.mend}\n{self.ready}"),
        )


class OnHost(Scripted, LeasedConformance):
    """A leased one."""

    states = STATES


class Parted(Scripted, FaultConformance):
    """What was lost, or parted, stays so until people recover it: no lease, no undo."""

    test_undo_restores_what_was_captured = None
    test_undo_may_be_repeated = None
    test_a_stopped_undo_does_not_claim_to_be_done = None

    def recover(self):
        raise NotImplementedError

    def play(self, playbook, **given):
        access = replace(self._access, base=PLAYBOOKS)
        told = PlaybookParams(playbook=playbook, vars=given)
        outcome = Playbook().apply(access, told, HandCancel(120), lambda _: None)
        assert isinstance(outcome, Done), outcome

    def test_apply_has_the_effect(self):
        super().test_apply_has_the_effect()
        self.recover()

    def test_it_stays_so_until_it_is_recovered(self):
        world = self.world()
        receipt = self.prepared(world)
        assert isinstance(self.applied(world, receipt), Done)
        assert world.broken()
        for _ in range(2):
            assert isinstance(self.undone(world, receipt), Failed)
        self.recover()
        assert isinstance(self.undone(world, receipt), Done)
        assert not world.broken()

    test_it_stays_so_until_it_is_recovered.proves = "recovered"
