"""The after-action report as a Word file, filled into drill's own template or into anybody's.

A template is a Word file in which Jinja stands where the report is to go, as
docxtpl reads it. It is given ``title``, ``purpose``, ``verdict``, ``summary``,
``status``, ``facts`` (``label`` and ``fact``), ``chapters`` in their order and
``chapter`` by their key (``chapter.objectives``), and ``view``, which is all of
``drill report --format json`` but the samples and the log. A chapter has
``title``, ``prose``, ``pictures``, ``commands``, ``after``, ``tables`` and
``points``; a table ``title``, ``columns`` (``title``), ``rows`` of cells
(``text``, ``note``, ``sign``, and ``rich`` for ``{{r cell.rich }}``), ``note``
and ``evidence``.
"""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from drill.errors import PluginError, UsageError
from drill.model.view import View
from drill.report.chapters import chapters_of, facts_of
from drill.report.inert import in_xml
from drill.report.inks import palette
from drill.report.oscal import ended
from drill.report.page import Cell, Chapter, Table
from drill.report.pictures import Picture, pictures
from drill.report.signs import VERDICTS

_WIDE = 170
"""Millimetres of a picture: the width of the text on A4."""
_TALL = 235
_FIRST = (1980, 1, 1, 0, 0, 0)
"""The earliest that a ZIP file can say (APPNOTE 4.4.6): it stands for no date at all."""
_SMALL = 15
"""Half points."""
Context = dict[str, Any]


def word(view: View, template: Path | None = None) -> bytes:
    """Return the report as DOCX; the same bytes for the same journal, template and fonts.

    Args:
        view: what is reported.
        template: a Word file with places to be filled in; ``None``: drill's own.

    Raises:
        PluginError: docxtpl is not installed.
        UsageError: the template cannot be read, or asks for what there is not.
    """
    docxtpl = _docxtpl()
    from drill.report.word_form import finish, own_form  # noqa: PLC0415  needs python-docx

    context = _context(view, docxtpl)
    if template is None:
        return _packed(finish(_filled(docxtpl, own_form(), context), view, context))
    try:
        return _packed(_filled(docxtpl, template.read_bytes(), context))
    except OSError as error:
        raise UsageError(f"--template {template}: cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UsageError(
            f"--template {template}: is no Word file ({error}); save it as .docx in Word"
        ) from error
    except TemplateError as error:
        raise UsageError(
            f"--template {template}: {error}; drill report --help and the README name what a "
            "template may ask for"
        ) from error


def _docxtpl() -> Any:
    try:
        import docxtpl  # noqa: PLC0415  not always there
    except ModuleNotFoundError as error:
        raise PluginError(
            f"a Word file needs {error.name}; install: pip install 'drill[docx]'"
        ) from error
    return docxtpl


def _filled(docxtpl: Any, form: bytes, context: Context) -> bytes:
    """Fill in a template; it may come from anybody, so what it says runs in a sandbox."""
    document = docxtpl.DocxTemplate(BytesIO(form))
    document.init_docx()
    for picture in (one for chapter in context["chapters"] for one in chapter["pictures"]):
        picture.tpl = document
    document.render(context, SandboxedEnvironment(autoescape=True), autoescape=True)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _packed(document: bytes) -> bytes:
    """Return the same Word file without the hour at which it was packed."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(document)) as parts, zipfile.ZipFile(file, "w") as packed:
        for name in parts.namelist():
            packed.writestr(zipfile.ZipInfo(name, _FIRST), parts.read(name), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _context(view: View, docxtpl: Any) -> Context:
    """Return what a template may ask for: all of it words that XML can hold."""
    drawn = pictures(view)
    chapters = [_chapter(one, drawn, docxtpl) for one in chapters_of(view)]
    told = {
        "title": view.title,
        "purpose": view.purpose,
        "verdict": view.verdict.value.capitalize(),
        "summary": view.summary,
        "status": _status(view),
        "facts": [{"label": label, "fact": fact} for label, fact in facts_of(view)],
        "view": view.model_dump(mode="json", exclude={"availability", "log"}),
        "ended": ended(view).isoformat(),
    }
    colour = palette()[VERDICTS[view.verdict].tone]
    big = docxtpl.RichText(in_xml(str(told["verdict"])), bold=True, color=colour, size=32)
    return {
        **_clean(told),
        "verdict_rich": big,
        "chapters": chapters,
        "chapter": {one["key"]: one for one in chapters},
    }


def _status(view: View) -> str:
    aborted = f"Aborted: {view.aborted}" if view.aborted else ""
    still = f"Not closed ({view.phase}): every figure may still change."
    return " ".join(filter(None, (aborted, still if view.closed is None else "")))


def _clean(value: Any) -> Any:
    match value:
        case str():
            return in_xml(value)
        case list():
            return [_clean(inner) for inner in value]
        case dict():
            return {in_xml(str(key)): _clean(inner) for key, inner in value.items()}
        case _:
            return value


def _chapter(one: Chapter, drawn: Mapping[str, tuple[Picture, ...]], docxtpl: Any) -> Context:
    return {
        "key": one.key,
        "title": in_xml(one.title),
        "prose": _clean(list(one.prose)),
        "pictures": [_inline(each, docxtpl) for each in drawn.get(one.drawing, ())],
        "commands": in_xml(one.commands.rstrip()),
        "after": in_xml(one.after),
        "tables": [_table(table, docxtpl) for table in one.tables],
        "points": _clean(list(one.points)),
    }


def _inline(one: Picture, docxtpl: Any) -> Any:
    """Return a picture that fits on a page, and bears what it shows in words."""
    from docx.image.image import Image  # noqa: PLC0415  needs python-docx
    from docx.shared import Mm  # noqa: PLC0415  needs python-docx

    size = Image.from_blob(one.png)
    share = size.px_width / size.px_height
    drawing = docxtpl.InlineImage(None, BytesIO(one.png), width=Mm(min(_WIDE, _TALL * share)))
    drawing.says = one.says
    return drawing


def _table(one: Table, docxtpl: Any) -> Context:
    return {
        "title": in_xml(one.title),
        "columns": [{"title": in_xml(each.title), "figure": each.figure} for each in one.columns],
        "rows": [[_cell(cell, n == 0, docxtpl) for n, cell in enumerate(row)] for row in one.rows],
        "note": in_xml(one.note),
        "evidence": in_xml(one.evidence.rstrip()),
    }


def _cell(one: Cell, first: bool, docxtpl: Any) -> Context:
    text, note = in_xml(one.text), in_xml(one.note)
    rich = docxtpl.RichText()
    if one.sign:
        colour = palette()[one.sign.tone]
        rich.add(f"{one.sign.char} {text}", bold=True, color=colour)
    else:
        rich.add(text, bold=first, font="Consolas" if one.code else None)
    if note:
        rich.add(f"\n{note}", size=_SMALL, color=palette()["dim"])
    return {"text": text, "note": note, "sign": one.sign.char if one.sign else "", "rich": rich}
