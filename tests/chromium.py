"""A browser to look with: one for all tests of a worker, whatever they look at."""

import os
import shutil
from contextlib import contextmanager

import pytest

_AS_ROOT = ("--no-sandbox",) if os.geteuid() == 0 else ()


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
