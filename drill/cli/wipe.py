"""``drill wipe``: a run is removed, and one line says for ever that there was one."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from drill.cli.redact import REDACTED
from drill.cli.salts import salt_path
from drill.cli.seals import SUFFIX
from drill.cli.shelf import completed_run, journal_of, runs_option, view_of
from drill.errors import JournalError, SafetyError, UsageError

if TYPE_CHECKING:
    from drill.model.view import View

WIPED = "wiped.jsonl"
"""The file beside the runs, one line for each that was removed. It only grows."""


@click.command()
@click.argument("run", metavar="RUN", shell_complete=completed_run)
@runs_option
@click.option("--why", required=True, help="The reason, as the line will say it.")
@click.option("--by", default="", help="Who signs it off, if not whoever sits here.")
@click.option(
    "--bundle", is_flag=True, help="Remove also its sealed and redacted bundles, and its salt."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the line that is kept.")
def wipe(run: str, runs: Path, why: str, by: str, bundle: bool, yes: bool, as_json: bool) -> None:
    """Remove RUN, all that is in its directory, and keep one line in RUNS/wiped.jsonl.

    The line says which run it was, how long its journal was and the SHA-256 of its last line,
    when it closed, under which class it was to be kept (`about.retention`), and who removed it,
    when and why. A run that is open is not removed, nor one of which a fault may still stand:
    its journal says how to end it. Without the salt nobody can make another redacted bundle of
    the run, nor open what is masked in one that was handed out.
    """
    journal = journal_of(runs, run)
    place = journal.parent
    view = view_of(journal)
    _assert_over(view, journal)
    line = {**_line(view), **_signed_off(by, why), "bundle": bundle}
    beside = [path for path in _beside(place) if path.exists()]
    if not (yes or _is_sure(view.run, line["retention"], beside if bundle else [])):
        raise UsageError(f"{view.run} stays: write --yes to remove it without being asked")
    _keep(place.parent / WIPED, line)
    shutil.rmtree(place)
    for path in beside:
        if bundle:
            path.unlink()
        else:
            click.echo(f"drill: {path} stays; --bundle removes it too", err=True)
    click.echo(json.dumps(line, ensure_ascii=False) if as_json else f"wiped {view.run}")


def _assert_over(view: "View", journal: Path) -> None:
    """Refuse to remove what is still needed.

    Raises:
        SafetyError: it is.
    """
    if view.closed is None:
        raise SafetyError(f"{view.run} is open: it is not removed before it is closed; {_HOW}")
    if standing := [one.step for one in view.faults if one.left]:
        raise SafetyError(
            f"{view.run}: the fault of {standing[0]} may stand, and the journal says how to end "
            "it; it is not removed before: drill heal"
        )
    if journal.parent.is_symlink() or journal.name != "journal.jsonl":
        raise SafetyError(f"{journal.parent} is no run's own directory: it is not removed")


_HOW = "take it up with the same `drill run`, or end it with `drill end`"


def _line(view: "View") -> dict[str, Any]:
    return {
        "run": view.run,
        "scenario": view.scenario,
        "mode": view.mode,
        "opened": view.opened.isoformat(),
        "closed": view.closed.isoformat() if view.closed else None,
        "verdict": view.verdict,
        "records": view.records,
        "head": view.head,
        "retention": view.about.retention if view.about else "",
    }


def _signed_off(by: str, why: str) -> dict[str, Any]:
    from drill.cli.who import operator  # noqa: PLC0415  heavy
    from drill.wiring import now  # noqa: PLC0415  heavy

    return {"by": by or operator(), "at": now().wall.isoformat(), "why": why}


def _beside(place: Path) -> Iterator[Path]:
    for suffix in (SUFFIX, REDACTED):
        yield place.with_name(place.name + suffix)
    yield salt_path(place)


def _is_sure(run: str, retention: str, more: list[Path]) -> bool:
    kept = f", to be kept under {retention!r}" if retention else ""
    with_ = "".join(f", and {path.name}" for path in more)
    try:
        return click.confirm(f"Remove the run {run}{kept}{with_}, for good?", err=True)
    except click.Abort:  # nobody is there
        return False


def _keep(path: Path, line: dict[str, Any]) -> None:
    """Add a line, and make it durable before anything is removed.

    Raises:
        JournalError: it cannot be written.
    """
    from drill.files import open_own, open_place  # noqa: PLC0415  heavy

    try:
        place = open_place(path.parent)
        try:
            with os.fdopen(open_own(path.name, place), "r+b") as file:
                file.seek(0, os.SEEK_END)
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.fsync(place)
        finally:
            os.close(place)
    except OSError as error:
        raise JournalError(
            f"{path}: cannot be written: {error.strerror}; nothing was removed"
        ) from error
