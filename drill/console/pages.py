"""The pages of the console: each a function of what its seat may see, and of nothing else.

They hold no inline script or style, for the server forbids both; whatever
people or hosts said is shown as it is, and acts nowhere.
"""

from collections.abc import Mapping
from functools import cache
from math import inf
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from drill.console import heading, notices, ticking
from drill.console.log import log
from drill.console.seats import Seat
from drill.console.services import cards
from drill.console.slips import Panel
from drill.console.swimlanes import swimlanes
from drill.console.yours import panels, speaks
from drill.model.view import View
from drill.report.asking import phase_in_words
from drill.report.gantt import gantts
from drill.report.inert import inert
from drill.report.signs import BAD, GOOD

_TIME = 1040.0
"""The width of the board's drawing of planned and actual time."""


def page(seat: Seat, view: View, csrf: str) -> str:
    """Return the whole page of a seat; ``view`` is what that seat may see."""
    found = _facts(seat, view, csrf)
    return _render("page.html", regions=_regions(found), **found)


def parts(seat: Seat, view: View, csrf: str) -> str:
    """Return what changes on that page, each part for its place: one event of the stream."""
    return _render("parts.html", regions=_regions(_facts(seat, view, csrf)))


def said(refused: str) -> str:
    """Return the answer to somebody who said something; empty if it counts."""
    return _render("said.html", refused=refused, sign=BAD if refused else GOOD)


def join_page(seat: Seat, problem: str = "") -> str:
    """Return the page on which somebody takes a seat, with what was wrong the last time."""
    return _render("join.html", seat=seat, problem=problem, sign=BAD)


def message_page(title: str, text: str) -> str:
    """Return a page that only says something."""
    return _render("message.html", title=title, text=text)


def links_page(links: Mapping[str, tuple[str, str]], csrf: str) -> str:
    """Return the page from which the facilitator hands out seats.

    Args:
        links: seat to its URL and the QR code of it, as an inline SVG of our own.
        csrf: what makes this session's forms its own.
    """
    drawn = {
        seat: (url, Markup(code))  # noqa: S704 - drawn by the console itself
        for seat, (url, code) in links.items()
    }
    return _render("links.html", links=drawn, csrf=csrf)


def _facts(seat: Seat, view: View, csrf: str) -> dict[str, Any]:
    own = panels(seat, view)
    return {
        "seat": seat,
        "view": view,
        "csrf": csrf,
        "mode": heading.mode_of(view),
        "phase": phase_in_words(view),
        "net": ticking.net(view),
        "gross": ticking.gross(view),
        "story": heading.story_time(view),
        "banners": notices.banners(view),
        "panels": own,
        "news": _news(own, view),
        "cards": cards(view),
        "standing": notices.standing(view),
        "duties": notices.duties(view),
        "lanes": swimlanes(view),
        "gantts": gantts(view, width=_TIME, stretch=inf),
        "log": log(view),
    }


def _news(own: tuple[Panel, ...], view: View) -> tuple[str, ...]:
    """Say what is new in a sentence or two: what a screen reader speaks."""
    asked = [slip.title for panel in own if panel.urgent for slip in panel.slips if slip.title]
    waits = f"For you now: {'; '.join(asked)}" if asked else ""
    last = view.log[-1].text if view.log else ""
    return tuple(text for text in (waits, last) if text)


_REGIONS = ("head", "banner", "news", "yours", "services", "standing", "lanes", "time", "log")
"""The parts of a page that change, by the macros that draw them; the rest of it never does."""


def _regions(found: Mapping[str, Any]) -> Mapping[str, Markup]:
    """Return the parts of a page that change, by their place on it."""
    module: Any = _environment().get_template("regions.html").make_module(dict(found))
    names = (name for name in _REGIONS if name != "yours" or speaks(found["seat"]))
    return {name: getattr(module, f"region_{name}")() for name in names}


def _render(name: str, **found: Any) -> str:
    return inert(_environment().get_template(name).render(**found))


@cache
def _environment() -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader("drill.console"), PackageLoader("drill.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
