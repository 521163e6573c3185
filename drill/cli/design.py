"""The commands of whoever writes a scenario: ``check``, ``plan`` and ``schema``."""

from pathlib import Path
from typing import TextIO

import rich_click as click

from drill.cli.conduct import pairs

_set = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give the parameter NAME of the scenario a VALUE. Repeat it for more.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")


@click.command(
    epilog="Exit status: 0 every FILE is sound, warnings or not; 64 a --set is wrong; "
    "65 a FILE has errors."
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@_set
@_json
def check(files: tuple[Path, ...], settings: tuple[str, ...], as_json: bool) -> int:
    """Tell everything that is wrong with scenarios.

    Reads each scenario FILE and all that it names (targets, playbooks, the plan under
    test), and touches no host. Every problem comes with its file, line and column, the
    line itself and the cure; a warning is a doubt that forbids nothing. A target that a
    deny-list denies is an error too.
    """
    from drill.cli import drafts  # noqa: PLC0415  heavy

    return drafts.check(files, pairs(settings, "--set"), as_json=as_json)


@click.command(
    epilog="Exit status: 0 there is a plan; 64 a --set is wrong; 65 the scenario has errors."
)
@click.argument("file", type=click.Path(path_type=Path))
@_set
@click.option(
    "--svg",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="OUT",
    help="Draw the plan into the file OUT instead; - is standard output.",
)
@_json
def plan(file: Path, settings: tuple[str, ...], svg: TextIO | None, as_json: bool) -> None:
    """Show what the exercise of a scenario would do, and do nothing.

    The steps in order, when each starts and how long it takes by the plan's own claims,
    the critical path (and that of all that is allowed), every target that is touched,
    every fault and how it is undone, and the digest that approvals name.

    A step with no `expect` counts with all the time it may take, and every option of a
    decision counts as taken, and every contingency as needed: the total is an upper bound.
    """
    from drill.cli import drafts  # noqa: PLC0415  heavy

    drafts.plan(file, pairs(settings, "--set"), svg, as_json=as_json)


@click.command()
@click.argument("of", type=click.Choice(["scenario", "targets"]), default="scenario")
def schema(of: str) -> None:
    """Print the JSON Schema (draft 2020-12) of scenarios, or of targets files.

    Editors complete and explain by it: save it, and begin a scenario with
    `# yaml-language-server: $schema=FILE`. It includes the parameters of every plug-in
    that is installed.
    """
    from drill.cli import drafts  # noqa: PLC0415  heavy

    drafts.schema(of)
