"""The report as files."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from drill.errors import UsageError
from drill.files import put
from drill.model.view import View
from drill.report.html import html
from drill.report.inert import inert_json
from drill.report.markdown import markdown

FORMATS: Mapping[str, Callable[[View], str]] = {
    "html": html,
    "markdown": markdown,
    "json": lambda view: inert_json(view.model_dump_json(indent=2)) + "\n",
}
"""Each format's name, and how a view is written in it."""

_BESIDE = {"report.html": "html", "report.md": "markdown"}


def write_report(view: View, directory: Path) -> tuple[Path, ...]:
    """Write ``report.html`` and ``report.md``, and return their paths, the HTML first.

    Raises:
        UsageError: the directory cannot be written.
    """
    for name, form in _BESIDE.items():
        with _told(directory / name):
            put(directory / name, FORMATS[form](view))
    return tuple(directory / name for name in _BESIDE)


def write(path: Path, text: str) -> None:
    """Write to whatever a person named: a file, a link to one, a pipe that is read.

    Raises:
        UsageError: it cannot be written.
    """
    with _told(path):
        path.write_text(text, encoding="utf-8")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written: {error.strerror}; choose another place with --output"
        ) from error
