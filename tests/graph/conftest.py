"""One good scenario, a catalogue that needs no plug-in, and a way to ask for the problems."""

from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from pydantic import Field

from drill.errors import PluginError
from drill.graph.check import problems_of
from drill.graph.load import read_with_places
from drill.model.base import Model
from drill.model.names import IN_SIGHT
from drill.model.problem import Problem, ScenarioProblemsError
from drill.model.scenario import Scenario
from drill.model.targets import Target

GOOD = """\
drill: 1
id: lose-a-host
title: A host dies
plan: plan.md
targets: lab.yaml
params:
  mode: {default: async, options: [async, sync]}
services:
  shop:
    owner: boss
    rto: {target: 10m}
    rpo: {target: 1m}
    probe: {uses: http.get, with: {url: "http://shop"}, every: 100ms, within: 1s}
    ledger: {uses: sql.ledger, with: {dsn: "$secret:dsn"}, every: 50ms}
roles:
  boss: {}
  ops: {count: 2, deputy: true}
steps:
  lose:
    inject: host.off
    on: db1
    timeout: 10s
    until: accept.ended
  seen:
    check: service.state
    with: {service: shop, is: bad}
    after: [lose]
    timeout: 10s
  alert:
    notify: ops
    message: "mode $param:mode"
    after: [seen]
    acknowledge: 1m
  choose:
    decide: Fail over?
    by: ops
    options: {go: yes, stay: no}
    default: {option: go, after: 1m}
    after: [alert]
  move:
    recover: playbook
    with: {playbook: move.yml, port: 80, mode: "$param:mode"}
    on: db2
    after: [choose.go]
    expect: 20s
    timeout: 2m
    runbook: "#move"
  back:
    check: service.state
    with: {service: shop, is: good, for: 3s}
    after: [move]
    timeout: 1m
  accept:
    task: Place an order.
    by: boss
    after: [back]
    timeout: 1m
  rejoin:
    recover: playbook
    with: {playbook: rejoin.yml}
    on: db1
    after: [lose.undone]
    timeout: 1m
stop:
  - {probe: shop, for: 1m}
"""
PLAN = b"# The plan\n\n## Move\n"


class OffParams(Model):
    hard: bool = True


class PlaybookParams(Model):
    playbook: str = Field(description="The file that is played.")
    port: int = Field(default=22, ge=1)
    mode: str = ""
    tags: Annotated[tuple[str, ...], Field(json_schema_extra=IN_SIGHT)] = ()


class UrlParams(Model):
    url: str = Field(pattern="^https?://")


class DsnParams(Model):
    dsn: str = Field(pattern="^postgres")


class Plugin:
    """Stands for any plug-in: all that a check asks of one are its parameters."""

    def __init__(self, params: type[Model]) -> None:
        self.params = params
        self.removal = "power it on"
        self.from_afar = params is UrlParams


class FakeShelf(dict[str, Plugin]):
    """A shelf whose plug-in ``broken`` cannot be loaded, as after a bad installation."""

    def __getitem__(self, name: str) -> Plugin:
        if name == "broken":
            raise PluginError("fault 'broken' cannot be loaded: no module; reinstall it")
        return super().__getitem__(name)


class FakeCatalogue:
    """Four shelves with what the good scenario uses."""

    def __init__(self) -> None:
        self.actions = FakeShelf(playbook=Plugin(PlaybookParams))
        self.faults = FakeShelf({"host.off": Plugin(OffParams), "broken": Plugin(OffParams)})
        probes = {"http.get": Plugin(UrlParams), "dsn.query": Plugin(DsnParams)}
        probes["broken"] = Plugin(OffParams)
        self.probes = FakeShelf(probes)
        self.ledgers = FakeShelf({"sql.ledger": Plugin(DsnParams)})


TARGETS = tuple(Target(name=name, site="a", address="192.0.2.1") for name in ("db1", "db2"))


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def scenario() -> Scenario:
    return read_with_places(GOOD.encode(), "good.yaml", Scenario)[0]


@pytest.fixture
def catalogue() -> FakeCatalogue:
    return FakeCatalogue()


@pytest.fixture
def targets() -> tuple[Target, ...]:
    return TARGETS


@pytest.fixture
def problems(catalogue):
    """Return what is wrong with a text, be it in its form or in its meaning."""

    def ask(
        text: str, files: Mapping[str, bytes | None] | None = None, **more: Any
    ) -> tuple[Problem, ...]:
        try:
            scenario, source = read_with_places(text.encode(), "x.yaml", Scenario)
        except ScenarioProblemsError as error:
            return error.problems
        files = {"plan.md": PLAN} if files is None else files
        return problems_of(scenario, TARGETS, catalogue, source, files=files, **more)

    return ask
