"""Checks of the plug-ins a scenario uses, and of what it tells them; nothing is run."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema

from drill.errors import PluginError
from drill.graph.case import Case, Catalogue, Demanding, Shelf
from drill.graph.params import texts_in
from drill.graph.schema import Schema, schema_of, within
from drill.graph.source import Loc
from drill.graph.words import did_you_mean, problem_of
from drill.model.base import Model
from drill.model.names import IN_SIGHT, SECRET, Parameters
from drill.model.problem import Problem
from drill.model.scenario import Scenario
from drill.model.steps import SERVICE_STATE, ServiceState, StoryInject

SORTS = {
    "inject": ("faults", "fault"),
    "recover": ("actions", "action"),
    "check": ("probes", "probe"),
    "probe": ("probes", "probe"),
    "ledger": ("ledgers", "ledger"),
}
"""Where a plug-in is named, to its shelf in the catalogue and its word."""

(_MARK,) = IN_SIGHT


@dataclass(frozen=True, slots=True)
class Use:
    """One plug-in, named at ``loc`` and told ``told`` at ``with_loc``."""

    sort: str
    name: str
    told: Parameters
    loc: Loc
    with_loc: Loc


def uses_of(scenario: Scenario) -> Iterator[Use]:
    """Yield every use of a plug-in."""
    for id_, step in scenario.steps.items():
        if step.kind in SORTS and not isinstance(step, StoryInject):
            told: Parameters = getattr(step, "with_", {})
            yield _use(("steps", id_), step.kind, step.kind, getattr(step, step.kind), told)
    for name, service in scenario.services.items():
        for sort, part in (("probe", service.probe), ("ledger", service.ledger)):
            if part is not None:
                yield _use(("services", name, sort), sort, "uses", part.uses, part.with_)


def _use(base: Loc, sort: str, key: str, name: str, told: Parameters) -> Use:
    return Use(sort, name, told, (*base, key), (*base, "with"))


def plugins(case: Case) -> Iterator[Problem]:
    """Yield each plug-in that is not there, and each parameter that it refuses."""
    for use in uses_of(case.scenario):
        attribute, word = SORTS[use.sort]
        shelf: Shelf = getattr(case.catalogue, attribute)
        reserved = [SERVICE_STATE] if use.sort == "check" else []
        if use.name in reserved:
            yield from _refused(case, use, ServiceState)
        elif use.name not in shelf:
            cure = did_you_mean(use.name, [*shelf, *reserved])
            yield case.error(use.loc, f"there is no {word} `{use.name}`", cure)
        else:
            yield from _told(case, use, shelf)


def _told(case: Case, use: Use, shelf: Shelf) -> Iterator[Problem]:
    try:
        offer = shelf[use.name]
    except PluginError as error:
        yield case.error(use.loc, str(error))
        return
    yield from _refused(case, use, offer.params)
    yield from _in_sight(case, use, offer.params)
    if isinstance(offer, Demanding) and (lack := offer.lacks()):
        what, _, cure = lack.partition("; ")
        yield case.warning(use.loc, f"`{use.name}` cannot be run here: {what}", cure)


def assert_equipped(scenario: Scenario, catalogue: Catalogue) -> None:
    """Refuse to begin what this machine cannot do: the scenario is sound, the machine lacks.

    Raises:
        PluginError: a plug-in that it uses needs what is not installed.
    """
    for use in uses_of(scenario):
        shelf: Shelf = getattr(catalogue, SORTS[use.sort][0])
        offer: object = None if use.name == SERVICE_STATE else shelf[use.name]
        if isinstance(offer, Demanding) and (lack := offer.lacks()):
            raise PluginError(f"{use.name}: {lack}")


def _in_sight(case: Case, use: Use, params: type[Model]) -> Iterator[Problem]:
    for key, field in _schema(params).get("properties", {}).items():
        if not field.get(_MARK):
            continue
        for loc, text in texts_in((*use.with_loc, key), use.told.get(key)):
            if SECRET.search(text):
                what = f"a secret in `{key}` would be on a command line, which everybody can read"
                yield case.error(loc, what, "hand it over by another parameter")


def _refused(case: Case, use: Use, params: type[Model]) -> Iterator[Problem]:
    try:
        params.model_validate(dict(use.told))
    except ValidationError as error:
        schema = _schema(params)
        for detail in error.errors():
            if not _will_be_secret(detail, schema):
                yield problem_of(detail, schema, case.source, case.written_at(use.with_loc))


@cache
def _schema(params: type[Model]) -> Schema:
    """Return the schema of what a plug-in is told; each plug-in's once, for many steps use it."""
    try:
        return schema_of(params)
    except PydanticInvalidForJsonSchema:
        return {}  # a stranger's exotic field: the error is told without its meaning


def _will_be_secret(detail: Any, schema: Schema) -> bool:
    """Tell whether a text was refused only for what it will not be when it is used."""
    written = detail["input"]
    if not isinstance(written, str) or not SECRET.search(written):
        return False
    return any(choice.get("type") == "string" for choice in within(schema, detail["loc"]))
