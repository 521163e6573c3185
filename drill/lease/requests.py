"""What may be said to the host: forms, types and sizes."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
from typing import Any, Callable

from drill.lease.answers import InvalidError

Values = dict[str, Any]
MOST_INPUT = 1 << 16
"""Bytes of a request."""
MOST_LISTED = 64


def strict_json(text: bytes) -> Values:
    """Read one JSON object that says nothing twice."""

    def once(pairs: list[tuple[str, Any]]) -> Values:
        if len({name for name, _ in pairs}) != len(pairs):
            raise InvalidError("a name is given twice")
        return dict(pairs)

    try:
        said = json.loads(text.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise InvalidError(f"not JSON: {error}") from error
    if not isinstance(said, dict):
        raise InvalidError("not a JSON object")
    return said


def like(pattern: str) -> Callable[[Any], bool]:
    """Return the test that a value is text of a form."""
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value))


def whole(least: int, most: int) -> Callable[[Any], bool]:
    """Return the test that a value is a whole number within bounds."""
    return lambda value: type(value) is int and least <= value <= most


def several(each: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Return the test that a value is a short list of such."""
    return lambda value: (
        isinstance(value, list) and len(value) <= MOST_LISTED and all(map(each, value))
    )


def is_peer(value: Any) -> bool:
    """Tell whether a value is an address or a network."""
    with contextlib.suppress(ValueError):
        return isinstance(value, str) and bool(ipaddress.ip_network(value, strict=False))
    return False


def checked(given: Any, fields: Values, optional: tuple[str, ...] = ()) -> Values:
    """Return what is given, if it is exactly what is asked for."""
    if not isinstance(given, dict) or not given.keys() <= fields.keys():
        raise InvalidError(f"say only {', '.join(fields)}")
    for name, test in fields.items():
        if not (name in given and test(given[name])) and not (
            name in optional and given.get(name) is None
        ):
            raise InvalidError(f"{name} is not what it must be")
    return given
