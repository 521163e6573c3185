"""JSON Schema (draft 2020-12) of the files people write, and what it knows about each place.

One source for the editor's completion, ``drill schema`` and "did you mean": the
models.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema
from typing_extensions import override

from drill.graph.source import Step
from drill.model.time import format_duration

Schema = Mapping[str, Any]


class _Generator(GenerateJsonSchema):
    """Pydantic's, in the words of the scenario language."""

    @override
    def encode_default(self, dft: Any) -> Any:
        """Write a default duration the way an author would."""
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    @override
    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        """Refuse keys that are no names, as the models do."""
        made = super().dict_schema(schema)
        return made | {"additionalProperties": False} if "patternProperties" in made else made


def schema_of(model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    """Return the JSON Schema of what ``model`` reads; ``prefix`` sets its ``$defs`` apart.

    Raises:
        PydanticInvalidForJsonSchema: it has a field that JSON Schema cannot describe.
    """
    return model.model_json_schema(
        schema_generator=_Generator, ref_template=f"#/$defs/{prefix}{{model}}"
    )


def within(root: Schema, loc: Iterable[Step]) -> list[Schema]:
    """Return the schemas that govern the place ``loc``; several where a choice is open.

    A step that names a member of a choice by its title (pydantic's tag) narrows it;
    a step the schema does not know is passed over.
    """
    here = list(_choices(root, root))
    for step in loc:
        tagged = [schema for schema in here if schema.get("title") == step]
        below = [choice for schema in here for choice in _below(root, schema, step)]
        here = tagged or below or here
    return here


def keys_of(schemas: Iterable[Schema]) -> list[str]:
    """Return every key that may stand at a place, as the models order them."""
    return list(dict.fromkeys(key for schema in schemas for key in schema.get("properties", ())))


def describes(schemas: Iterable[Schema]) -> str:
    """Return what the models say about a place, or nothing."""
    return next((schema["description"] for schema in schemas if "description" in schema), "")


def _choices(root: Schema, schema: Schema) -> Iterator[Schema]:
    """Yield a schema, and each it leaves a choice of, with references followed."""
    yield schema
    if "$ref" in schema:
        yield from _choices(root, root["$defs"][schema["$ref"].rpartition("/")[2]])
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _choices(root, choice)


def _below(root: Schema, schema: Schema, step: Step) -> Iterator[Schema]:
    if step in schema.get("properties", {}):
        yield from _choices(root, schema["properties"][step])
    elif isinstance(step, int):
        yield from _choices(root, schema.get("items", {}))
    else:
        anything = schema.get("additionalProperties")
        patterns = schema.get("patternProperties", {}).values()
        for value in (*patterns, *([anything] if isinstance(anything, Mapping) else ())):
            yield from _choices(root, value)
