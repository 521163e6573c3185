"""``drill run --as rehearsal`` and ``--as tabletop``: nothing is touched, the future is told."""

import sys
from collections.abc import Mapping
from pathlib import Path

import rich_click as click
from rich.console import Console

from drill import wiring
from drill.cli.claimed import with_controls
from drill.cli.console import beside
from drill.cli.history import History, history_of
from drill.cli.papers import keep
from drill.cli.prediction import prediction
from drill.cli.screen import Lines
from drill.cli.session import Request, assert_roles, ending_early, tell_facilitated
from drill.cli.shelf import new_journal, tell_unpinned, unfinished, view_of
from drill.cli.sources import open_plan
from drill.cli.surface import surface
from drill.cli.table import EmptyTable, TerminalTable
from drill.cli.who import operator
from drill.errors import UsageError
from drill.graph.plan import Plan
from drill.plugins import Registry
from drill.report.files import write_report


def rehearse(request: Request, *, as_json: bool) -> int:
    """Rehearse a scenario, keep the run and its report, and return the exit status it predicts.

    Raises:
        ScenarioError: the scenario, or a file it names, is wrong.
        UsageError: an option is wrong, or speaks of what is never touched.
        JournalError: the run cannot be kept.
    """
    plan, journal, papers = _opened(request)
    run, took = history_of(request.runs, request.history, plan) if request.history else ("", {})
    keep(papers, plan.files, journal.parent)
    records = wiring.rehearse(plan, journal, request.answers, run, took)
    if as_json:
        lines = Lines(sys.stdout, as_json=True)
        for record in records:
            lines.tell(record)
    return _concluded(plan, journal, took, quiet=as_json)


def sit(request: Request, *, as_json: bool) -> int:
    """Conduct a scenario at a table; the status is the one that what was said predicts.

    Raises:
        ScenarioError: the scenario, or a file it names, is wrong.
        UsageError: an option is wrong, or speaks of what is never touched.
        JournalError: the run cannot be kept.
    """
    plan, journal, papers = _opened(request)
    asking = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    table = TerminalTable(plan) if asking else EmptyTable(Lines(sys.stdout, as_json=as_json))
    keep(papers, plan.files, journal.parent)
    wiring.sit(plan, journal, request.answers, table.hear, table.tell)
    return _concluded(plan, journal, quiet=as_json)


def seat(request: Request, *, as_json: bool) -> int:
    """Conduct a scenario at a facilitated table, to its hot wash; the status is as of :func:`sit`.

    One of the same plan that was interrupted is taken up.

    Raises:
        ScenarioError: the scenario, or a file it names, is wrong.
        UsageError: an option is wrong, or speaks of what is never touched.
        JournalError: the run cannot be kept.
        DeskError: people cannot take part, because the desk cannot be opened.
    """
    plan, journal, papers = _opened(request)
    before = unfinished(request.runs, plan, at_table=True)
    if before is not None:
        journal, opened = before
        tell_unpinned(journal)
        click.echo(f"taking up the interrupted run {opened.run}", err=True)
    else:
        keep(papers, plan.files, journal.parent)
        run = journal.parent.name
        opened = wiring.opening(run, plan, request.answers, "tabletop", facilitated=True)
    tell_facilitated(opened)
    with (
        beside(journal, plan.scenario, request.console),
        surface(as_json=as_json) as shown,
        wiring.seated(plan, journal, opened, shown.tell, operator()) as conductor,
        ending_early(conductor.abort),
    ):
        shown.attend(conductor.say)
        conductor.run()
    return _concluded(plan, journal, quiet=as_json)


def _opened(request: Request) -> tuple[Plan, Path, Mapping[str, bytes]]:
    _assert_needs_nothing(request)
    opened = open_plan(request.scenario, request.settings, Registry())
    assert_roles(opened.plan, request.answers)
    journal = new_journal(request.runs, opened.plan, wiring.now().wall)
    return opened.plan, journal, opened.papers


def _concluded(plan: Plan, journal: Path, took: History | None = None, *, quiet: bool) -> int:
    seen = view_of(journal)
    page, _ = write_report(with_controls(seen, journal), journal.parent)
    if not quiet:
        Console(highlight=False).print(prediction(plan, seen, took or {}))
        click.echo(f"run {seen.run}, report {page}")
    return seen.exit_status


def _assert_needs_nothing(request: Request) -> None:
    """Refuse what only a live exercise needs: whoever gives it expects something to be touched."""
    given = {
        "--lab": request.lab_name,
        "--secret": request.secrets,
        "--go-on": request.go_on,
        "--approval": request.approvals,
    }
    for option, value in given.items():
        if value:
            raise UsageError(f"{option}: only a live exercise touches anything; leave it out")
