"""Parser events to plain values and their spots, and what drill does not take from YAML."""

from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import JsonValue

from drill.graph.scalars import HIDDEN, UNPRINTABLE, scalar_of
from drill.graph.source import Source, Spot, Step
from drill.model.problem import Problem, ScenarioProblemsError

MAX_DEPTH = 64
MAX_TEXT = 1 << 17
"""Characters of one value."""
MAX_ITEMS = 20_000
"""Items of one list or mapping."""
MAX_VALUES = 600_000
"""Values of a file: 30 for each step of a list that is as long as it may be."""
MOST_PROBLEMS = 100
"""Told at once; nobody mends more before the next look, and a bomb is made of problems."""
_WRITE_OUT = "write it out: what is read is what runs"

Event = Any
"""One of PyYAML's events; its published types do not say what they carry."""


class Builder:
    """Folds the events of one stream. It notes each fault and goes on, so all are told at once."""

    def __init__(self, source: Source, events: Iterator[Event]) -> None:
        self.problems: list[Problem] = []
        self._source = source
        self._events = events
        self._values = 0

    def document(self) -> tuple[JsonValue, Spot]:
        """Return the value of the only document; an empty file says nothing: ``None``."""
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None, Spot(0, 0, 1)
        built = self._value(next(self._events), 0)
        next(self._events)  # the document's end
        more = next(self._events)
        if isinstance(more, yaml.DocumentStartEvent):
            self._note(more, "a second document", "one file holds one document")
        return built

    def _note(self, event: Event, what: str, cure: str) -> None:
        where = self._source.place(*_spot(event)[:3])
        self.problems.append(Problem(where=where, what=what, cure=cure))
        if len(self.problems) >= MOST_PROBLEMS:
            raise ScenarioProblemsError(self.problems)

    def _end(self, event: Event, what: str, cure: str) -> None:
        """Note what is too much to read on."""
        self._note(event, what, cure)
        raise ScenarioProblemsError(self.problems)

    def _value(self, event: Event, depth: int) -> tuple[JsonValue, Spot]:
        self._values += 1
        if depth > MAX_DEPTH:
            self._end(event, f"deeper than {MAX_DEPTH} levels", "flatten it")
        if self._values > MAX_VALUES:
            self._end(event, f"more than {MAX_VALUES} values", "split the file")
        if isinstance(event, yaml.AliasEvent):
            self._note(event, f"alias *{str(event.anchor)[:40]}", _WRITE_OUT)
            return None, _spot(event)
        self._refuse_extras(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event), _spot(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, depth)
        return self._mapping(event, depth)

    def _refuse_extras(self, event: Event) -> None:
        if event.anchor is not None:
            self._note(event, f"anchor &{event.anchor[:40]}", _WRITE_OUT)
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > MAX_TEXT:
            self._end(event, f"a text of more than {MAX_TEXT} characters", "put it into a file")
        if event.tag is not None:
            self._note(
                event, f"tag {str(event.tag)[:80]}", "remove it: the schema says what a value is"
            )

    def _scalar(self, event: Event) -> JsonValue:
        if event.style:  # quoted, or a block
            return self._text(event)
        try:
            return scalar_of(event.value)
        except ValueError:
            self._note(event, f"{event.value[:40]} is not a finite number", "quote it to mean text")
            return None

    def _text(self, event: Event) -> str:
        match = UNPRINTABLE.search(event.value) or HIDDEN.search(event.value)
        if match is None:
            return str(event.value)
        self._note(event, character(match[0]), "remove it")
        return ""

    def _list(self, start: Event, depth: int) -> tuple[JsonValue, Spot]:
        values: list[JsonValue] = []
        items: dict[Step, Spot] = {}
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            value, items[len(values)] = self._value(event, depth + 1)
            values.append(value)
            self._bound(start, len(values))
        return values, _spot(start)._replace(width=0, items=items)

    def _mapping(self, start: Event, depth: int) -> tuple[JsonValue, Spot]:
        values: dict[str, JsonValue] = {}
        keys: dict[Step, Spot] = {}
        items: dict[Step, Spot] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, keys, depth)
            value, spot = self._value(next(self._events), depth + 1)
            if key is not None:
                values[key], keys[key], items[key] = value, _spot(event), spot
                self._bound(start, len(values))
        return values, _spot(start)._replace(width=0, keys=keys, items=items)

    def _bound(self, start: Event, count: int) -> None:
        if count > MAX_ITEMS:
            self._end(start, f"more than {MAX_ITEMS} items", "split it")

    def _key(self, event: Event, known: dict[Step, Spot], depth: int) -> str | None:
        """Return the key's text, as JSON has it; ``None`` if the value is to be passed over."""
        if not isinstance(event, yaml.ScalarEvent):
            self._note(event, "a key that is not plain text", "write `key: value`")
            self._value(event, depth + 1)
            return None
        self._refuse_extras(event)
        if event.value == "<<" and not event.style:
            self._note(event, "merge key <<", _WRITE_OUT)
            return None
        text = self._text(event)
        if text not in known:
            return text
        first = f"the first is on line {known[text].line + 1}"
        self._note(event, f"`{text[:80]}` stands here twice", first)
        return None


def character(letter: str) -> str:
    """Say what is wrong with a character that is not taken."""
    seen = "is not seen" if HIDDEN.match(letter) else "does not print"
    return f"character U+{ord(letter):04X} {seen}"


def _spot(event: Event) -> Spot:
    """Return where an event stands in the file; only its first line counts."""
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return Spot(start.line, start.column, max(1, width))
