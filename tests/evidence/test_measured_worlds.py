"""Every world that the tests of the measures know, and the second implementation beside it.

A test of ``tests/measure`` is run once more with a pen that asks both, whenever it is
asked for a view as of the last record; what they say must be the same.
"""

import pytest
from evidence.agreement import assert_agreed
from measure import (
    conftest,
    test_consistency,
    test_people,
    test_service_level,
    test_timeline,
    test_ways_to_be_wrong,
)

MODULES = (
    test_consistency,
    test_people,
    test_service_level,
    test_timeline,
    test_ways_to_be_wrong,
)
FIXTURES = {"full", "p", "told"}
"""Theirs, made of the pen."""


class Pen(conftest.Pen):
    def view(self, now=None):
        if now is None:
            assert_agreed(self.records)
        return super().view(now)


@pytest.fixture(scope="session")
def pen():
    return Pen


@pytest.fixture(scope="session")
def a_service():
    return conftest.service


for module in MODULES:
    for name, found in vars(module).items():
        if name in FIXTURES:
            globals()[name] = found
        elif name.startswith("test_"):
            globals()[f"{name}_of_{module.__name__.rpartition('.')[2]}"] = found
