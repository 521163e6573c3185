"""The JSON Schemas that editors complete by: the models', and what each plug-in is told."""

from collections.abc import Iterator
from typing import Any

from pydantic.errors import PydanticInvalidForJsonSchema

from drill.errors import PluginError
from drill.graph.case import Catalogue, Shelf
from drill.graph.schema import Schema, schema_of
from drill.graph.uses import SORTS
from drill.model.base import Model
from drill.model.names import PARAM, SECRET
from drill.model.scenario import Scenario
from drill.model.steps import SERVICE_STATE, STORY, ServiceState
from drill.model.targets import TargetsFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OWNERS = {
    "Inject": ("inject", "inject"),
    "Recover": ("recover", "recover"),
    "Check": ("check", "check"),
    "ServiceProbe": ("probe", "uses"),
    "ServiceLedger": ("ledger", "uses"),
}
"""The model that names a plug-in, to the sort of plug-in and the key it is named by."""

_REFERENCE = {
    "description": "A parameter's or a secret's place.",
    "type": "string",
    "anyOf": [{"pattern": PARAM.pattern}, {"pattern": SECRET.pattern}],
}


def targets_schema() -> dict[str, Any]:
    """Return the schema of a targets file."""
    return {"$schema": _DIALECT, **schema_of(TargetsFile)}


def scenario_schema(catalogue: Catalogue) -> dict[str, Any]:
    """Return the schema of a scenario, with the parameters of each plug-in that can be loaded."""
    schema = schema_of(Scenario)
    defs = schema["$defs"]
    defs["Reference"] = _REFERENCE
    for owner, (sort, key) in _OWNERS.items():
        rules = []
        for name, params in _models(catalogue, sort):
            told = f"{sort}-{name}"
            defs |= _told(params, told)
            named = {"properties": {key: {"const": name}}, "required": [key]}
            with_ = {"properties": {"with": {"$ref": f"#/$defs/{told}"}}}
            rules.append({"if": named, "then": with_})
        if rules:
            defs[owner]["allOf"] = rules
    defs["Inject"]["properties"]["inject"]["not"] = {"const": STORY}  # that is a kind of its own
    return {"$schema": _DIALECT, **schema}


def _models(catalogue: Catalogue, sort: str) -> Iterator[tuple[str, type[Model]]]:
    shelf: Shelf = getattr(catalogue, SORTS[sort][0])
    for name in shelf:
        try:
            yield name, shelf[name].params
        except PluginError:
            continue  # completion without it beats none; `drill check` tells why
    if sort == "check":
        yield SERVICE_STATE, ServiceState


def _told(params: type[Model], name: str) -> dict[str, Any]:
    """Return the definitions that describe one plug-in's parameters."""
    try:
        schema = schema_of(params, prefix=f"{name}-")
    except PydanticInvalidForJsonSchema:
        return {name: {"type": "object"}}
    inner = {f"{name}-{key}": _open(below) for key, below in schema.pop("$defs", {}).items()}
    return {name: _open(schema), **inner}


def _open(schema: Schema) -> Schema:
    """Let a reference stand for each of the values: it is filled in later."""
    if "properties" not in schema:
        return schema
    filled = {
        key: {"description": value.get("description", ""), "anyOf": [value, _TO_REFERENCE]}
        for key, value in schema["properties"].items()
    }
    return {**schema, "properties": filled}


_TO_REFERENCE = {"$ref": "#/$defs/Reference"}
