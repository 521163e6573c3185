"""How wide the columns of a table are on paper, told from its words.

A program that lays out pages finds that out by setting each cell three times;
one look at the lengths is as good, and a long report is done in half the time.
"""

from collections.abc import Iterable
from typing import NamedTuple

from drill.report.page import Cell, Table

_LINE = 116
"""Average letters of a table's type in a line of A4."""
_AIR = 3.0
"""The space after a column, in letters."""
_SIGN = 4.0
"""A sign, and that its words are bold."""
_BOLD = 1.1
_MOST = 60
"""A column of prose asks for so many letters at most; more of it makes more lines."""
_SLENDER = 80
"""Letters of all columns but the last, so that lines are still read across."""


class _Wish(NamedTuple):
    least: float
    """Letters that cannot be broken."""
    most: float
    """Letters that would be set in one line."""


def widths(table: Table) -> tuple[float, ...]:
    """Return the width of each column in percent: its longest word fits, if all of them do."""
    wishes = [
        _wish(column.title, column.figure, (row[n] for row in table.rows), bold=n == 0)
        for n, column in enumerate(table.columns)
    ]
    least, left = sum(one.least for one in wishes), _LINE
    if least >= left:
        return tuple(round(100 * one.least / least, 1) for one in wishes)
    asked = sum(one.most - one.least for one in wishes)
    share = min(1.0, (left - least) / asked) if asked else 0.0
    given = [one.least + share * (one.most - one.least) for one in wishes]
    return tuple(round(100 * one / sum(given), 1) for one in given)


def _wish(title: str, figure: bool, cells: Iterable[Cell], *, bold: bool) -> _Wish:
    least = most = len(title) * _BOLD
    wide = _BOLD if bold else 1.0
    for cell in cells:
        sign = _SIGN if cell.sign else 0.0
        whole = len(cell.text) * wide + sign
        unbroken = whole if figure else _longest(cell.text) * wide + sign
        least = max(least, unbroken, float(_longest(cell.note)))
        most = max(most, whole, float(len(cell.note)))
    least = min(least, _MOST) + _AIR
    return _Wish(least, max(least, min(most, _MOST) + _AIR))


def _longest(text: str) -> int:
    return max(map(len, text.split()), default=0)


def slender(table: Table) -> bool:
    """Tell whether a table can be read as lines: only its last column may be prose."""
    return sum(_sizes(_texts(table))[:-1]) <= _SLENDER


def aligned(table: Table) -> str:
    """Return a table as lines of type of one width, for what is long and seldom read."""
    cells = _texts(table)
    sizes = _sizes(cells)
    figures = [column.figure for column in table.columns]
    return "\n".join(
        "  ".join(
            text.rjust(size) if figure else text.ljust(size)
            for text, size, figure in zip(row, sizes, figures, strict=True)
        ).rstrip()
        for row in cells
    )


def _texts(table: Table) -> list[list[str]]:
    rows = [[column.title for column in table.columns], *(map(_plain, row) for row in table.rows)]
    return [[" ".join(text.split()) for text in row] for row in rows]


def _sizes(cells: list[list[str]]) -> list[int]:
    return [min(max(map(len, column)), _MOST) for column in zip(*cells, strict=True)]


def _plain(cell: Cell) -> str:
    return f"{cell.text} ({cell.note})" if cell.note else cell.text
