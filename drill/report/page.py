"""What a report is made of, before it has a format: chapters of prose, tables and lists."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from drill.report.signs import Sign


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    sign: Sign | None = None
    note: str = ""
    """Said under the text, in small print."""
    code: bool = False
    """An identifier, set in a fixed width."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; figures are set flush right."""

    title: str
    figure: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table, whose first column names its rows."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    note: str = ""
    evidence: str = ""
    """Output as it was, under the table."""
    folded: bool = False
    """Shown on request on a screen; always in print."""


Drawing = Literal["", "availability", "time", "lanes"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter of the report, whatever its format."""

    key: str
    title: str
    prose: tuple[str, ...] = ()
    drawing: Drawing = ""
    tables: tuple[Table, ...] = ()
    points: tuple[str, ...] = ()
    commands: str = ""
    after: str = ""
    """Prose below everything else."""
    front: bool = False
    """It belongs on the first page, with the verdict."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Builds a table from plain rows: strings become cells."""

    columns: tuple[Column, ...]
    title: str = ""
    note: str = ""
    evidence: str = ""
    folded: bool = False
    empty: str = field(default="none")
    """What is said in the place of no rows at all."""

    def of(self, rows: Iterable[Iterable[Cell | str]]) -> Table:
        """Return the table of those rows."""
        cells = tuple(
            tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows
        )
        blank = (Cell(self.empty), *(Cell("") for _ in self.columns[1:]))
        return Table(
            columns=self.columns,
            rows=cells or (blank,),
            title=self.title,
            note=self.note,
            evidence=self.evidence,
            folded=self.folded,
        )


def columns(*titles: str) -> tuple[Column, ...]:
    """Name the columns; a title that begins with ``#`` is one of figures."""
    return tuple(Column(title.removeprefix("#"), title.startswith("#")) for title in titles)


def records_of(numbers: tuple[int, ...]) -> str:
    """Name the journal records that a statement rests on: at most six, then their number."""
    if not numbers:
        return ""
    shown = ", ".join(str(number) for number in numbers[:6])
    rest = len(numbers) - 6
    return f"{shown} and {rest} more" if rest > 0 else shown
