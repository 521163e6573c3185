"""``drill run --as rehearsal``: conduct the exercise on virtual time, and tell what it predicts."""

import sys

import rich_click as click
from rich.console import Console

from drill import wiring
from drill.cli.prediction import prediction
from drill.cli.screen import Lines
from drill.cli.session import Request, assert_roles
from drill.cli.shelf import new_journal, view_of
from drill.cli.sources import open_plan
from drill.errors import UsageError
from drill.plugins import Registry
from drill.report.files import write_report


def rehearse(request: Request, *, as_json: bool) -> int:
    """Rehearse a scenario, keep the run and its report, and return the exit status it predicts.

    Raises:
        ScenarioError: the scenario, or a file it names, is wrong.
        UsageError: an option is wrong, or speaks of what a rehearsal never touches.
        JournalError: the run cannot be kept.
    """
    _assert_needs_nothing(request)
    plan = open_plan(request.scenario, request.settings, Registry()).plan
    assert_roles(plan, request.answers)
    journal = new_journal(request.runs, plan, wiring.now().wall)
    records = wiring.rehearse(plan, journal, request.answers)
    seen = view_of(journal)
    page, _ = write_report(seen, journal.parent)
    if as_json:
        lines = Lines(sys.stdout, as_json=True)
        for record in records:
            lines.tell(record)
    else:
        Console(highlight=False).print(prediction(plan, seen))
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
            raise UsageError(f"{option}: a rehearsal touches nothing and needs none; leave it out")
