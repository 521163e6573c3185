"""The published schema says what the loader says."""

from enum import Enum

import jsonschema
import pytest

from drill.graph.document import document_of
from drill.graph.load import load, read
from drill.graph.published import scenario_schema, targets_schema
from drill.graph.schema import describes, keys_of, schema_of, within
from drill.model.base import Model
from drill.model.problem import ScenarioProblemsError
from drill.model.scenario import Scenario
from drill.model.targets import TargetsFile

LAB = """\
name: two-sites
sites: {a: {network: 10.10.0.0/16}}
hosts:
  db1: {site: a, address: 10.10.0.15, role: primary}
  db2: {site: a, address: 10.10.0.16, labels: {rack: r1}}
"""


class Inner(Model):
    port: int


class Size(Enum):
    SMALL = "small"


class Outer(Model):
    inner: Inner
    size: Size = Size.SMALL
    more: dict[str, Inner] = {}


class Exotic(Model):
    """A stranger's parameters that JSON Schema has no word for."""

    kind: type = int


@pytest.fixture
def validator(catalogue):
    schema = scenario_schema(catalogue)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _document(text):
    return document_of(text.encode(), "x").value


def test_a_good_scenario_fits(validator, good):
    assert list(validator.iter_errors(_document(good))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    on: db2\n", ""),
        ("    expect: 20s", "    expct: 20s"),
        ("expect: 20s", "expect: 20"),
        ("  alert:\n", "  Alert:\n"),
        ("rto: {target: 10m}", "rto: {target: 10m, from: onst}"),
        ("drill: 1", "drill: 2"),
        ("  boss: {}", "  boss: []"),
        ("options: {go: yes, stay: no}", "options: {go: yes}"),
        ("deputy: true", "deputy: yes"),
        ("count: 2", "count: 0"),
        ("    task: Place an order.", "    task: Place an order.\n    notify: ops"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(validator, good, old, new):
    bad = good.replace(old, new, 1)
    with pytest.raises(ScenarioProblemsError):
        load(bad.encode(), "x")
    assert not validator.is_valid(_document(bad))


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        ("port: 80", "port: 0", False),
        ("port: 80", "prot: 80", False),
        ("port: 80", 'port: "$param:mode"', True),
        ("{playbook: rejoin.yml}", "{}", False),
        ('"$secret:dsn"', '"mysql://x"', False),
        ('"http://shop"', "7", False),
        ("is: bad}", "is: bda}", False),
        ("recover: playbook", "recover: another.plug-in", True),
    ],
)
def test_what_a_plug_in_is_told_is_in_the_schema(validator, good, old, new, fits):
    assert validator.is_valid(_document(good.replace(old, new, 1))) is fits


def test_definitions_of_two_plug_ins_do_not_meet(catalogue, good):
    catalogue.actions["playbook"].params = Outer
    catalogue.faults["host.off"].params = Inner
    validator = jsonschema.Draft202012Validator(scenario_schema(catalogue))
    told = good.replace("    on: db1\n", "    on: db1\n    with: {port: 1}\n", 1)
    for port, fits in (("1", True), ("$param:p", True), ("x", False)):
        inner = f"{{inner: {{port: {port}}}, more: {{a: {{port: 2}}}}}}"
        text = told.replace('{playbook: move.yml, port: 80, mode: "$param:mode"}', inner)
        text = text.replace("{playbook: rejoin.yml}", inner)
        assert validator.is_valid(_document(text)) is fits


def test_parameters_that_no_schema_describes_are_left_open_and_told_plainly(
    catalogue, good, problems
):
    catalogue.actions["playbook"].params = Exotic
    validator = jsonschema.Draft202012Validator(scenario_schema(catalogue))
    assert validator.is_valid(_document(good))
    assert "unknown key `port`" in [problem.what for problem in problems(good)]


def test_a_shelf_with_nothing_on_it_makes_no_rules(catalogue):
    catalogue.actions.clear()
    assert "allOf" not in scenario_schema(catalogue)["$defs"]["Recover"]


def test_defaults_are_written_as_an_author_would(catalogue):
    service = scenario_schema(catalogue)["$defs"]["Service"]
    assert service["properties"]["stable"]["default"] == "3s"
    assert service["properties"]["stable"]["description"].startswith("Restored means")


def test_a_targets_file_is_a_lab_file_or_less(validator):
    schema = targets_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(_document(LAB), schema)
    found = read(LAB.encode(), "x", TargetsFile)
    assert found.name == "two-sites"
    assert [(t.name, t.site, dict(t.labels)) for t in found.targets()] == [
        ("db1", "a", {}),
        ("db2", "a", {"rack": "r1"}),
    ]


def test_the_schema_knows_what_stands_at_a_place():
    schema = schema_of(Scenario)
    assert describes(within(schema, ("steps", "x", "Inject", "on"))).startswith(
        "The target it strikes"
    )
    assert "acknowledge" in keys_of(within(schema, ("steps", "x", "Notify")))
    assert set(keys_of(within(schema, ("steps", "x")))) > {"acknowledge", "inject", "options"}
    assert keys_of(within(schema, ("nowhere",))) == keys_of([schema])
    assert describes(within(schema, ("threat", "attack", 0))) == ""
