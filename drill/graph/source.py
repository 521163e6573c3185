"""Where each value of a document stands in its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from drill.model.problem import Place

Step = str | int
"""One step down into a document: a key, or the index of a list's item."""

Loc = tuple[Step, ...]
"""The way down to a value."""


class Spot(NamedTuple):
    """The position of one value, counted from 0, and of all that is in it.

    A named tuple, because a plan of 10,000 steps has 300,000 of them.
    """

    line: int
    column: int
    width: int
    """Characters on the first line; 0 for a mapping or a list."""
    keys: Mapping[Step, Any] = MappingProxyType({})
    """Each key to the spot of the key itself."""
    items: Mapping[Step, Any] = MappingProxyType({})
    """Each key, or index, to the spot of its value."""


_NOWHERE = Spot(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Source:
    """A file's lines, and the spot of each value in it."""

    path: str
    lines: tuple[str, ...] = ()
    root: Spot = _NOWHERE

    def at(self, *loc: Step) -> Place:
        """Return the place of the value at ``loc``, as near as the document has it.

        A mapping or a list is shown by its key, for its own start is its first
        item. Steps that are not in the document are passed over.
        """
        spot = shown = self.root
        for step in loc:
            if step in spot.items:
                key, spot = spot.keys.get(step), spot.items[step]
                shown = spot if spot.width or key is None else key
        return self.place(*shown[:3])

    def key(self, *loc: Step) -> Place:
        """Return the place of the key at the end of ``loc``; of its value in a list."""
        spot = shown = self.root
        for step in loc:
            if step in spot.items:
                shown, spot = spot.keys.get(step, spot.items[step]), spot.items[step]
        return self.place(*shown[:3])

    def place(self, line: int, column: int, width: int = 1) -> Place:
        """Return the place at a line and a column that are counted from 0."""
        source = self.lines[line] if line < len(self.lines) else ""
        return Place(
            path=self.path, line=line + 1, column=column + 1, width=max(1, width), source=source
        )
