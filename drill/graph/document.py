"""Bytes to a plain document and the place of each value: YAML 1.2 core, less its traps.

YAML (https://yaml.org/spec/1.2.2/) is read as the events of PyYAML's own libyaml
parser, because they keep every position. What an author reads is what drill
reads: no anchors, aliases, merge keys, tags, duplicate keys, second documents.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import yaml
from pydantic import JsonValue

from drill.graph.builder import MOST_PROBLEMS, Builder, character
from drill.graph.scalars import BREAK, HIDDEN, UNPRINTABLE
from drill.graph.source import Source
from drill.model.problem import Place, Problem, ScenarioProblemsError

MAX_BYTES = 8 * 1024 * 1024
"""Room for some 15,000 steps, each told in ten lines."""

MAX_LINES = 250_000
MAX_LINE = 1 << 17
"""Characters of one line: a message shows the line it speaks of."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""libyaml where PyYAML was built with it; it is ten times as fast."""

_CURES = (
    ("cannot start any token", "put the text in quotes"),
    ("could not find expected ':'", "write `key: value`; put text that holds a colon in quotes"),
    ("mapping values are not allowed", "check the indentation; quote text that holds `: `"),
    ("did not find expected key", "check the indentation of this line"),
    ("did not find expected ',' or", "close the bracket, or put a comma between the items"),
)
"""What the parser says, to what usually helps."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, where it says it, and what is wrong with how."""

    value: JsonValue
    source: Source
    problems: tuple[Problem, ...] = ()


def document_of(text: bytes, path: str) -> Document:
    """Read one document; ``path`` is for messages only.

    Raises:
        ScenarioProblemsError: there is no telling what the file says: it is not
            UTF-8, not YAML, too large or too deep.
    """
    if len(text) > MAX_BYTES:
        what = f"the file is larger than {MAX_BYTES >> 20} MiB"
        raise ScenarioProblemsError([Problem(where=Place(path=path), what=what, cure="split it")])
    decoded = _decoded(text, path)
    source = Source(path, _lines(decoded, path))
    if UNPRINTABLE.search(decoded) or HIDDEN.search(decoded):
        raise ScenarioProblemsError(islice(_unreadable(source), MOST_PROBLEMS))
    builder = Builder(source, yaml.parse(decoded, Loader=_LOADER))
    try:
        value, root = builder.document()
    except yaml.MarkedYAMLError as error:
        raise ScenarioProblemsError([*builder.problems, _syntax(error, source)]) from error
    return Document(value, replace(source, root=root), tuple(builder.problems))


def _decoded(text: bytes, path: str) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = BREAK.split(error.object[: error.start].decode())
        source = Source(path, tuple(before))
        problem = Problem(
            where=source.place(len(before) - 1, len(before[-1])),
            what=f"byte 0x{error.object[error.start]:02x} is not UTF-8",
            cure="save the file as UTF-8",
        )
        raise ScenarioProblemsError([problem]) from error


def _lines(text: str, path: str) -> tuple[str, ...]:
    """Return the lines, none of which is so long that no message could show it."""
    if text.count("\n") > MAX_LINES:
        problem = Problem(
            where=Place(path=path, line=MAX_LINES + 1),
            what=f"the file has more than {MAX_LINES} lines",
            cure="split it",
        )
        raise ScenarioProblemsError([problem])
    lines = tuple(BREAK.split(text))
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            where = Place(path=path, line=number, column=MAX_LINE + 1)
            what = f"the line is longer than {MAX_LINE} characters"
            raise ScenarioProblemsError([Problem(where=where, what=what, cure="break it")])
    return lines


def _unreadable(source: Source) -> Iterator[Problem]:
    for line, written in enumerate(source.lines):
        for kind in (UNPRINTABLE, HIDDEN):
            for match in kind.finditer(written):
                where = source.place(line, match.start())
                yield Problem(where=where, what=character(match[0]), cure="remove it")


def _syntax(error: yaml.MarkedYAMLError, source: Source) -> Problem:
    mark, what = error.problem_mark, str(error.problem)
    if mark is None or mark.line >= len(source.lines):  # libyaml ends a file on a line of its own
        where = source.place(len(source.lines) - 1, len(source.lines[-1]))
    else:
        where = source.place(mark.line, mark.column)
    cure = next((cure for part, cure in _CURES if part in what), error.context or "")
    if where.source[where.column - 1 :].startswith("\t"):
        cure = "indent with spaces, not with tabs"
    return Problem(where=where, what=f"not YAML: {what}", cure=cure)
