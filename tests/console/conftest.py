"""A console over a journal, with a desk that hears everything; and a browser to look with."""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from console import plain
from console.browser import Browser

from drill.console.app import Address, serving
from drill.errors import DrillError
from drill.model.names import RoleName

HAPPY = Path(__file__).parents[1] / "journals" / "happy.jsonl"
_AS_ROOT = ("--no-sandbox",) if os.geteuid() == 0 else ()
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


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium; without it nothing can be looked at, and that is told in red."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium: the console's pages were not looked at (apt install chromium)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  heavy

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[*_AS_ROOT, "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Open a window that must have nothing to complain about when it is closed."""

    @contextmanager
    def window(forgiven=None, **wishes):
        context = chromium.new_context(**wishes)
        context.set_default_timeout(30_000)
        page = context.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            yield page
        finally:
            context.close()
        assert [one for one in complaints if forgiven is None or forgiven not in one] == []

    return window
