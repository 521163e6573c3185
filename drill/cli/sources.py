"""A path on the command line to a plan: all the reading that the design room does not do."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from drill.files import read_plain
from drill.graph.case import Catalogue
from drill.graph.check import errors_in, problems_of
from drill.graph.document import MAX_BYTES
from drill.graph.load import read_with_places
from drill.graph.papers import files_named
from drill.graph.params import resolve
from drill.graph.plan import Plan, plan_of
from drill.graph.sites import spread
from drill.hosts.deny import DeniedError, DenyList, deny_files
from drill.model.problem import Place, Problem, ScenarioProblemsError, in_order
from drill.model.scenario import Scenario
from drill.model.targets import TargetsFile

_MOST = 8 * MAX_BYTES
"""Bytes of all the files together that one scenario names."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A scenario that was read, checked and planned."""

    plan: Plan
    problems: tuple[Problem, ...]
    """Warnings: an error would have left no plan."""
    base: Path
    """Where the scenario's relative paths begin."""
    lab: str
    """The name that the targets file gives itself, or nothing."""


def open_plan(path: Path, settings: Mapping[str, str], registry: Catalogue) -> Opened:
    """Read, check and plan a scenario with the values of ``--set``; relative to its directory.

    Raises:
        ScenarioProblemsError: it has errors; the warnings are told with them.
        UsageError: a setting names no parameter, or a value that it does not take.
    """
    text = _bytes(path)
    written, source = read_with_places(text, str(path), Scenario)
    scenario = resolve(written, settings)
    files = _papers(path.parent, files_named(scenario))
    listed, problems = _targets(path.parent / scenario.targets, files[scenario.targets])
    targets = None if listed is None else listed.targets()
    problems += problems_of(written, targets, registry, source, files=files, given=settings)
    if listed is None or targets is None or errors_in(problems):
        raise ScenarioProblemsError(in_order(problems))
    read = {path.name: text, **{name: found or b"" for name, found in files.items()}}
    digests = {name: hashlib.sha256(found).hexdigest() for name, found in read.items()}
    plan = plan_of(spread(scenario, targets), targets, digests)
    return Opened(plan, in_order(problems), path.parent, listed.name)


def denied(plan: Plan) -> tuple[Problem, ...]:
    """Return a problem for each target that a step of the plan names and a deny-list denies.

    Raises:
        SafetyError: a deny-list cannot be read or understood.
    """
    named = {getattr(step, "on", None) for step in plan.scenario.steps.values()}
    targets = (target for name, target in plan.targets.items() if name in named)
    return DenyList(deny_files()).problems_of(targets)


def assert_not_denied(plan: Plan) -> None:
    """Refuse a plan that touches what must not be touched.

    Raises:
        DeniedError: it does.
        SafetyError: a deny-list cannot be read or understood.
    """
    if problems := denied(plan):
        raise DeniedError(problems)


def _targets(path: Path, text: bytes | None) -> tuple[TargetsFile | None, tuple[Problem, ...]]:
    if text is None:
        return None, ()  # the check of files tells it, at the line that names the file
    try:
        found, _ = read_with_places(text, str(path), TargetsFile)
    except ScenarioProblemsError as error:
        return None, error.problems
    return found, ()


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path, MAX_BYTES)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise ScenarioProblemsError([Problem(where=Place(path=str(path)), what=what)]) from error


def _papers(base: Path, names: Iterable[str]) -> dict[str, bytes | None]:
    """Read the files that a scenario names, as far as there is room for all of them."""
    room, found = _MOST, dict[str, bytes | None]()
    for name in names:
        found[name] = text = _found(base / name, min(room, MAX_BYTES))
        room -= len(text or b"")
    return found


def _found(path: Path, most: int) -> bytes | None:
    try:
        return read_plain(path, most)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
