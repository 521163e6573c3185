"""A path on the command line to a plan: all the reading that the design room does not do."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from drill.graph.case import Catalogue
from drill.graph.check import errors_in, problems_of
from drill.graph.load import read_with_places
from drill.graph.papers import files_named
from drill.graph.params import resolve
from drill.graph.plan import Plan, plan_of
from drill.model.problem import Place, Problem, ScenarioProblemsError, in_order
from drill.model.scenario import Scenario, TargetsFile


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of opening a scenario: all its problems, and a plan if none is an error."""

    plan: Plan | None
    problems: tuple[Problem, ...]
    base: Path
    """Where the scenario's relative paths begin."""
    lab: str = ""
    """The name of the lab that the targets are hosts of."""

    def sound(self) -> Plan:
        """Return the plan.

        Raises:
            ScenarioProblemsError: there is none, with the errors that forbid it.
        """
        if self.plan is None:
            raise ScenarioProblemsError(errors_in(self.problems))
        return self.plan


def open_plan(path: Path, settings: Mapping[str, str], registry: Catalogue) -> Opened:
    """Read, check and plan a scenario with the values of ``--set``; relative to its directory.

    Raises:
        UsageError: a setting names no parameter, or a value that it does not take.
    """
    try:
        return _opened(path, settings, registry)
    except ScenarioProblemsError as error:
        return Opened(None, error.problems, path.parent)


def _opened(path: Path, settings: Mapping[str, str], registry: Catalogue) -> Opened:
    text = _bytes(path)
    written, source = read_with_places(text, str(path), Scenario)
    scenario = resolve(written, settings)
    files = {name: _found(path.parent / name) for name in files_named(scenario)}
    boundary, problems = _boundary(path.parent / scenario.targets, files[scenario.targets])
    targets = None if boundary is None else boundary.targets()
    problems += problems_of(written, targets, registry, source, files=files, given=settings)
    plan = None
    if targets is not None and not errors_in(problems):
        read = {path.name: text, **{name: found or b"" for name, found in files.items()}}
        digests = {name: hashlib.sha256(found).hexdigest() for name, found in read.items()}
        plan = plan_of(scenario, targets, digests)
    return Opened(plan, in_order(problems), path.parent, boundary.name if boundary else "")


def _boundary(path: Path, text: bytes | None) -> tuple[TargetsFile | None, tuple[Problem, ...]]:
    if text is None:
        return None, ()  # the check of files tells it, at the line that names the file
    try:
        return read_with_places(text, str(path), TargetsFile)[0], ()
    except ScenarioProblemsError as error:
        return None, error.problems


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise ScenarioProblemsError([Problem(where=Place(path=str(path)), what=what)]) from error


def _found(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
