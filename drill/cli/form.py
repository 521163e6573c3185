"""What people filled in after an exercise: the form beside its journal."""

from pathlib import Path

from drill.errors import UsageError
from drill.files import read_plain
from drill.graph.load import read
from drill.model.form import Form
from drill.model.view import View

FORM = "after-action.yaml"
_MOST = 4 * 1024 * 1024
"""Bytes: a page for each field would be less."""


def with_form(view: View, journal: Path) -> View:
    """Return the view of a run with what people filled in, if they did.

    Raises:
        UsageError: the form cannot be read.
        ScenarioProblemsError: with everything that is wrong with it.
    """
    path = journal.parent / FORM
    try:
        text = read_plain(path, _MOST)
    except FileNotFoundError:
        return view
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    return view.model_copy(update={"form": read(text, str(path), Form)})
