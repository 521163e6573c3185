"""The after-action report as one HTML file, which needs nothing else: no script, no other host."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from drill.model.view import View
from drill.report.chapters import chapters_of, facts_of
from drill.report.gantt import gantts
from drill.report.inert import inert
from drill.report.lanes import lanes_of
from drill.report.signs import VERDICTS
from drill.report.strip import strips


def html(view: View) -> str:
    """Return the report as an HTML document that can be read, printed and kept as it is."""
    template = _environment().get_template("report.html.j2")
    page = template.render(
        view=view,
        sign=VERDICTS[view.verdict],
        facts=facts_of(view),
        chapters=chapters_of(view),
        strips=[(one, strips(view, one)) for one in view.availability],
        gantts=gantts(view),
        lanes=lanes_of(view.steps),
        style=_style(),
        footer=_footer(view.title),
    )
    return inert(page)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("drill.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> Markup:
    """Return our own style sheet, which needs no escaping."""
    text = files("drill.report").joinpath("templates/report.css").read_text("utf-8")
    return Markup(text)  # noqa: S704 - it ships with drill and holds nothing of a view


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
