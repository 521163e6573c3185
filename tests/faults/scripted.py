"""A fault on a real host, told by shell scripts as data: in a lab, or in namespaces of its own."""

import os

import pytest

from drill.hosts.patience import until
from drill.testing.cancels import HandCancel
from drill.testing.conformance import World
from drill.testing.leased import LeasedConformance

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
