"""The runs on disk: found by name, read, and turned into views."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.shell_completion import CompletionItem

from drill.errors import JournalError, UsageError

if TYPE_CHECKING:
    from drill.model.view import View

JOURNAL = "journal.jsonl"
LATEST = "latest"

_KNOWN = 5
"""Runs that an error names."""


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


def view_of(journal: Path) -> "View":
    """Return what a journal says, as of its last record.

    Raises:
        JournalError: it cannot be read, or its chain is broken.
    """
    from drill.journal.file import read  # noqa: PLC0415  heavy
    from drill.measure.timeline import view  # noqa: PLC0415  heavy

    records, head = read(journal)
    if not records:
        raise JournalError(f"{journal}: holds no record yet; wait for the run to begin")
    return view(records, None, head)


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
