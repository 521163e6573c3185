"""Labs for tests: each with a name of its own, gone afterwards whatever happened."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from lab.inside import TWO_SITES

import drill.lab as laboratory
from drill.lab import LabFacts

Raise = Callable[..., LabFacts]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a lab where there can be none, and say what is missing."""
    if missing := laboratory.obstacles():
        reason = pytest.mark.skip(reason=f"cannot host a lab: {'; '.join(missing)}")
        for item in items:
            if item.get_closest_marker("lab"):
                item.add_marker(reason)


def _raised(names: list[str]) -> Raise:
    def up(**options: object) -> LabFacts:
        name = f"t-{uuid.uuid4().hex[:8]}"
        names.append(name)
        return laboratory.up(options.pop("file", TWO_SITES), name=name, **options)

    return up


@pytest.fixture
def raise_lab() -> Iterator[Raise]:
    """Bring labs up for one test."""
    names: list[str] = []
    yield _raised(names)
    for name in names:
        laboratory.purge(name)


@pytest.fixture(scope="module")
def raise_lab_for_all() -> Iterator[Raise]:
    """Bring labs up for all tests of a module, which must leave them as they were."""
    names: list[str] = []
    yield _raised(names)
    for name in names:
        laboratory.purge(name)
