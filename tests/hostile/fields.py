"""Every place of a text in a scenario and a targets file, as the models list them."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from drill.graph.schema import schema_of
from drill.model.scenario import Scenario
from drill.model.steps import KINDS, StoryInject
from drill.model.targets import TargetsFile

SCENARIO: dict[str, Any] = {
    "drill": 1,
    "id": "x",
    "title": "t",
    "purpose": "p",
    "threat": {"category": "c", "severity": "severe", "attack": ["T1485"]},
    "announced": True,
    "plan": "plan.md",
    "targets": "targets.yaml",
    "params": {"word": {"default": "d", "options": ["d", "e"], "description": "f"}},
    "services": {
        "shop": {
            "owner": "boss",
            "rto": {"target": "10m", "from": "onset"},
            "rpo": {"target": "1m"},
            "mbco": {"share": "50%", "over": "5s", "target": "30s"},
            "mtpd": "1h",
            "probe": {
                "uses": "http.get",
                "with": {"url": "http://127.0.0.1/", "headers": {"X-A": "b"}},
                "every": "1s",
                "within": "1s",
                "from": "observer",
                "agree": "all",
            },
            "ledger": {
                "uses": "postgres.ledger",
                "with": {"dsn": "host=/x"},
                "every": "1s",
                "within": "1s",
            },
            "stable": "3s",
        }
    },
    "stop": [{"probe": "shop", "is": "bad", "for": "1m"}],
    "limits": {"targets": 1, "faults": 1, "fault-seconds": "1h"},
    "approvals": {"needed": 2},
    "roles": {"boss": {"count": 1, "quorum": 1, "deputy": True, "absent": False}},
    "story-time": "2026-01-01T00:00:00Z",
    "about": {
        "organisation": "o",
        "sponsor": "s",
        "contact": "c",
        "location": "l",
        "classification": "c",
        "retention": "r",
        "excludes": ["e"],
        "risks": ["R1"],
        "controls": ["NIST SP 800-53 CP-4"],
        "kind": "functional",
    },
    "realism": {"pre-staged": True, "clean-data": True, "load": False},
    "assumptions": {"there": {"text": "it is there", "steps": ["tell"]}},
    "suppliers": {"acme": {"text": "t", "role": "boss", "commitment": "1h"}},
    "objectives": {"say": {"text": "it is said", "capability": "c", "steps": ["tell"]}},
    "duties": {
        "law": {"text": "l", "source": "Art. 1", "from": "lose", "to": "accept", "within": "1h"}
    },
    "steps": {
        "lose": {
            "inject": "service.stop",
            "on": "db1",
            "with": {"unit": "x.service"},
            "timeout": "1m",
            "until": "accept.ended",
        },
        "mend": {
            "recover": "ssh.command",
            "on": "db1",
            "with": {"argv": ["printf", "%s", "$param:word"], "stdin": "in"},
            "timeout": "1m",
            "after": ["lose.done"],
            "at": "T+1s",
            "story": "s",
            "expect": "1s",
            "runbook": "#mend",
            "on-failure": "stop",
        },
        "look": {
            "check": "tcp.connect",
            "on": "db1",
            "with": {"host": "127.0.0.1", "port": 1},
            "timeout": "1m",
        },
        "hear": {
            "inject": "story",
            "story": "s",
            "to": ["boss"],
            "decoy": True,
            "expected": "e",
            "questions": ["q"],
            "if-missed": ["tell"],
        },
        "tell": {
            "notify": "boss",
            "message": "m",
            "channel": "pager",
            "acknowledge": "1m",
            "escalate": [{"after": "30s", "to": "boss", "channel": "phone"}],
            "decoy": True,
        },
        "choose": {
            "decide": "q",
            "by": "boss",
            "options": {"go": "g", "stay": "h"},
            "default": {"option": "go", "after": "1m"},
        },
        "accept": {"task": "do", "by": "boss", "timeout": "1m"},
    },
}
"""One scenario that says something in every field there is; a test compares it with the models."""

TARGETS: dict[str, Any] = {
    "name": "lab",
    "hosts": {"db1": {"site": "a", "address": "192.0.2.1", "labels": {"k": "v"}}},
}

Place = tuple[str | int, ...]


def places(value: Any, below: Place = ()) -> Iterator[Place]:
    """Yield the way to every text in a document, and to every key that an author chooses."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from places(inner, (*below, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*below, index))
    elif isinstance(value, str):
        yield below


def planted(document: dict[str, Any], place: Place, payload: str) -> dict[str, Any]:
    """Return a copy of a document with the payload in one place."""
    grown = copy.deepcopy(document)
    at: Any = grown
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = payload
    return grown


def found(document: Any, place: Place) -> Any:
    """Return what stands in a place of a document."""
    for step in place:
        document = document[step]
    return document


def said(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return each model's fields that the document fills in, by the schema's own reckoning."""
    model = TargetsFile if "hosts" in document else Scenario
    return set(_filled(schema_of(model), schema_of(model), document))


def offered(model: type[BaseModel]) -> set[tuple[str, str]]:
    """Return each field of each model that may hold a text or hold what holds one."""
    schema = schema_of(model)
    models = {schema["title"]: schema, **schema.get("$defs", {})}
    return {
        (_common(title), key)
        for title, each in models.items()
        for key in each.get("properties", ())
    }


def _common(title: str) -> str:
    """Return one name for what all kinds of steps have in common."""
    return "Step" if title in {kind.__name__ for kind in (*KINDS, StoryInject)} else title


def _filled(root: Any, schema: Any, value: Any) -> Iterator[tuple[str, str]]:
    for choice in _choices(root, schema):
        if isinstance(value, list):
            for inner in value:
                yield from _filled(root, choice.get("items"), inner)
        elif isinstance(value, Mapping) and "properties" in choice:
            yield from _filled_model(root, choice, value)
        elif isinstance(value, Mapping):
            others = (
                choice.get("additionalProperties"),
                *choice.get("patternProperties", {}).values(),
            )
            for inner in value.values():
                for other in others:
                    yield from _filled(root, other, inner)


def _filled_model(root: Any, choice: Any, value: Any) -> Iterator[tuple[str, str]]:
    own = choice["properties"]
    if set(choice.get("required", ())) <= set(value) <= set(own):
        for key, inner in value.items():
            yield _common(choice["title"]), key
            yield from _filled(root, own[key], inner)


def _choices(root: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema:
        yield from _choices(root, root["$defs"][schema["$ref"].rpartition("/")[2]])
        return
    options = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for option in options:
        yield from _choices(root, option)
    if not options:
        yield schema
