"""All runs at a glance."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table
from rich.text import Text

from drill.cli.ink import ink, printable
from drill.errors import JournalError
from drill.model.view import Verdict, View
from drill.report.figures import promised, seconds
from drill.report.signs import VERDICTS

Summary = dict[str, Any]
"""What is known of a run, as JSON has it; ``error`` where its journal cannot be read."""


def summaries(found: Iterable[tuple[str, View | JournalError]]) -> list[Summary]:
    """Return what ``drill runs --json`` prints of each run."""
    return [
        {"run": name, "error": str(one)} if isinstance(one, JournalError) else _summary(name, one)
        for name, one in found
    ]


def _summary(name: str, view: View) -> Summary:
    return {
        "run": name,
        "scenario": view.scenario,
        "mode": view.mode,
        "opened": view.opened.isoformat(),
        "closed": view.closed.isoformat() if view.closed else None,
        "phase": view.phase,
        "seconds": view.clock,
        "verdict": view.verdict.value,
        "exit_status": view.exit_status,
        "objectives": [
            {
                "service": one.service,
                "measure": one.measure,
                "target": one.target,
                "actual": one.actual.model_dump() if one.actual else None,
                "text": one.text,
                "verdict": one.verdict.value,
            }
            for one in view.objectives
        ],
        "duties": [
            {"name": one.name, "within": one.within, "took": one.took, "verdict": one.verdict.value}
            for one in view.duties
        ],
        "head": view.head,
    }


def listing(known: list[Summary]) -> Table:
    """Return the table of the runs."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("run", "verdict", "objectives"):
        table.add_column(title, no_wrap=title != "objectives")
    table.add_column("length", justify="right", no_wrap=True)
    for one in known:
        table.add_row(*_row(one))
    return table


def _row(one: Summary) -> tuple[Text, ...]:
    if "error" in one:
        return ink(one["run"]), ink("✗ unreadable", "bad"), ink(one["error"], "off"), Text()
    sign = VERDICTS[Verdict(one["verdict"])]
    word = one["verdict"] if one["closed"] else one["phase"]
    promises = ", ".join((*map(_objective, one["objectives"]), *map(_duty, one["duties"])))
    return (
        ink(one["run"]),
        ink(f"{sign.char} {word}", sign.tone if one["closed"] else "live", bold=True),
        Text(printable(promises)),
        ink(seconds(one["seconds"])),
    )


def _objective(one: Summary) -> str:
    return f"{one['service']} {one['measure']} {one['text']} of {promised(one['target'])}"


def _duty(one: Summary) -> str:
    took = "" if one["took"] is None else f"{seconds(one['took'])} of "
    return f"duty {one['name']} {took}{promised(one['within'])}"
