"""The after-action report as one HTML file, which needs nothing else: no script, no other host."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.environment import TemplateModule
from markupsafe import Markup

from drill.model.view import View
from drill.report.chapters import chapters_of, facts_of
from drill.report.gantt import gantts
from drill.report.inert import inert
from drill.report.inks import FONTS, ink, marks, sheet
from drill.report.lanes import lanes_of, stretches
from drill.report.oscal import ended
from drill.report.signs import VERDICTS
from drill.report.strip import strips
from drill.report.widths import aligned, slender, widths


def html(view: View) -> str:
    """Return the report as an HTML document that can be read, printed and kept as it is."""
    return _page(view, _style("drawing.css", "report.css"))


def paper(view: View) -> str:
    """Return the same document for a program that lays out pages, and styles each SVG by itself."""
    draw: Any = drawings()
    style = _style("report.css", "print.css") + Markup(marks(draw.shapes))  # noqa: S704 - ours
    return _page(view, style, ink=Markup(ink()))  # noqa: S704 - both ship with drill


def drawings(ink: str = "") -> TemplateModule:
    """Return the macros that draw; ``ink`` is the style sheet that each drawing then carries."""
    return _environment().get_template("drawings.j2").make_module({"ink": ink})


def _page(view: View, style: Markup, ink: str = "") -> str:
    template, lanes = _environment().get_template("report.html.j2"), lanes_of(view.steps)
    page = template.render(
        view=view,
        sign=VERDICTS[view.verdict],
        facts=facts_of(view),
        chapters=chapters_of(view),
        strips=[(one, strips(view, one)) for one in view.availability],
        gantts=gantts(view),
        lanes=stretches(lanes) if ink else (lanes,),
        style=style,
        footer=_footer(view.title),
        ink=ink,
        ended=ended(view).isoformat(timespec="seconds"),
    )
    return inert(page)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("drill.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(aligned=aligned, slender=slender, widths=widths)
    return environment


@cache
def _style(*names: str) -> Markup:
    """Return our own style sheets, which need no escaping."""
    text = "".join(map(sheet, names)).replace("FONTS", FONTS)
    return Markup(text)  # noqa: S704 - they ship with drill and hold nothing of a view


def _footer(title: str) -> Markup:
    """Return the rule that prints the title on each page.

    A style sheet is no place for HTML's escaping: every character that is not
    plainly harmless is written as its CSS escape (CSS Syntax Level 3, 4.3.7).
    """
    safe = "".join(map(_css_escaped, title))
    rule = f'@page{{@bottom-left{{content:"After-action report \\b7  {safe}"}}}}'
    return Markup(rule)  # noqa: S704 - escaped above, for the language that it is written in


def _css_escaped(letter: str) -> str:
    plain = letter.isascii() and (letter.isalnum() or letter == " ")
    return letter if plain else f"\\{ord(letter):x} "
