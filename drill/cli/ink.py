"""How the terminal shows tones and text that others wrote."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

INK: Mapping[str, Style] = {
    "good": Style(color="green"),
    "warn": Style(color="yellow"),
    "bad": Style(color="red"),
    "live": Style(color="cyan"),
    "off": Style(dim=True),
    "": Style(),
}
"""The terminal's own palette, so that its theme decides; no tone is told by colour alone."""

BOLD = Style(bold=True)
DIM = Style(dim=True)


def ink(text: str, tone: str = "", *, bold: bool = False) -> Text:
    """Return text in a tone, without anything that could command the terminal."""
    return Text(printable(text), INK[tone] + BOLD if bold else INK[tone], no_wrap=True)


def printable(text: str) -> str:
    """Return the text without control characters: a log line must not move the cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def fit(text: str, width: int) -> str:
    """Return the text in exactly ``width`` cells, cut with an ellipsis or filled up."""
    clean = printable(text)
    if cell_len(clean) <= width:
        return set_cell_size(clean, width)
    return f"{set_cell_size(clean, max(0, width - 1))}…"[: max(0, width)]


def joined(*parts: Text | str) -> Text:
    """Return one line of the parts."""
    line = Text(no_wrap=True, overflow="crop")
    for part in parts:
        line.append_text(part if isinstance(part, Text) else Text(part))
    return line


def strokes(cells: Iterable[tuple[str, str]]) -> Text:
    """Return one line of single characters, each with its tone."""
    line = Text(no_wrap=True)
    for tone, run in groupby(cells, key=itemgetter(1)):
        line.append("".join(glyph for glyph, _ in run), INK[tone])
    return line
