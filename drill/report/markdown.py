"""The after-action report as Markdown: the same chapters as the HTML, without the drawings."""

import re
from collections.abc import Iterator

from drill.model.view import View
from drill.report.chapters import chapters_of, facts_of
from drill.report.inert import inert
from drill.report.page import Cell, Chapter, Column, Table
from drill.report.signs import VERDICTS

_SPECIAL = re.compile(r"[\\`*\[\]<>|~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LEADING = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+#]+(?:\s|$)|--|=))")
"""Where a line would begin a list or a heading."""
_BREAKS = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")


def markdown(view: View) -> str:
    """Return the report as Markdown (CommonMark with GitHub's tables)."""
    parts = [*_head(view), *(part for one in chapters_of(view) for part in _chapter(one))]
    return inert("\n\n".join(parts) + "\n")


def escaped(text: str) -> str:
    """Return the text so that Markdown shows it as it is, in one line."""
    line = _BREAKS.sub(" ", text).strip()
    return _LEADING.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", line))


def _head(view: View) -> Iterator[str]:
    yield f"# After-action report: {escaped(view.title)}"
    if view.purpose:
        yield escaped(view.purpose)
    sign = VERDICTS[view.verdict]
    yield f"> {sign.char} **{view.verdict.value.capitalize()}.** {escaped(view.summary)}"
    if view.aborted:
        yield f"Aborted: {escaped(view.aborted)}"
    if view.closed is None:
        yield f"Not closed ({escaped(view.phase)}): every figure may still change."
    yield "\n".join(f"- {label}: {escaped(fact)}" for label, fact in facts_of(view))


def _chapter(chapter: Chapter) -> Iterator[str]:
    if chapter.drawing and not chapter.tables:
        return
    yield f"## {chapter.title}"
    yield from map(escaped, chapter.prose)
    if chapter.commands:
        yield _fenced(chapter.commands, "sh")
    if chapter.after:
        yield escaped(chapter.after)
    for table in chapter.tables:
        yield from _table(table)
    if chapter.points:
        yield "\n".join(f"- {escaped(point)}" for point in chapter.points)


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield f"### {escaped(table.title)}"
    rule = [_rule(column) for column in table.columns]
    head = [column.title for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    yield "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])
    if table.evidence:
        yield _fenced(table.evidence)
    if table.note:
        yield f"*{escaped(table.note)}*"


def _rule(column: Column) -> str:
    return "---:" if column.figure else "---"


def _cell(cell: Cell) -> str:
    sign = f"{cell.sign.char} " if cell.sign else ""
    note = f" ({escaped(cell.note)})" if cell.note else ""
    return f"{sign}{escaped(cell.text)}{note}"


def _fenced(text: str, language: str = "") -> str:
    """Return a block that the text itself cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
