"""Secrets: put in on the way to a plug-in, taken out of everything that comes back.

What is taken out is replaced by ``[secret:NAME]``. Where a text passes: the crew
takes secrets out of each report before anything of it waits or is cut, the
journal's one write point (:mod:`drill.engine.scrubbed`) out of every event whatever its
source, and the command line out of what is printed (:mod:`drill.cli.hush`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import JsonValue

from drill.crews.spellings import passwords, plain_of, sensitive, spellings
from drill.crews.words import reworded
from drill.errors import ScenarioError
from drill.model.base import Model
from drill.model.events import Event, ExerciseOpened
from drill.model.names import SECRET, Parameters

M = TypeVar("M", bound=Model)
Span = tuple[int, int, str]
"""Where a secret begins and ends in a text, and its name."""

SHORTEST = 6
"""Characters that a secret needs: a shorter one is in every other word, and cannot be taken out."""
_PIECE = 8
"""Characters of a secret in a row that are too many: output is cut and comes in pieces."""
_EDGE = 5
"""The same, where a line begins or ends with them: that is where it was cut."""


class Secrets:
    """Names to values; no value is ever written anywhere."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self._spelled = {
            spelling: name for name, value in values.items() for spelling in spellings(value)
        }
        self._pieces = {
            whole[first : first + _PIECE]: name
            for name, value in values.items()
            for whole in sensitive(value)
            for first in range(len(whole) - _PIECE + 1)
        }
        self._plain = {part: name for name, value in values.items() for part in plain_of(value)}
        masks = (re.escape(_mask(name)) for name in values)
        self._masked = re.compile(f"({'|'.join(masks)})")

    def fill(self, params: Parameters) -> dict[str, JsonValue]:
        """Return the parameters with each ``$secret:NAME`` replaced.

        Raises:
            ScenarioError: there is no such secret.
        """
        return {key: self._filled(value) for key, value in params.items()}

    def _filled(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return SECRET.sub(lambda found: self._value(found[1]), value)
        if isinstance(value, dict):
            return {key: self._filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner) for inner in value]
        return value

    def _value(self, name: str) -> str:
        if name not in self._values:
            raise ScenarioError(f"no secret named {name!r}; give it with --secret {name}=env:VAR")
        return self._values[name]

    def short(self) -> str | None:
        """Return the name of a secret that is too short to be taken out, or has such a password."""
        for name, value in self._values.items():
            if any(len(part) < SHORTEST for part in (value, *filter(None, passwords(value)))):
                return name
        return None

    def standing_in(self, text: str) -> str | None:
        """Return the name of a secret that stands in a text, whole and in whatever spelling."""
        return next((name for value, name in self._spelled.items() if value in text), None)

    def scrub(self, event: Event) -> Event:
        """Return what happened as the journal may keep it.

        An opening's plan is what its author wrote, was looked through before
        anything began, and must stay what its digest is of.
        """
        if not isinstance(event, ExerciseOpened):
            return self.redact(event)
        told = {name: self.mask(said) for name, said in event.environment.items()}
        return event.model_copy(update={"environment": told})

    def redact(self, said: M) -> M:
        """Return what was said with every secret value masked."""
        return reworded(said, self.mask) if self._spelled else said

    def mask(self, text: str) -> str:
        """Return a text with every secret masked, in any spelling, and every piece of one."""
        if not self._spelled:
            return text
        parts = self._masked.split(text)  # every second one is masked already
        return "".join(part if n % 2 else self._without(part) for n, part in enumerate(parts))

    def _without(self, text: str) -> str:
        found = sorted(self._found(text), key=lambda span: (span[0], -span[1]))
        left, at = [], 0
        for start, end, name in _merged(found):
            left += [text[at:start], _mask(name)]
            at = end
        return "".join([*left, text[at:]])

    def _found(self, text: str) -> Iterator[Span]:
        for value, name in self._spelled.items():
            start = text.find(value)
            while start >= 0:
                yield start, start + len(value), name
                start = text.find(value, start + 1)
        yield from self._at_edges(text)
        for start in range(len(text) - _PIECE + 1):
            if name := self._pieces.get(text[start : start + _PIECE], ""):
                yield start, start + _PIECE, name

    def _at_edges(self, text: str) -> Iterator[Span]:
        """Yield what is left of a secret at either end of a line, where output was cut or split."""
        first = 0
        for line in text.split("\n"):
            for whole, name in self._plain.items():
                if _EDGE <= len(line) <= _PIECE and line in whole:
                    yield first, first + len(line), name
                for size in range(_EDGE, min(_PIECE, len(whole))):
                    if line.endswith(whole[:size]):
                        yield first + len(line) - size, first + len(line), name
                    if line.startswith(whole[-size:]):
                        yield first, first + size, name
            first += len(line) + 1


def _mask(name: str) -> str:
    return f"[secret:{name}]"


def _merged(found: list[Span]) -> list[Span]:
    """Return the stretches that what was found covers together, each by the name it begins with."""
    spans: list[Span] = []
    for start, end, name in found:
        if spans and (start < spans[-1][1] or (start, name) == spans[-1][1:]):
            first, last, named = spans[-1]
            spans[-1] = first, max(last, end), named
        else:
            spans.append((start, end, name))
    return spans
