"""Every problem of a scenario whose form is sound, at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from drill.graph.absence import absences
from drill.graph.builder import MOST_PROBLEMS
from drill.graph.case import Case, Catalogue
from drill.graph.edges import circles, contrary_outcomes, decisions, unknown_outcomes, unknown_steps
from drill.graph.names import bounds, params, references, roles, services, stops, vantages
from drill.graph.papers import files, paragraphs
from drill.graph.params import resolve
from drill.graph.parts import aims, contingencies, escalations, staff
from drill.graph.radius import limits
from drill.graph.sites import parts_of, sites, spread
from drill.graph.source import Source
from drill.graph.times import claims, instruments, marks, objectives, zeros
from drill.graph.uses import plugins
from drill.model.problem import Problem, in_order
from drill.model.scenario import Scenario
from drill.model.targets import Target

CHECKS: tuple[Callable[[Case], Iterator[Problem]], ...] = (
    unknown_steps,
    unknown_outcomes,
    contrary_outcomes,
    circles,
    decisions,
    bounds,
    sites,
    roles,
    staff,
    contingencies,
    escalations,
    aims,
    services,
    vantages,
    absences,
    stops,
    references,
    params,
    plugins,
    files,
    paragraphs,
    limits,
    zeros,
    claims,
    instruments,
    marks,
)
"""Each looks at one thing, yields all that is wrong with it, and leans on no other."""


def problems_of(
    scenario: Scenario,
    targets: Sequence[Target] | None,
    catalogue: Catalogue,
    source: Source,
    *,
    files: Mapping[str, bytes | None] | None = None,
    given: Mapping[str, str] | None = None,
) -> tuple[Problem, ...]:
    """Return all that is wrong with a scenario as it is written, in the order of the file.

    ``targets`` is ``None`` if their file could not be read: then nothing is said about
    bounds. ``files`` holds what is in the files it names, ``None`` where there is none;
    ``given`` are the values of ``--set``.

    Raises:
        UsageError: a value in ``given`` is none the scenario takes.
    """
    known = tuple(targets or ())
    case = Case(
        written=scenario,
        scenario=spread(resolve(scenario, given or {}), known),
        targets=None if targets is None else {target.name: target for target in targets},
        catalogue=catalogue,
        source=source,
        files=files or {},
        origins={part: id_ for id_, parts in parts_of(scenario, known).items() for part in parts},
    )
    found = list(islice((found for check in CHECKS for found in check(case)), MOST_PROBLEMS))
    if not errors_in(found):
        found += objectives(case)  # a march that is no plan cannot be laid on the clock
    return in_order(found)


def errors_in(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems that forbid the exercise."""
    return tuple(problem for problem in problems if problem.severity == "error")
