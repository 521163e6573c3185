"""A path on the command line to a plan: all the reading that the design room does not do."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from drill.errors import UsageError
from drill.files import read_plain
from drill.graph.case import Catalogue
from drill.graph.check import errors_in, problems_of
from drill.graph.document import MAX_BYTES
from drill.graph.load import read_with_places
from drill.graph.papers import files_named
from drill.graph.params import resolve
from drill.graph.plan import Plan, plan_of
from drill.graph.sites import spread
from drill.graph.source import Source
from drill.hosts.deny import DeniedError, DenyList, deny_files
from drill.model.problem import Place, Problem, ScenarioProblemsError, in_order
from drill.model.scenario import Scenario
from drill.model.targets import Target, TargetsFile

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
    papers: Mapping[str, bytes]
    """Each file that the plan uses, with the very bytes that were hashed."""


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
    bounds, problems = _bounds(path.parent, scenario.targets, files)
    targets = None if bounds is None else bounds.targets
    problems += problems_of(written, targets, registry, source, files=files, given=settings)
    problems += _claims(written, source)
    if bounds is None or errors_in(problems):
        raise ScenarioProblemsError(in_order(problems))
    read = {path.name: text, **{name: found or b"" for name, found in files.items()}}
    digests = {name: hashlib.sha256(found).hexdigest() for name, found in read.items()}
    plan = plan_of(spread(scenario, bounds.targets), bounds.targets, digests)
    return Opened(plan, in_order(problems), path.parent, bounds.lab, read)


def _claims(written: Scenario, source: Source) -> tuple[Problem, ...]:
    """Return what is wrong with the controls that it claims; the catalogue is read only then."""
    if written.about is None or not written.about.controls:
        return ()
    from drill.controls.claims import problems_of_claims  # noqa: PLC0415  reads the catalogue

    return problems_of_claims(written.about.controls, source)


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


def assert_live(plan: Plan) -> None:
    """Refuse to conduct live what is for a table only.

    Raises:
        UsageError: the scenario names no targets.
    """
    if not plan.scenario.targets:
        raise UsageError(
            f"the scenario {plan.scenario.id} has no `targets:`, and cannot be conducted live; "
            "play it with --as tabletop or --as rehearsal"
        )


@dataclass(frozen=True, slots=True)
class _Bounds:
    """All that may be touched, and what the file that lists it calls itself."""

    targets: tuple[Target, ...] = ()
    lab: str = ""


def _bounds(
    base: Path, name: str, files: Mapping[str, bytes | None]
) -> tuple[_Bounds | None, tuple[Problem, ...]]:
    """Read the targets; a scenario that names no file touches nothing."""
    if not name:
        return _Bounds(), ()
    listed, problems = _targets(base / name, files[name])
    return None if listed is None else _Bounds(listed.targets(), listed.name), problems


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
