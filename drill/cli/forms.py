"""What people filled in after an exercise: the form beside its journal."""

from pathlib import Path

from pydantic import ValidationError

from drill.errors import UsageError
from drill.files import read_plain
from drill.graph.document import document_of
from drill.model.form import Form
from drill.model.problem import ScenarioProblemsError
from drill.model.view import View

FORM = "after-action.yaml"
_MOST = 4 * 1024 * 1024
"""Bytes: a page for each field would be less."""


def with_form(view: View, journal: Path) -> View:
    """Return the view of a run with what people filled in, if they did.

    Raises:
        UsageError: the form cannot be read, or is none.
    """
    path = journal.parent / FORM
    try:
        text = read_plain(path, _MOST)
    except FileNotFoundError:
        return view
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    return view.model_copy(update={"form": _form(text, path)})


def _form(text: bytes, path: Path) -> Form:
    document = document_of(text, str(path))
    if document.problems:
        raise ScenarioProblemsError(list(document.problems))
    try:
        return Form.model_validate(document.value or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path}: {where}: {first['msg']}; write it as the form has it") from error
