"""Secrets: put in on the way to a plug-in, taken out of everything that comes back."""

import json
from collections.abc import Mapping
from typing import TypeVar

from pydantic import JsonValue

from drill.errors import ScenarioError
from drill.model.base import Model
from drill.model.scenario import SECRET, Parameters

M = TypeVar("M", bound=Model)
_MASK = "***"


class Secrets:
    """Names to values; neither is ever written anywhere."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        spelled = {spelling for value in values.values() for spelling in _spellings(value)}
        self._spelled = sorted(spelled, key=len, reverse=True)

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
        text = said.model_dump_json()
        if not any(value in text for value in self._spelled):
            return said
        for value in self._spelled:
            text = text.replace(value, _MASK)
        return type(said).model_validate_json(text)


def _spellings(value: str) -> tuple[str, ...]:
    """Return a secret as JSON spells it, and the password in it if it is a connection string."""
    parts = [value]
    parts += [part.partition("=")[2] for part in value.split() if part.startswith("password=")]
    return tuple(json.dumps(part, ensure_ascii=False)[1:-1] for part in parts if part)
