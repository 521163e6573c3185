"""The free words in what a worker says; names, kinds and numbers are not words."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, get_args

from drill.model.base import Model

M = TypeVar("M", bound=Model)

LIMIT = 16_384
"""Characters of one text that a report keeps: a journal is read by people."""


def reworded(said: M, change: Callable[[str], str]) -> M:
    """Return what was said with each text of it changed.

    A field of plain ``str``, or of that or nothing, is a text, and so is all in a
    receipt, keys too. What names a step, a service or a kind is left alone: a mask
    in it would be another step.
    """
    changed = {}
    texts = _texts(type(said))
    for name in type(said).model_fields:
        before = getattr(said, name)
        after = _changed(before, change, text=name in texts)
        if after != before:
            changed[name] = after
    return said.model_copy(update=changed) if changed else said


@cache
def _texts(model: type[Model]) -> frozenset[str]:
    """Return the names of the fields that hold free words."""
    fields = model.model_fields.items()
    return frozenset(name for name, field in fields if _is_text(field.annotation))


def _is_text(annotation: Any) -> bool:
    return annotation is str or any(map(_is_text, get_args(annotation)))


def cut(text: str) -> str:
    """Return the head of a text that is too long, and say how much more there was."""
    if len(text) <= LIMIT:
        return text
    return f"{text[:LIMIT]}\n[{len(text) - LIMIT} characters more were not kept]"


def _changed(value: Any, change: Callable[[str], str], *, text: bool) -> Any:
    match value:
        case Model():
            return reworded(value, change)
        case str():
            return change(value) if text else value
        case Mapping():
            return {change(key): _changed(inner, change, text=True) for key, inner in value.items()}
        case list():
            return [_changed(inner, change, text=True) for inner in value]
        case tuple():
            return tuple(_changed(inner, change, text=text) for inner in value)
        case _:
            return value
