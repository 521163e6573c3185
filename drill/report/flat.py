"""The figures as one flat CSV file, for whoever counts over many exercises (RFC 4180, UTF-8)."""

import csv
from io import StringIO

from drill.model.view import View
from drill.report.inert import inert
from drill.report.rows import Figure, rows_of

COLUMNS = (
    "run", "kind", "service", "measure", "unit", "target", "lo", "hi", "verdict", "grade", "text",
    "because", "records",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t")
"""What makes a spreadsheet compute a cell of words (OWASP, CSV injection)."""


def flat(view: View) -> str:
    """Return every figure as a row of CSV.

    Values are exact, in the unit of their row; a cell is empty where there is none.
    A ``lo`` without a ``hi`` is *at least*. ``text`` is what the report prints.
    """
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(_row(view.run, one) for one in rows_of(view))
    return file.getvalue()


def _row(run: str, one: Figure) -> list[str]:
    words = (run, one.kind, one.service, one.measure, one.unit)
    values = (_exact(value) for value in (one.target, one.lo, one.hi))
    more = (one.verdict, one.grade, one.text, one.because)
    cited = " ".join(map(str, one.records))
    return [*map(harmless, words), *values, *map(harmless, more), cited]


def _exact(value: float | None) -> str:
    return "" if value is None else f"{value:.17g}" if value != round(value, 9) else f"{value:.9g}"


def harmless(text: str) -> str:
    """Return words in one line that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("+14.7 s"), harmless("16.42 to 16.64 s")
    ("'=1+1", "'+14.7 s", '16.42 to 16.64 s')
    """
    line = " ".join(inert(text).split())
    return f"'{line}" if line.startswith(_FORMULA) else line
