"""A real host of a lab as a world for conformance tests, told by shell scripts as data."""

import contextlib
import os
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from drill.hosts.connections import Connections
from drill.hosts.fabric import Fabric
from drill.hosts.patience import until
from drill.hosts.power import FabricPower
from drill.lab import enter, running
from drill.model.targets import Target
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel
from drill.testing.conformance import World
from drill.testing.leased import PROVES, LeasedConformance

LAB = running(os.environ["DRILL_TEST_LAB"])
enter(LAB)
HOSTS = {host.name: host for host in LAB.hosts}
APP = HOSTS["app2"]
NAMES = {point.load(): point.name for point in entry_points(group="drill.faults")}
STATES = int(os.environ.get("DRILL_TEST_STATES", "30"))
"""How many earlier states are tried."""


@contextlib.contextmanager
def way_to(host):
    login = SshLogin(str(host.management), host.port, host.user, host.key, host.known_hosts)
    target = Target(name=host.name, site=host.site, address=str(host.address))
    power = FabricPower(Fabric(LAB.fabric), host.name)
    with Connections() as connections:
        shell = connections.remote(login)
        yield Access(target, shell, power, login, Path(), environment="lab", group=LAB.name)


@pytest.fixture(scope="session")
def ways():
    """Lend the way to any host, opened once."""
    with contextlib.ExitStack() as stack:
        opened = {}

        def way(name):
            if name not in opened:
                opened[name] = stack.enter_context(way_to(HOSTS[name]))
            return opened[name]

        yield way


@pytest.fixture(autouse=True)
def _recorded(request, record_property):
    """Say in the run's record which promise of which fault a test is about."""
    fault = getattr(request.cls, "fault", None)
    name = getattr(request.function, "proves", None) or PROVES.get(request.function.__name__)
    if fault is not None and name is not None:
        record_property("fault", NAMES[type(fault)])
        record_property("proves", name)
        record_property("on", "lab host")
        if name == "states":
            record_property("states", request.cls.states)


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
    def _lend(self, ways):
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
