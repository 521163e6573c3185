import contextlib
import os
from functools import cache
from importlib import import_module

import proofs
import pytest
from faults.house_host import houses
from probes.conftest import new_cluster, primary, standby

from drill.testing.sshd import LocalSshd


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    with LocalSshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """Lend the ways to hosts, and their customer: of the lab that this process is in, if any."""
    with contextlib.ExitStack() as stack:
        if "DRILL_TEST_LAB" not in os.environ:
            yield stack.enter_context(houses(tmp_path_factory.mktemp("house")))
            return
        lab = import_module("faults.lab_host")
        yield cache(lambda name: stack.enter_context(lab.way_to(name))), lab.customer


@pytest.fixture(scope="session")
def ways(place):
    return place[0]


@pytest.fixture(scope="session")
def customer(place):
    return place[1]


@pytest.fixture
def recorded(request, record_property):
    """Say in the run's record what a test proves."""
    where = "lab host" if "DRILL_TEST_LAB" in os.environ else "namespaces host"
    proofs.record(request, record_property, where)


__all__ = ["new_cluster", "primary", "sshd", "standby"]
