"""``drill report``, ``show``, ``runs`` and ``watch``: an exercise seen from its journal alone."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from drill.cli.claimed import with_controls
from drill.cli.claims import with_claims
from drill.cli.form import begin_form_of, form_option, with_form
from drill.cli.shelf import completed_run, journal_of, runs_option, tell_unpinned, view_of, views_of
from drill.errors import UsageError
from drill.report.files import FORMATS, format_of, write, write_all, write_report

if TYPE_CHECKING:
    from drill.cli.screen import Screen
    from drill.model.events import Record
    from drill.model.view import View

_FRAMES_APART = 0.25
"""Seconds."""

_RUN = click.argument("run", metavar="RUN", shell_complete=completed_run)


@click.command()
@_RUN
@runs_option
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Just this format.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    help="Write there; - is standard output. Its suffix tells the format: "
    f"{', '.join(suffix for one in FORMATS.values() for suffix in one.suffixes)}.",
)
@click.option(
    "--all",
    "everything",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write every format there whose needs are installed, and say which are left out.",
)
@click.option(
    "--template",
    metavar="FILE.docx",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Fill in this Word file in the place of drill's own, for --format docx.",
)
@click.option(
    "--claims",
    metavar="TABLETOP",
    shell_complete=completed_run,
    help="Lay beside a live run what was said at this tabletop; if it is left out, at the newest "
    "closed one of the same scenario that was held before.",
)
@form_option
def report(
    run: str,
    runs: Path,
    form: str | None,
    output: Path | None,
    everything: Path | None,
    template: Path | None,
    claims: str | None,
    begin_form: bool,
) -> None:
    """Write the after-action report of RUN: its id, its directory, or `latest`.

    Of a live run it tells what was claimed at a tabletop of the same scenario
    before, and what was measured of it.

    What people filled in stands in after-action.yaml beside the journal; --form begins it.

    Without options, report.html and report.md are written beside the journal.
    With --format alone the report goes to standard output. All formats say the
    same: HTML, PDF, DOCX and Markdown for people; JSON (everything), CSV (one
    figure a row), JUnit XML (one case an objective) and OSCAL (assessment
    results, and the findings as a POA&M) for programs. The same journal gives
    the same bytes. PDF needs `pip install 'drill[pdf]'`, DOCX 'drill[docx]'.
    """
    name = None if begin_form else _chosen(form, output, everything, template)
    journal = journal_of(runs, run)
    view = with_claims(view_of(journal), runs if claims else journal.parent.parent, claims)
    view = with_controls(view, journal)
    tell_unpinned(journal)
    if begin_form:
        begin_form_of(view, journal, output)
        return
    view = with_form(view, journal)
    if everything is not None:
        _write_all(view, everything)
    elif name is None:
        for path in write_report(view, journal.parent):
            click.echo(path)
    else:
        _write_one(view, name, output, template)


def _chosen(
    form: str | None, output: Path | None, everything: Path | None, template: Path | None
) -> str | None:
    """Return the one format that is asked for, if it is one.

    Raises:
        UsageError: the options contradict each other.
    """
    if everything is not None and (form or output or template):
        raise UsageError("--all writes every format: leave --format, --output and --template out")
    if form is None and output is not None:
        form = format_of(output)
    if template is not None and form != "docx":
        raise UsageError(f"--template {template}: add --format docx, which alone has a template")
    return form


def _write_all(view: "View", directory: Path) -> None:
    for path, lack in write_all(view, directory):
        if lack:
            click.echo(f"drill: {path.name} is left out: {lack}", err=True)
        else:
            click.echo(path)


def _write_one(view: "View", name: str, output: Path | None, template: Path | None) -> None:
    to_stdout = output is None or str(output) == "-"
    if to_stdout and FORMATS[name].binary and sys.stdout.isatty():
        raise UsageError(f"--format {name}: no text for a terminal; name a file with --output")
    content = FORMATS[name](view) if template is None else _filled(view, template)
    if output is None or to_stdout:
        click.echo(content, nl=False)
    else:
        write(output, content)


def _filled(view: "View", template: Path) -> bytes:
    from drill.report.word import word  # noqa: PLC0415  heavy

    return word(view, template)


@click.command()
@_RUN
@runs_option
@click.option("--json", "as_json", is_flag=True, help="Print everything that is known, as JSON.")
def show(run: str, runs: Path, as_json: bool) -> None:
    """Show how RUN went: its id, its directory, or `latest`."""
    journal = journal_of(runs, run)
    view = view_of(journal)
    tell_unpinned(journal)
    if as_json:
        from drill.report.inert import inert_json  # noqa: PLC0415  heavy

        click.echo(inert_json(view.model_dump_json(indent=2)))
        return
    from rich.console import Console  # noqa: PLC0415  heavy

    from drill.cli.frame import frame  # noqa: PLC0415  heavy
    from drill.report.plain import plain  # noqa: PLC0415  heavy

    console = Console()
    for line in frame(view, console.width, len(view.steps) + 40):
        console.print(line, no_wrap=True, crop=True)
    click.echo("\n" + plain(view), nl=False)


@click.command()
@runs_option
@click.option("--json", "as_json", is_flag=True, help="Print an array of JSON objects.")
def runs(runs: Path, as_json: bool) -> None:
    """List the runs, the newest first, with their verdicts."""
    from drill.cli.listing import listing, summaries  # noqa: PLC0415  heavy

    known = summaries(views_of(runs))
    if as_json:
        import json  # noqa: PLC0415  for this alone

        click.echo(json.dumps(known, indent=2))
    elif known:
        from rich.console import Console  # noqa: PLC0415  heavy

        Console().print(listing(known))
    else:
        click.echo(f"no run in {runs}; begin one with: drill run SCENARIO", err=True)


@click.command()
@_RUN
@runs_option
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of JSON.")
def watch(run: str, runs: Path, as_json: bool) -> None:
    """Follow RUN while it is conducted elsewhere; Ctrl-C ends the watching, not the exercise."""
    from drill.cli.screen import Lines, Screen  # noqa: PLC0415  heavy
    from drill.journal.reader import follow  # noqa: PLC0415  heavy

    journal = journal_of(runs, run)
    try:
        if as_json or not sys.stdout.isatty():
            lines = Lines(sys.stdout, as_json=as_json)
            for record in follow(journal, lambda: False):
                lines.tell(record)
        else:
            with Screen() as screen:
                _watch(journal, screen)
    except KeyboardInterrupt:
        return


def _watch(journal: Path, screen: "Screen") -> None:
    """Draw a frame whenever nothing new is there to be read, and a last one at the end."""
    from drill.cli.screen import Pace  # noqa: PLC0415  heavy
    from drill.engine.clock import SystemClock  # noqa: PLC0415  heavy
    from drill.journal.reader import follow  # noqa: PLC0415  heavy
    from drill.measure.timeline import view  # noqa: PLC0415  heavy

    clock, pace = SystemClock(), Pace()
    records: list[Record] = []

    def draw() -> bool:
        if records and pace.due:
            with pace.spent():
                screen.show(view(records, clock.now(), ""))
        return False

    for record in follow(journal, draw, pause=_FRAMES_APART):
        records.append(record)  # noqa: PERF402  draw reads the list while it grows
    if records:
        screen.show(view(records, clock.now(), ""))
