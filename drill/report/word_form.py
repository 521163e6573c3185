"""drill's own Word template, made by code: the same places to be filled in as in anybody's."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from drill.model.view import View
from drill.report.chapters import chapters_of
from drill.report.inert import in_xml
from drill.report.inks import palette
from drill.report.widths import widths

_TEXT = 178
"""Millimetres between the margins of A4."""
_FONT, _CODE = "Calibri", "Consolas"
_SIZES = {
    "Normal": (10, 4), "Title": (24, 4), "Heading 1": (15, 6), "Heading 2": (11.5, 4),
    "List Bullet": (10, 3), "Subtitle": (12, 10), "Caption": (8.5, 6), "No Spacing": (8.5, 2),
}  # fmt: skip
"""Points of type, and of air below, by style."""


def own_form() -> bytes:
    """Return the template."""
    document = Document()
    _paper(document)
    _head(document)
    _chapters(document)
    return _bytes(document)


def _paper(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(16)
    section.top_margin, section.bottom_margin = Mm(17), Mm(19)
    for name, (size, below) in _SIZES.items():
        style = document.styles[name]
        style.font.name, style.font.size = _FONT, Pt(size)
        style.element.get_or_add_rPr().get_or_add_rFonts().attrib.clear()
        style.font.name = _FONT
        style.font.color.rgb = _colour("dim" if name in {"Subtitle", "Caption"} else "ink")
        style.font.bold = style.font.bold and name != "Caption"
        style.font.italic = False
        style.paragraph_format.space_after = Pt(below)
    document.styles["Heading 1"].paragraph_format.space_before = Pt(20)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    document.styles["Normal"].element.get_or_add_rPr().append(language)
    footer = section.footer.paragraphs[0]
    footer.style = document.styles["Caption"]
    footer.add_run("After-action report \N{MIDDLE DOT} {{ title }} \N{MIDDLE DOT} page ")
    _field(footer, "PAGE")
    footer.add_run(" of ")
    _field(footer, "NUMPAGES")


def _colour(name: str) -> RGBColor:
    return RGBColor.from_string((palette()[name].removeprefix("#") * 2)[:6].upper())


def _field(paragraph: Any, name: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    paragraph._p.append(field)  # noqa: SLF001 - python-docx has no fields of its own


def _head(document: Any) -> None:
    document.add_paragraph("After-action report", "Caption")
    document.add_paragraph("{{ title }}", "Title")
    document.add_paragraph("{{ purpose }}", "Subtitle")
    document.add_paragraph("{{r verdict_rich }}")
    document.add_paragraph("{{ summary }}")
    for line in ("{%p if status %}", "{{ status }}", "{%p endif %}"):
        document.add_paragraph(line)
    facts = document.add_table(3, 2)
    facts.rows[0].cells[0].text = "{%tr for one in facts %}"
    facts.rows[1].cells[0].text, facts.rows[1].cells[1].text = "{{ one.label }}", "{{ one.fact }}"
    facts.rows[2].cells[0].text = "{%tr endfor %}"


def _chapters(document: Any) -> None:
    for text, style in _lines():
        if text == "TABLE":
            _grid(document)
        else:
            document.add_paragraph(text, style)


def _lines() -> Iterator[tuple[str, str]]:
    """Yield the paragraphs of a chapter, and their style."""
    yield "{%p for chapter in chapters %}", "Normal"
    yield "{{ chapter.title }}", "Heading 1"
    yield from _each("text", "chapter.prose", "Normal")
    yield from _each("picture", "chapter.pictures", "Normal")
    yield from _if("chapter.commands", "No Spacing")
    yield from _if("chapter.after", "Normal")
    yield "{%p for table in chapter.tables %}", "Normal"
    yield from _if("table.title", "Heading 2")
    yield "TABLE", ""
    yield from _if("table.evidence", "No Spacing")
    yield "{{ table.note }}", "Caption"
    yield "{%p endfor %}", "Normal"
    yield from _each("text", "chapter.points", "List Bullet")
    yield "{%p endfor %}", "Normal"


def _each(name: str, those: str, style: str) -> Iterator[tuple[str, str]]:
    yield f"{{%p for {name} in {those} %}}", "Normal"
    yield f"{{{{ {name} }}}}", style
    yield "{%p endfor %}", "Normal"


def _if(what: str, style: str) -> Iterator[tuple[str, str]]:
    yield f"{{%p if {what} %}}", "Normal"
    yield f"{{{{ {what} }}}}", style
    yield "{%p endif %}", "Normal"


def _grid(document: Any) -> None:
    table = document.add_table(4, 3)
    rows = (
        ("{%tc for column in table.columns %}", "{{ column.title }}", "{%tc endfor %}"),
        ("{%tr for row in table.rows %}", "", ""),
        ("{%tc for cell in row %}", "{{r cell.rich }}", "{%tc endfor %}"),
        ("{%tr endfor %}", "", ""),
    )
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
            cell.paragraphs[0].style = document.styles["No Spacing"]


def finish(filled: bytes, view: View, context: dict[str, Any]) -> bytes:
    """Return the filled-in template with what Jinja cannot say: widths, rules, pictures' words."""
    document = Document(BytesIO(filled))
    sheets = [table for chapter in chapters_of(view) for table in chapter.tables]
    first, *grids = document.tables
    _set(first, (26.0, 74.0), (False, False))
    for grid, sheet in zip(grids, sheets, strict=True):
        _set(grid, widths(sheet), tuple(column.figure for column in sheet.columns))
        _lead(grid.rows[0])
    drawn = [one for chapter in context["chapters"] for one in chapter["pictures"]]
    for shape, one in zip(document.inline_shapes, drawn, strict=True):
        shape._inline.docPr.set("descr", one.says)  # noqa: SLF001 - it has no other way in
    _sign(document, view, datetime.fromisoformat(context["ended"]))
    return _bytes(document)


def _set(grid: Any, shares: tuple[float, ...], figures: tuple[bool, ...]) -> None:
    """Give a table its widths and hairlines, and set its figures flush right."""
    grid.autofit = False
    sizes = [Mm(_TEXT * share / 100) for share in shares]
    for column, size in zip(grid._tbl.tblGrid.gridCol_lst, sizes, strict=True):  # noqa: SLF001 - python-docx has no other way
        column.w = size
    for row in grid._tbl.tr_lst:  # noqa: SLF001 - python-docx's own way takes minutes for a log
        _whole(row)
        for cell, size, figure in zip(row.tc_lst, sizes, figures, strict=True):
            cell.width = size
            _ruled(cell)
            if figure:
                for paragraph in cell.p_lst:
                    paragraph.get_or_add_pPr().jc_val = WD_ALIGN_PARAGRAPH.RIGHT


def _whole(row: Any) -> None:
    """Keep a row on one page."""
    row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _ruled(cell: Any) -> None:
    borders, below = OxmlElement("w:tcBorders"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "4"), ("color", palette()["line"][1:])):
        below.set(qn(f"w:{name}"), value)
    borders.append(below)
    cell.get_or_add_tcPr().append(borders)


def _lead(row: Any) -> None:
    """Make a row the head of its table, on each page that it reaches."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - python-docx has no other way
    for cell in row.cells:
        for run in (run for paragraph in cell.paragraphs for run in paragraph.runs):
            run.font.color.rgb = _colour("dim")


def _sign(document: Any, view: View, ended: datetime) -> None:
    told = document.core_properties
    told.title, told.subject = in_xml(f"After-action report: {view.title}")[:255], view.run[:255]
    told.author = told.last_modified_by = "drill"
    told.comments, told.language = "", "en-GB"
    told.created = told.modified = ended.astimezone(UTC)


def _bytes(document: Any) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()
