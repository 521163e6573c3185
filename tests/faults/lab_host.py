"""The hosts of a lab, and the ways to them, from within its network."""

import contextlib
import os
from pathlib import Path

from faults.customer import asked

from drill.hosts.connections import Connections
from drill.hosts.fabric import Fabric
from drill.hosts.power import FabricPower
from drill.lab import enter, running
from drill.model.targets import Target
from drill.ports import Access, SshLogin

LAB = running(os.environ["DRILL_TEST_LAB"])
enter(LAB)
HOSTS = {host.name: host for host in LAB.hosts}
APP = HOSTS["app2"]


def customer():
    """Ask the app from outside every site."""
    return asked(str(APP.address))


@contextlib.contextmanager
def way_to(name):
    host = HOSTS[name]
    login = SshLogin(str(host.management), host.port, host.user, host.key, host.known_hosts)
    target = Target(name=host.name, site=host.site, address=str(host.address))
    power = FabricPower(Fabric(LAB.fabric), host.name)
    with Connections() as connections:
        shell = connections.remote(login)
        yield Access(target, shell, power, login, Path(), environment="lab", group=LAB.name)
