"""How ``drill coverage`` shows what is evidenced: as a table, one by one, as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from drill.cli.ink import BOLD, DIM, INK, ink, printable
from drill.controls.catalogue import Catalogue, Control
from drill.model.lessons import EVIDENCED, NOT, PARTLY, ControlView
from drill.report.controls import LIMITS, STATES, misses, missing

_COLUMNS = ("framework", "id", "title", "verified", "state", "missing", "missed", "valid_until")


def table(controls: Sequence[ControlView]) -> Table:
    """Return a line for each control, below the name of its framework, and what it lacks."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("id", "control, and what is missing", "state", "valid until"):
        made.add_column(title, no_wrap=title == "state", overflow="fold")
    for framework, several in groupby(controls, key=lambda one: one.framework):
        made.add_row()
        made.add_row("", Text(framework, BOLD))
        for one in several:
            made.add_row(*_row(one))
    return made


def _row(one: ControlView) -> tuple[Text, ...]:
    sign = STATES[one.state]
    title = Text(one.title + ("" if one.verified else " (unverified)"))
    if lacks := missing(one):
        title.append("\n" + ", ".join(lacks), DIM)
    if miss := misses(one):
        title.append(f"\n! {miss}", INK["warn"])
    return (
        Text(one.id),
        title,
        ink(f"{sign.char} {one.state}", sign.tone),
        Text(_day(one.valid_until)),
    )


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%d %b %Y}".lstrip("0")


def summary(controls: Sequence[ControlView], runs: int, known: Catalogue, now: datetime) -> str:
    """Return how many of them are evidenced, of when that is, and what it does not say."""
    counts = ", ".join(
        f"{sum(one.state == state for one in controls)} {state}"
        for state in (EVIDENCED, PARTLY, NOT)
    )
    return (
        f"Controls: {counts}. Runs that were looked at: {runs}. As of {_day(now)}, by the "
        f"catalogue of {known.dated:%d %b %Y}.\n{LIMITS}"
    )


def details(controls: Sequence[ControlView], known: Catalogue) -> Group:
    """Return each control with every artefact and its reason."""
    texts = {one.name: one for one in known.controls}
    return Group(*(part for one in controls for part in _detail(one, texts[one.name])))


def _detail(one: ControlView, text: Control) -> Iterator[Text | Padding]:
    sign = STATES[one.state]
    yield Text(f"{text.name}  {one.title}", BOLD)
    yield Text(text.requires)
    yield ink(f"{sign.char} {one.state}", sign.tone)
    made = Table.grid(padding=(0, 2, 0, 0))
    for each in one.artefacts:
        mark = STATES[PARTLY if each.missed else EVIDENCED if each.there else NOT]
        made.add_row(ink(mark.char, mark.tone), Text(each.name), Text(printable(each.because)))
    yield Padding(made, (0, 0, 0, 2))
    often = f"in date for {text.days} days" + (f" (asked: {text.cadence})" if text.cadence else "")
    until = f", valid until {_day(one.valid_until)}" if one.valid_until else ""
    early = f"; sooner after: {', '.join(text.triggers)}" if text.triggers else ""
    yield Text(f"{often}{until}{early}", DIM)
    yield Text(f"{text.version}; source: {text.source or 'background knowledge'}", DIM)


def csv_of(controls: Sequence[ControlView]) -> str:
    """Return the same as CSV (RFC 4180), with a heading."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(_COLUMNS)
    for one in controls:
        until = one.valid_until.isoformat() if one.valid_until else ""
        lacks = "; ".join(missing(one))
        missed = "; ".join(each.name for each in one.artefacts if each.missed)
        verified = "yes" if one.verified else "no"
        lines.writerow(
            (one.framework, one.id, one.title, verified, one.state, lacks, missed, until)
        )
    return written.getvalue()


def frameworks(known: Catalogue) -> Table:
    """Return the frameworks, with the edition and the number of controls of each."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    made.add_column("framework")
    made.add_column("edition")
    for title in ("controls", "unverified"):
        made.add_column(title, justify="right")
    for name, several in known.frameworks.items():
        verified = sum(one.verified for one in several)
        made.add_row(name, several[0].version, str(verified), str(len(several) - verified))
    return made
