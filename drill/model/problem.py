"""What is wrong with a file that a person wrote: where, what, and the cure.

A problem is a value. All of them are found before any is shown, and only who
cannot go on wraps them in an exception.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from drill.errors import ScenarioError
from drill.model.base import Model

_WIDEST = 100
"""Columns of a source line that are shown; a longer one is cut around the spot."""


class Place(Model):
    """A spot in a file."""

    path: str
    line: Annotated[int, Field(ge=1, description="Counted from 1.")] = 1
    column: Annotated[int, Field(ge=1, description="In characters, counted from 1.")] = 1
    width: Annotated[int, Field(ge=1, description="Characters to underline.")] = 1
    source: Annotated[str, Field(description="The whole line, as it is written.")] = ""


class Problem(Model):
    """One thing that is wrong; a warning stops nobody."""

    where: Place
    what: str
    cure: str = ""
    severity: Literal["error", "warning"] = "error"


class ScenarioProblemsError(ScenarioError):
    """A scenario, or a file it names, has errors; all of them are here."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(render, self.problems)))


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort the way a reader meets them: by file, from its top to its bottom."""
    return tuple(sorted(problems, key=lambda p: (p.where.path, p.where.line, p.where.column)))


def render(problem: Problem) -> str:
    """Write a problem as compilers do: place and message, the line, a caret, the cure."""
    where = problem.where
    lines = [f"{where.path}:{where.line}:{where.column}: {problem.severity}: {problem.what}"]
    if where.source.strip():
        lines += _quoted(where)
    if problem.cure:
        lines.append(f"  = {problem.cure}")
    return "\n".join(lines)


def _quoted(where: Place) -> list[str]:
    """Return the source line, fit for a terminal, and the carets under the spot."""
    cut = max(0, where.column - 1 - _WIDEST // 2)
    shown = "".join(
        c if c == "\t" or c.isprintable() else "?" for c in where.source[cut : cut + _WIDEST]
    )
    spot = where.column - 1 - cut
    blank = "".join("\t" if c == "\t" else " " for c in shown[:spot])
    carets = "^" * max(1, min(where.width, len(shown) - spot))
    margin = " " * len(str(where.line))
    return [f"  {where.line} | {shown}", f"  {margin} | {blank}{carets}"]
