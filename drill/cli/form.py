"""The form that people fill in after an exercise, beside its journal: read, and begun."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from drill.errors import UsageError

if TYPE_CHECKING:
    from drill.graph.source import Source
    from drill.model.form import Form
    from drill.model.problem import Problem
    from drill.model.view import View

FORM = "after-action.yaml"
_MOST = 1 << 20
"""Bytes of a form."""

form_option = click.option(
    "--form",
    "begin_form",
    is_flag=True,
    help=f"Begin {FORM} beside the journal instead: the fields that people fill in. It is never "
    "overwritten; with --output - it is only printed.",
)


def with_form(view: "View", journal: Path) -> "View":
    """Return the view with what people filled in beside the journal; as it is if they did not.

    Raises:
        UsageError: the form cannot be read.
        ScenarioProblemsError: something is wrong with it; every problem at its line.
    """
    path = journal.parent / FORM
    return view.model_copy(update={"form": _read(path, view)}) if path.exists() else view


def begin_form_of(view: "View", journal: Path, output: Path | None) -> None:
    """Write an empty form where there is none yet, and say where.

    Raises:
        UsageError: there is one already, or it cannot be written.
    """
    from drill.report.blank import blank  # noqa: PLC0415  heavy

    if output is not None and str(output) == "-":
        click.echo(blank(view), nl=False)
        return
    path = output or journal.parent / FORM
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(blank(view))
    except FileExistsError as error:
        raise UsageError(
            f"{path} is there already, and what people filled in is never overwritten; move it "
            "away, or print an empty one with --form --output -"
        ) from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    click.echo(path)


def _read(path: Path, view: "View") -> "Form":
    from drill.files import read_plain  # noqa: PLC0415  heavy
    from drill.graph.load import read_with_places  # noqa: PLC0415  heavy
    from drill.model.form import Form  # noqa: PLC0415  heavy
    from drill.model.problem import ScenarioProblemsError, in_order  # noqa: PLC0415  heavy

    try:
        text = read_plain(path, _MOST)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    form, source = read_with_places(text, str(path), Form)
    problems = in_order(_unknown(form, source, view))
    if problems:
        raise ScenarioProblemsError(problems)
    return form


def _unknown(form: "Form", source: "Source", view: "View") -> "Iterator[Problem]":
    """Yield each key that names nothing of this exercise: what is said there would be lost."""
    from drill.measure.limits import KEYS  # noqa: PLC0415  heavy
    from drill.report.fields import fields  # noqa: PLC0415  heavy

    peoples = [one.id for one in fields() if one.peoples]
    found = [one.id for one in view.findings]
    yield from _strange(source, "fields", form.fields, peoples, "field that people fill in")
    yield from _strange(source, "notes", form.notes, [*KEYS], "line of what it does not prove")
    yield from _strange(source, "findings", form.findings, found, "finding")


def _strange(
    source: "Source", part: str, said: Iterable[str], known: list[str], sort: str
) -> "Iterator[Problem]":
    from drill.graph.words import did_you_mean  # noqa: PLC0415  heavy
    from drill.model.problem import Problem  # noqa: PLC0415  heavy

    for key in said:
        if key not in known:
            what = f"there is no {sort} `{key}` in this report"
            yield Problem(where=source.key(part, key), what=what, cure=did_you_mean(key, known))
