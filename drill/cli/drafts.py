"""What the design commands do, with the imports that ``drill --help`` must not pay for."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

import rich_click as click
from rich.console import Console

from drill.cli.plans import as_json as json_of
from drill.cli.plans import shown
from drill.cli.sources import assert_not_denied, denied, open_plan
from drill.errors import ScenarioError
from drill.graph.check import errors_in
from drill.graph.draw import svg_of
from drill.graph.paths import course_of
from drill.graph.published import scenario_schema, targets_schema
from drill.model.problem import Problem, ScenarioProblemsError, render
from drill.plugins import Registry
from drill.report.inert import inert


def check(files: Sequence[Path], settings: Mapping[str, str], *, as_json: bool) -> int:
    """Print the problems of scenarios; return the exit status.

    Raises:
        UsageError: a setting does not fit one of them.
    """
    registry = Registry()
    found = {path: _problems(path, settings, registry) for path in files}
    problems = [problem for each in found.values() for problem in each]
    if as_json:
        click.echo(json.dumps([problem.model_dump(mode="json") for problem in problems], indent=2))
    else:
        _print(problems)
        for path, each in found.items():
            click.echo(inert(f"{path}: {_counted(each)}"))
    return ScenarioError.exit_status if errors_in(problems) else 0


def _problems(path: Path, settings: Mapping[str, str], registry: Registry) -> tuple[Problem, ...]:
    try:
        opened = open_plan(path, settings, registry)
    except ScenarioProblemsError as error:
        return error.problems
    return (*opened.problems, *denied(opened.plan))


def plan(file: Path, settings: Mapping[str, str], svg: TextIO | None, *, as_json: bool) -> None:
    """Print or draw a plan; its warnings go to standard error.

    Raises:
        UsageError: a setting does not fit.
        ScenarioProblemsError: there is no plan.
        SafetyError: it touches what a deny-list denies.
    """
    registry = Registry()
    opened = open_plan(file, settings, registry)
    sound = opened.plan
    assert_not_denied(sound)
    _print(opened.problems, err=True)
    if svg is not None:
        svg.write(svg_of(sound, course_of(sound.scenario)))
    elif as_json:
        click.echo(json.dumps(json_of(sound, registry), indent=2))
    else:
        Console(highlight=False).print(shown(sound, registry))


def schema(of: str) -> None:
    """Print the JSON Schema of scenarios or of targets files."""
    made = targets_schema() if of == "targets" else scenario_schema(Registry())
    click.echo(json.dumps(made, indent=2))


def _print(problems: Iterable[Problem], *, err: bool = False) -> None:
    for problem in problems:
        click.echo(inert(render(problem)), err=err)


def _counted(problems: Sequence[Problem]) -> str:
    severities = [problem.severity for problem in problems]
    counts = ((severities.count(word), word) for word in ("error", "warning"))
    said = [f"{count} {word}{'s' * (count > 1)}" for count, word in counts if count]
    return ", ".join(said) or "sound"
