"""Parameters: how they are given, and where they arrive."""

import pytest

from drill.errors import ScenarioError, UsageError
from drill.graph.load import load
from drill.graph.params import MOST, resolve

TEXT = """\
drill: 1
id: x
title: x
targets: $param:site.yaml
params:
  site: {default: a}
  n: {default: 3}
  rate: {default: 0.5}
  loud: {default: false}
  tags: {default: [a]}
  size: {default: 1, options: [1, big, 2.5]}
  any: {default: null}
services:
  s:
    owner: o
    probe: {uses: p, with: {n: "$param:n"}, every: 1s, within: 1s}
    ledger: {uses: l, with: {n: "n$param:n"}, every: 1s}
steps:
  act:
    recover: a
    on: h
    timeout: 1m
    with:
      exact: $param:n
      inside: "a $param:n b $param:loud $param:tags"
      below: [{deep: $param:tags}, 7]
      unknown: [$param:who, "x $param:who"]
  say: {notify: o, message: "$param:site of $param:size", acknowledge: 1m}
  do: {task: "$param:site", by: o, timeout: 1m}
"""


@pytest.fixture
def written():
    return load(TEXT.encode(), "x")


def test_defaults_arrive_as_values_alone_and_as_text_inside_text(written):
    scenario = resolve(written, {})
    assert scenario.steps["act"].with_ == {
        "exact": 3,
        "inside": 'a 3 b false ["a"]',
        "below": [{"deep": ["a"]}, 7],
        "unknown": ["$param:who", "x $param:who"],
    }
    assert scenario.steps["say"].message == "a of 1"
    assert scenario.targets == "a.yaml"
    assert scenario.services["s"].probe.with_ == {"n": 3}
    assert scenario.services["s"].ledger.with_ == {"n": "n3"}
    assert scenario.steps["do"].task == "$param:site"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("site", "010", "010"),
        ("n", "010", 10),
        ("rate", "2", 2.0),
        ("rate", "1e3", 1000.0),
        ("loud", "true", True),
        ("tags", "[b, 1]", ["b", 1]),
        ("size", "big", "big"),
        ("size", "2.5", 2.5),
        ("any", "x y", "x y"),
    ],
)
def test_a_given_value_is_what_its_default_is(written, name, text, value):
    scenario = resolve(written, {name: text})
    assert scenario.params[name].default == value
    assert type(scenario.params[name].default) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("sit", "b", "no parameter 'sit'; did you mean `site`?"),
        ("n", "1.5", "a int is wanted, like 3"),
        ("n", "true", "a int is wanted, like 3"),
        ("loud", "no", "a bool is wanted, like false"),
        ("tags", "[", "a list is wanted"),
        ("size", "3", "not one of 1, big, 2.5"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(written, name, text, message):
    with pytest.raises(UsageError) as caught:
        resolve(written, {name: text})
    assert f"--set {name}={text}: {message}" in str(caught.value)


def test_resolving_twice_changes_nothing(written):
    once = resolve(written, {"n": "4"})
    assert resolve(once, {}) == once


def test_a_long_value_that_is_used_often_is_refused(written):
    with pytest.raises(ScenarioError, match="put what is long into a file"):
        resolve(written, {"any": "x" * MOST, "site": "x" * MOST})
