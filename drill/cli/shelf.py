"""The runs on disk: found by name, read, and turned into views."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.shell_completion import CompletionItem

from drill.errors import JournalCorruptError, JournalError, JournalInconsistentError, UsageError

if TYPE_CHECKING:
    from drill.graph.plan import Plan
    from drill.model.events import ExerciseOpened
    from drill.model.view import View

JOURNAL = "journal.jsonl"
LATEST = "latest"

_KNOWN = 5
"""Runs that an error names."""


runs_option = click.option(
    "--runs",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    envvar="DRILL_RUNS",
    is_eager=True,
    help="Where runs are kept.",
)


def new_journal(runs: Path, plan: "Plan", now: datetime) -> Path:
    """Return where the journal of a new run is to be: its directory is named after its moment."""
    name = f"{now.astimezone():%Y%m%d-%H%M%S}-{plan.scenario.id}"
    again = (f"{name}-{n}" for n in count(2))
    while (runs / name).exists():  # rehearsals follow one another within a second
        name = next(again)
    return runs / name / JOURNAL


def unfinished(
    runs: Path, plan: "Plan", *, at_table: bool = False
) -> "tuple[Path, ExerciseOpened] | None":
    """Return the newest journal of the plan that can be taken up, and how it opened.

    It has not been closed, and is of a live exercise, or of a facilitated table.
    """
    for name in run_names(runs):
        opening = _left_open(runs / name / JOURNAL)
        if opening is None or opening.digest != plan.digest:
            continue
        table = opening.mode == "tabletop" and opening.facilitated
        if table if at_table else opening.mode == "live":
            return runs / name / JOURNAL, opening
    return None


def _left_open(journal: Path) -> "ExerciseOpened | None":
    from drill.journal.reader import read  # noqa: PLC0415  heavy
    from drill.model.events import ExerciseOpened  # noqa: PLC0415  heavy

    try:
        records, _ = read(journal)
    except JournalCorruptError as error:
        click.echo(f"drill: {error}", err=True)  # it must not keep a new run from beginning
        return None
    except JournalError:
        return None
    if not records or records[-1].event.type == "exercise-closed":
        return None
    opening = records[0].event
    return opening if isinstance(opening, ExerciseOpened) else None


def run_names(runs: Path) -> list[str]:
    """Return the runs of a directory, the newest first: their names begin with their moment."""
    return sorted((path.parent.name for path in runs.glob(f"*/{JOURNAL}")), reverse=True)


def journal_of(runs: Path, name: str) -> Path:
    """Return the journal of a run.

    Args:
        runs: where runs are kept.
        name: a run's id, its directory, its journal, or ``latest``.

    Raises:
        UsageError: there is no such run.
    """
    names = run_names(runs)
    if name == LATEST and names:
        return runs / names[0] / JOURNAL
    for path in (runs / name / JOURNAL, Path(name) / JOURNAL, Path(name)):
        if path.is_file():
            return path
    known = ", ".join(names[:_KNOWN]) or "none yet; begin one with: drill run SCENARIO"
    raise UsageError(f"no run {name!r} in {runs}; known: {known}")


def opening_of(journal: Path) -> "ExerciseOpened":
    """Return how a run was opened.

    Raises:
        JournalError: it cannot be read, its chain is broken, or it holds no record yet.
    """
    from drill.journal.reader import first  # noqa: PLC0415  heavy
    from drill.model.events import ExerciseOpened  # noqa: PLC0415  heavy

    record = first(journal)
    if record is None or not isinstance(record.event, ExerciseOpened):
        raise JournalError(f"{journal}: holds no record yet; wait for the run to begin")
    return record.event


def view_of(journal: Path) -> "View":
    """Return what a journal says, as of its last record.

    Raises:
        JournalError: it cannot be read, or its chain is broken.
    """
    from drill.journal.chain import GENESIS  # noqa: PLC0415  heavy
    from drill.journal.reader import Reading  # noqa: PLC0415  heavy
    from drill.measure.timeline import view  # noqa: PLC0415  heavy

    reading = Reading(journal)
    try:
        seen = view(reading, None, "")
    except JournalInconsistentError as error:
        if reading.head != GENESIS:
            raise
        raise JournalError(f"{journal}: holds no record yet; wait for the run to begin") from error
    return seen.model_copy(update={"head": reading.head})


def tell_unpinned(journal: Path) -> None:
    """Say so if nothing proves that a journal is as long as it was."""
    from drill.journal.pin import pin_of  # noqa: PLC0415  heavy

    if pin_of(journal) is None:
        click.echo(f"drill: {journal} has no pin: nobody can tell if it was cut short", err=True)


def views_of(runs: Path) -> Iterator[tuple[str, "View | JournalError"]]:
    """Yield each run with its view, or why there is none: one bad journal hides no other."""
    for name in run_names(runs):
        try:
            yield name, view_of(runs / name / JOURNAL)
        except JournalError as error:
            yield name, error


def completed_run(ctx: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the name of a run, for the shell."""
    runs = ctx.params.get("runs") or Path("runs")
    names = [LATEST, *run_names(Path(runs))]
    return [CompletionItem(name) for name in names if name.startswith(begun)]
