"""Secrets: put in on the way to a plug-in, taken out of everything that comes back."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import JsonValue

from drill.crews.spellings import sensitive, spellings
from drill.crews.words import reworded
from drill.errors import ScenarioError
from drill.model.base import Model
from drill.model.names import SECRET, Parameters

M = TypeVar("M", bound=Model)
_MASK = "***"
_PIECE = 8
"""Characters of a secret in a row that are too many: output is cut and comes in pieces."""


class Secrets:
    """Names to values; neither is ever written anywhere."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        spelled = {spelling for value in values.values() for spelling in spellings(value)}
        self._spelled = sorted(spelled, key=len, reverse=True)
        self._pieces = frozenset(
            whole[first : first + _PIECE]
            for value in values.values()
            for whole in sensitive(value)
            for first in range(len(whole) - _PIECE + 1)
        )

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

    def redact(self, said: M) -> M:
        """Return what was said with every secret value masked."""
        return reworded(said, self.mask) if self._spelled else said

    def mask(self, text: str) -> str:
        """Return a text with every secret masked, in any spelling, and every piece of one."""
        for value in self._spelled:
            text = text.replace(value, _MASK)
        if not self._pieces:
            return text
        starts = [n for n in range(len(text) - _PIECE + 1) if text[n : n + _PIECE] in self._pieces]
        for start, end in reversed(_merged(starts)):
            text = text[:start] + _MASK + text[end:]
        return text


def _merged(starts: list[int]) -> list[tuple[int, int]]:
    """Return the stretches that pieces at those places cover together."""
    spans: list[tuple[int, int]] = []
    for start in starts:
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], start + _PIECE
        else:
            spans.append((start, start + _PIECE))
    return spans
