"""A console over a journal, with a desk that hears everything."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from console import plain
from console.browser import Browser

from drill.console.app import Address, serving
from drill.errors import DrillError
from drill.model.names import RoleName

HAPPY = Path(__file__).parents[1] / "journals" / "happy.jsonl"
ROLES = (RoleName("incident-commander"), RoleName("database-team"))


@dataclass
class FakeDesk:
    """Hears what people say; answers what it is told to."""

    heard: list = field(default_factory=list)
    refuses: str = ""
    is_gone: bool = False

    def __call__(self, person, role, means, saying):
        if self.is_gone:
            raise DrillError("nobody conducts this exercise")
        self.heard.append((person, role, means, saying))
        return self.refuses


@dataclass
class Open:
    """A console that is there, and whom it lets in."""

    links: dict
    port: int
    desk: FakeDesk

    def nobody(self):
        """A browser that knows no link."""
        return Browser(self.port)

    def seat(self, name, person=""):
        """A browser that sits in a seat."""
        return self.nobody().join(self.links[name], person or f"{name} person")


def copied(where):
    """Return the journal of an exercise that went well, and is over."""
    place = where / "run" / "journal.jsonl"
    place.parent.mkdir()
    shutil.copy(HAPPY, place)
    return place


@pytest.fixture
def journal(tmp_path):
    """The journal of an exercise that went well, and is over."""
    return copied(tmp_path)


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture
def opened(journal, desk, tmp_path, monkeypatch):
    """Return what opens a console over a journal."""
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))

    def opening(pages=plain, address=None, where=journal):
        return serving(where, desk, ROLES, pages, address or Address(port=0))

    return opening


@pytest.fixture
def console(opened, desk):
    """A console of plain pages."""
    with opened() as served:
        yield Open(served.links, served.port, desk)
