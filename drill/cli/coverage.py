"""``drill coverage``: which controls the runs that are kept are evidence of."""

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.shell_completion import CompletionItem

from drill.cli.shelf import runs_option
from drill.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drill.controls.catalogue import Catalogue
    from drill.model.lessons import ControlView


def completed_framework(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the name of a framework, for the shell."""
    from drill.controls.catalogue import catalogue  # noqa: PLC0415  heavy

    names = catalogue().frameworks
    return [CompletionItem(one) for one in names if one.casefold().startswith(begun.casefold())]


@click.command()
@runs_option
@click.option(
    "--framework",
    "frameworks",
    metavar="NAME",
    multiple=True,
    shell_complete=completed_framework,
    help="Only controls of this framework; may be given several times.",
)
@click.option(
    "--control", metavar="ID", help="Show this one, with every artefact and the reason for each."
)
@click.option(
    "--service",
    "services",
    metavar="NAME",
    multiple=True,
    help="The scope: each artefact is needed of each of these services. Without it, a run counts "
    "for what it is about.",
)
@click.option(
    "--claimed",
    is_flag=True,
    help="Only controls that the scenarios claim (about.controls), each by the runs that claim it.",
)
@click.option("--missing", "lacking", is_flag=True, help="Only controls that lack something.")
@click.option(
    "--unverified", is_flag=True, help="Also controls whose id nobody has read in its source."
)
@click.option("--list-frameworks", is_flag=True, help="List the frameworks, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print an array of JSON objects.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
def coverage(
    runs: Path,
    frameworks: tuple[str, ...],
    control: str | None,
    services: tuple[str, ...],
    claimed: bool,
    lacking: bool,
    unverified: bool,
    list_frameworks: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Tell which controls the runs that are kept are evidence of, and what is missing.

    A control is evidenced only if each artefact that it needs is there, sealed (drill seal),
    about the services asked for, in date, and of a fit kind: what was said at a table
    evidences no recovery time, no recovery point and no restore. Of several runs the newest
    that is fit counts, whatever its scenario is about, unless --claimed is given. What a
    control asks for is in drill's own words; drill certifies nothing.
    """
    from drill.cli.coverage_scope import assert_services, chosen, evidence_in  # noqa: PLC0415  heavy
    from drill.controls import coverage as room  # noqa: PLC0415  heavy
    from drill.controls.claims import coverage_of_claims  # noqa: PLC0415  heavy
    from drill.engine.clock import SystemClock  # noqa: PLC0415  heavy
    from drill.model.lessons import EVIDENCED  # noqa: PLC0415  heavy

    if as_json and as_csv:
        raise UsageError("--json and --csv: choose one of them")
    known = chosen(frameworks, control, unverified=unverified or list_frameworks)
    if list_frameworks:
        _list(known, as_json=as_json, as_csv=as_csv)
        return
    evidence = tuple(evidence_in(runs))
    assert_services(services, evidence)
    now = SystemClock().now().wall
    judge = coverage_of_claims if claimed else room.coverage
    found = judge(known, evidence, now, services)
    shown = [one for one in found if not (lacking and one.state == EVIDENCED)]
    if as_json or as_csv:
        _machine(shown, as_csv=as_csv)
        return
    from rich.console import Console  # noqa: PLC0415  heavy

    from drill.cli.coverage_look import details, summary, table  # noqa: PLC0415  heavy

    console = Console(highlight=False, markup=False)
    console.print(table(shown) if control is None else details(shown, known))
    console.print("\n" + summary(found, len(evidence), known, now), style="dim")


def _machine(shown: "Sequence[ControlView]", *, as_csv: bool) -> None:
    from drill.cli.coverage_look import csv_of  # noqa: PLC0415  heavy
    from drill.report.inert import inert_json  # noqa: PLC0415  heavy

    if as_csv:
        click.echo(csv_of(shown), nl=False)
        return
    import json  # noqa: PLC0415  for this alone

    click.echo(inert_json(json.dumps([one.model_dump(mode="json") for one in shown], indent=2)))


def _list(known: "Catalogue", *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        import json  # noqa: PLC0415  for this alone

        rows = [
            {"framework": name, "edition": several[0].version, "controls": len(several)}
            for name, several in known.frameworks.items()
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    if as_csv:
        raise UsageError("--list-frameworks: add --json, or leave --csv out")
    from rich.console import Console  # noqa: PLC0415  heavy

    from drill.cli.coverage_look import frameworks  # noqa: PLC0415  heavy

    Console(highlight=False, markup=False).print(frameworks(known))
