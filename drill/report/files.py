"""The report as files: every format, what its file is called, and how it gets written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from drill.errors import DrillError, UsageError
from drill.files import put

if TYPE_CHECKING:
    from drill.model.view import View


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a view.

    ``module`` is the module of this room whose function of the same name writes
    it; it is imported when it is used, for some of them are heavy, and some need
    what is not always installed.
    """

    module: str
    file: str
    """What the file is called beside the others."""
    suffixes: tuple[str, ...]
    """The endings of a file's name that mean this format."""
    binary: bool = False
    """Nothing for a terminal."""

    def __call__(self, view: "View") -> bytes:
        """Return the report.

        Raises:
            PluginError: what it needs is not installed.
            UsageError: there is nothing to write.
        """
        made: str | bytes = getattr(import_module(f"{__package__}.{self.module}"), self.module)(
            view
        )
        return made.encode() if isinstance(made, str) else made


FORMATS: Mapping[str, Format] = {
    "html": Format("html", "report.html", (".html", ".htm")),
    "markdown": Format("markdown", "report.md", (".md",)),
    "json": Format("whole", "report.json", (".json",)),
    "pdf": Format("pdf", "report.pdf", (".pdf",), binary=True),
    "docx": Format("word", "report.docx", (".docx",), binary=True),
    "junit": Format("junit", "report.junit.xml", (".xml",)),
    "csv": Format("flat", "report.csv", (".csv",)),
    "oscal": Format("oscal", "report.oscal.json", (".oscal.json",)),
    "oscal-poam": Format("poam", "report.poam.json", (".poam.json",)),
}
"""Each format by its name."""

_BESIDE = ("html", "markdown")


def format_of(path: Path) -> str:
    """Return the name of the format that a file's name means: the longest suffix decides.

    Raises:
        UsageError: it means none.
    """
    known = {suffix: name for name, form in FORMATS.items() for suffix in form.suffixes}
    name = path.name.lower()
    fits = [suffix for suffix in known if name.endswith(suffix)]
    if not fits:
        raise UsageError(f"--output {path}: add --format, or end it in {', '.join(known)}")
    return known[max(fits, key=len)]


def write_report(view: "View", directory: Path) -> tuple[Path, ...]:
    """Write ``report.html`` and ``report.md``, and return their paths, the HTML first.

    Raises:
        UsageError: the directory cannot be written.
    """
    return tuple(_put(FORMATS[name], view, directory) for name in _BESIDE)


def write_all(view: "View", directory: Path) -> Iterator[tuple[Path, str]]:
    """Write every format that can be, and yield each path with why it is missing, if it is.

    Raises:
        UsageError: the directory cannot be written.
    """
    with _told(directory):
        directory.mkdir(parents=True, exist_ok=True)
    for form in FORMATS.values():
        try:
            made = form(view)
        except DrillError as error:
            yield directory / form.file, str(error)
        else:
            with _told(directory / form.file):
                put(directory / form.file, made)
            yield directory / form.file, ""


def _put(form: Format, view: "View", directory: Path) -> Path:
    path = directory / form.file
    with _told(path):
        put(path, form(view))
    return path


def write(path: Path, content: bytes) -> None:
    """Write to whatever a person named: a file, a link to one, a pipe that is read.

    Raises:
        UsageError: it cannot be written.
    """
    with _told(path):
        path.write_bytes(content)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written: {error.strerror}; choose another place with --output"
        ) from error
