"""Tests that need the lab say so, and never vanish quietly.

A test marked ``lab`` runs where :func:`drill.lab.obstacles` finds none. Elsewhere it is skipped,
with the obstacles as its reason, told once more in red at the end. Where ``CI`` is ``true`` every
skip, of whatever kind, is a failure: a pipeline that tests less than it says is worse than a red
one.
"""

import os
from collections.abc import Generator
from functools import cache

import pytest

from drill.lab import obstacles

pytest_plugins = ("chromium",)


@cache
def _lab_obstacles() -> str:
    return "; ".join(obstacles())


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("nightly"):
            item.add_marker(pytest.mark.timeout(4 * 3600))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("lab") and _lab_obstacles():
        pytest.skip(f"this machine cannot host the lab: {_lab_obstacles()}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _in_ci():
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


def _figures_of(report: pytest.TestReport) -> list[str]:
    """Return what a test counted, and for which promise, for whoever reads the run."""
    named = report.user_properties
    return [str(value) if name == "figures" else f"{name}: {value}" for name, value in named]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for figures in _figures_of(report):
                    terminalreporter.write_line(figures)
    without_lab = [
        each for each in skipped if "lab" in getattr(each, "keywords", ())
    ]  # a module has none
    if without_lab:
        terminalreporter.write_sep(
            "!",
            f"{len(without_lab)} LAB TESTS DID NOT RUN: {_lab_obstacles()}",
            red=True,
            bold=True,
        )
