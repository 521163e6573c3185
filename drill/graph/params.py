"""A scenario's parameters: what was given, and its place in the text."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue

from drill.errors import ScenarioError, UsageError
from drill.graph.absence import deputised
from drill.graph.document import document_of
from drill.graph.source import Loc
from drill.graph.words import did_you_mean
from drill.model.names import PARAM
from drill.model.problem import ScenarioProblemsError
from drill.model.scenario import Parameter, Role, Scenario

M = TypeVar("M", bound=BaseModel)

MOST = 8 * 1024 * 1024
"""Characters that parameters may add to a scenario: a long value, used often, is a bomb."""


def resolve(scenario: Scenario, given: Mapping[str, str]) -> Scenario:
    """Return the scenario with each parameter filled in, and its value as the default.

    ``$param:NAME`` alone is the value itself, inside a text it is the value as text;
    a name that is not a parameter stays for ``drill check`` to tell.

    Raises:
        UsageError: ``given`` names no parameter, or a value that it does not take.
        ScenarioError: filled in everywhere, the values take more than :data:`MOST`.
    """
    values = {name: param.default for name, param in scenario.params.items()}
    values |= {name: _typed(scenario, name, text) for name, text in given.items()}
    _assert_small(scenario, values)
    params = {
        name: param.model_copy(update={"default": values[name]})
        for name, param in scenario.params.items()
    }
    filled = scenario.model_copy(
        update={
            "params": params,
            "roles": {n: _role(role, values) for n, role in scenario.roles.items()},
            "targets": _text(scenario.targets, values),
            "services": {n: _filled(s, values) for n, s in scenario.services.items()},
            "steps": {id_: _filled(step, values) for id_, step in scenario.steps.items()},
        }
    )
    return deputised(filled)


def texts_of(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    """Yield every text that parameters reach, and where it stands."""
    yield ("targets",), scenario.targets
    for role_name, role in scenario.roles.items():
        yield from texts_in(("roles", role_name, "absent"), role.absent)
    for id_, step in scenario.steps.items():
        yield from texts_in(("steps", id_, "with"), getattr(step, "with_", None))
        yield from texts_in(("steps", id_, "message"), getattr(step, "message", None))
    for name, service in scenario.services.items():
        for part in ("probe", "ledger"):
            yield from texts_in(
                ("services", name, part, "with"),
                getattr(getattr(service, part), "with_", None),
            )


def texts_in(loc: Loc, value: Any) -> Iterator[tuple[Loc, str]]:
    """Yield every text in a value that stands at ``loc``, and where."""
    if isinstance(value, str):
        yield loc, value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield from texts_in((*loc, key), below)
    elif isinstance(value, list):
        for i, below in enumerate(value):
            yield from texts_in((*loc, i), below)


def _assert_small(scenario: Scenario, values: Mapping[str, JsonValue]) -> None:
    sizes = {name: len(as_text(value)) for name, value in values.items()}
    used = (name for _, text in texts_of(scenario) for name in PARAM.findall(text))
    if sum(sizes.get(name, 0) for name in used) > MOST:
        raise ScenarioError(
            f"params: filled in wherever they are used, they take more than {MOST} characters; "
            "put what is long into a file"
        )


def _typed(scenario: Scenario, name: str, text: str) -> JsonValue:
    """Read the text of ``--set`` as an option, or as what the default is."""
    param = scenario.params.get(name)
    if param is None:
        raise UsageError(
            f"--set {name}={text}: no parameter {name!r}; {did_you_mean(name, scenario.params)}"
        )
    if param.options:
        return _option(param, name, text)
    if isinstance(param.default, str) or param.default is None:
        return text
    return _like(param.default, name, text)


def _option(param: Parameter, name: str, text: str) -> JsonValue:
    options = {as_text(option): option for option in param.options}
    if text not in options:
        raise UsageError(f"--set {name}={text}: not one of {', '.join(options)}")
    return options[text]


def _like(default: JsonValue, name: str, text: str) -> JsonValue:
    wanted = type(default).__name__
    try:
        value = document_of(text.encode(), f"--set {name}").value
    except ScenarioProblemsError as error:
        raise UsageError(f"--set {name}={text}: a {wanted} is wanted\n{error}") from error
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if type(value) is not type(default):
        raise UsageError(f"--set {name}={text}: a {wanted} is wanted, like {as_text(default)}")
    return value


def as_text(value: JsonValue) -> str:
    """Write a value the way it stands inside a text, and on the command line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(text: str, values: Mapping[str, JsonValue]) -> str:
    return PARAM.sub(lambda m: as_text(values[m[1]]) if m[1] in values else m[0], text)


def _fill(value: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue:
    if isinstance(value, str):
        whole = PARAM.fullmatch(value)
        return values[whole[1]] if whole and whole[1] in values else _text(value, values)
    if isinstance(value, list):
        return [_fill(item, values) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, values) for key, item in value.items()}
    return value


def _role(role: Role, values: Mapping[str, JsonValue]) -> Role:
    return role.model_copy(update={"absent": _fill(role.absent, values)})


def _filled(model: M, values: Mapping[str, JsonValue]) -> M:
    """Fill in a step, or a service with its probe and its ledger."""
    update: dict[str, Any] = {}
    if hasattr(model, "with_"):
        update["with_"] = _fill(dict(model.with_), values)
    if hasattr(model, "message"):
        update["message"] = _text(model.message, values)
    for part in ("probe", "ledger"):
        if getattr(model, part, None) is not None:
            update[part] = _filled(getattr(model, part), values)
    return model.model_copy(update=update) if update else model
