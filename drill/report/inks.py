"""The style of drawings that stand alone: what a page lends by its variables is written out.

WeasyPrint styles each SVG by itself, and so does what makes pictures for Word:
neither sees the style sheet of the page, and neither knows ``var()``.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from urllib.parse import quote

TONES = ("good", "warn", "bad", "live", "off")
FONTS = 'Inter, Roboto, "Helvetica Neue", Arial, "Liberation Sans", "DejaVu Sans", sans-serif'
_RULE = re.compile(r"([^{}]+)\{([^}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_VARIABLE = re.compile(r"var\(--([\w-]+)(?:, \w+)?\)")


def sheet(name: str) -> str:
    """Return a style sheet that ships with drill."""
    return files("drill.report").joinpath(f"templates/{name}").read_text("utf-8")


@cache
def palette() -> Mapping[str, str]:
    """Return the colours of paper, by the name of their variable."""
    light = sheet("report.css").split(":root {")[1].split("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", light))


@cache
def ink() -> str:
    """Return the style sheet that a drawing carries in itself."""
    text = _COMMENT.sub("", sheet("drawing.css"))
    rules = [rule for found in _RULE.finditer(text) for rule in _resolved(found[1], found[2])]
    return "".join([f"text{{font-family:{FONTS}}}", *rules])


def _resolved(selector: str, body: str) -> Iterator[str]:
    """Yield a rule as it stands, or once for each tone that it may have."""
    names = [part.strip().removeprefix(".drawing ") for part in selector.split(",")]
    if "tone)" not in body and "tone," not in body:
        yield f"{','.join(names)}{{{_filled(body, {})}}}"
        return
    for tone in TONES:
        own = {"tone": palette()[tone], "soft-tone": palette()[f"{tone}-soft"]}
        toned = ",".join(each for name in names for each in _toned(name, tone))
        yield f"{toned}{{{_filled(body, own)}}}"


def _toned(selector: str, tone: str) -> Iterator[str]:
    """Yield the selector with the tone at what is around it, and at its own outermost part."""
    first, _, rest = selector.partition(" ")
    yield f".tone-{tone} {selector}"
    if rest:
        yield f"{first}.tone-{tone} {rest}"


def _filled(body: str, own: Mapping[str, str]) -> str:
    known = {**palette(), **own}
    return _VARIABLE.sub(lambda found: known[found[1]], body).strip()


def marks(shapes: Mapping[str, str]) -> str:
    """Return the style sheet that paints the sign of a state: decoration, which nobody reads out.

    Args:
        shapes: the path of each glyph.
    """
    return "".join(
        f'.glyph-{glyph}.ink-{tone}{{background-image:url("{_uri(path, palette()[tone])}")}}\n'
        for glyph, path in shapes.items()
        for tone in TONES
    )


def _uri(path: str, colour: str) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="{path}" '
        f'fill="none" stroke="{colour}" stroke-width="2.4" stroke-linecap="round" '
        'stroke-linejoin="round"/></svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"
