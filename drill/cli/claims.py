"""The tabletop at which was said what a live run then measured."""

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from drill.cli.shelf import JOURNAL, journal_of, run_names, view_of
from drill.errors import JournalError, UsageError

if TYPE_CHECKING:
    from drill.model.view import View


def with_claims(view: "View", runs: Path, named: str | None = None) -> "View":
    """Return the view of a live run with what was claimed of it at a table before.

    Args:
        view: of any run; one that is not live measures nothing, and stays as it is.
        runs: where runs are kept.
        named: the tabletop; ``None``: the newest closed one of the same scenario there.

    Raises:
        UsageError: there is no such run, or it is no tabletop of the same scenario, or the run
            is not live.
    """
    from drill.measure.claims import claims_of  # noqa: PLC0415  heavy

    if view.mode != "live":
        if named is not None:
            raise UsageError(
                f"--claims {named}: {view.run} is a {view.mode}, and only a live run measures what "
                "was claimed; leave --claims out, or name a live run as RUN"
            )
        return view
    table = _newest(view, runs) if named is None else _named(view, runs, named)
    return view if table is None else view.model_copy(update={"claims": claims_of(table, view)})


def _named(view: "View", runs: Path, name: str) -> "View":
    table = view_of(journal_of(runs, name))
    if (table.mode, table.scenario) != ("tabletop", view.scenario):
        raise UsageError(
            f"--claims {name}: it is no tabletop of {view.scenario}, but {table.scenario} "
            f"({table.mode}); name a tabletop of {view.scenario}"
        )
    return table


def _newest(view: "View", runs: Path) -> "View | None":
    """Return the newest closed tabletop of the scenario that began before the live run."""
    for name in run_names(runs):
        journal = runs / name / JOURNAL
        if not _is_table_of(view, journal):
            continue
        try:
            table = view_of(journal)
        except JournalError as error:
            click.echo(f"drill: the tabletop {name} is left out: {error}", err=True)
            continue
        if table.closed is not None:
            return table
    return None


def _is_table_of(view: "View", journal: Path) -> bool:
    """Tell by its first record alone, because a live journal is long."""
    from drill.journal.reader import first  # noqa: PLC0415  heavy
    from drill.model.events import ExerciseOpened  # noqa: PLC0415  heavy

    try:
        record = first(journal)
    except JournalError:
        return False  # `drill runs` says why
    if record is None or not isinstance(record.event, ExerciseOpened):
        return False
    opened = record.event
    same = (opened.mode, opened.scenario.id) == ("tabletop", view.scenario)
    return same and record.at.wall <= view.opened
