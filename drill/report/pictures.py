"""The drawings of a report as pictures, for a format that knows no SVG."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from drill.errors import PluginError
from drill.model.view import View
from drill.report.gantt import gantts
from drill.report.html import drawings
from drill.report.inert import in_xml
from drill.report.inks import ink
from drill.report.lanes import lanes_of, stretches
from drill.report.strip import strips

_SVG = re.compile(r'<svg class="drawing" (.*?)</svg>', re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
_ZOOM = 2.0
"""Picture dots to a unit of the drawing: 192 to the inch of a screen."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as PNG, and what it shows, for who cannot see it."""

    png: bytes
    says: str


def pictures(view: View) -> Mapping[str, tuple[Picture, ...]]:
    """Return the pictures of each drawing that a chapter may name.

    Raises:
        PluginError: what makes them is not installed.
    """
    draw: Any = drawings(ink())
    parts, lanes = gantts(view), stretches(lanes_of(view.steps)) if view.steps else ()
    figures = {
        "availability": [
            draw.availability(one, strips(view, one), number)
            for number, one in enumerate(view.availability)
        ],
        "time": [draw.time(one, number, len(parts)) for number, one in enumerate(parts, 1)],
        "lanes": [draw.lanes(one, n, len(lanes)) for n, one in enumerate(lanes, 1)],
    }
    return {
        name: tuple(_picture(svg) for text in drawn for svg in _SVG.findall(in_xml(str(text))))
        for name, drawn in figures.items()
    }


def _picture(svg: str) -> Picture:
    try:
        from resvg_py import svg_to_bytes  # noqa: PLC0415  not always there
    except ModuleNotFoundError as error:
        raise PluginError(
            f"a drawing in Word needs {error.name}; install: pip install 'drill[docx]'"
        ) from error
    whole = f'<svg xmlns="http://www.w3.org/2000/svg" {svg}</svg>'
    titled = _TITLE.search(svg)
    says = unescape(titled[1]) if titled else "drawing"
    return Picture(svg_to_bytes(svg_string=whole, zoom=_ZOOM, background="#ffffff"), says)
