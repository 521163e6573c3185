"""The blast radius: how many faults may stand at once, and the limits that forbid it."""

from datetime import timedelta
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.graph.paths import march_of
from drill.graph.plan import waits_of
from drill.graph.radius import Radius, allowed_of, at_once
from drill.model.scenario import Scenario


def _fault(after=(), until=None, on="db1"):
    ends = {} if until is None else {"until": until}
    return {"inject": "f", "on": on, "timeout": "10s", "after": list(after), **ends}


def _scenario(steps, **more) -> Scenario:
    return Scenario.model_validate(
        {"drill": 1, "id": "x", "title": "x", "targets": "t", "steps": steps, **more}
    )


@pytest.mark.parametrize(
    ("steps", "most"),
    [
        ({"a": _fault()}, 1),
        ({"a": _fault(), "b": _fault()}, 2),
        ({"a": _fault(until="a"), "b": _fault(["a.undone"])}, 1),
        ({"a": _fault(until="a"), "b": _fault(["a"])}, 2),
        ({"a": _fault(until="a"), "b": _fault(["a.undone"]), "c": _fault()}, 2),
        ({"a": {"task": "t", "by": "r", "timeout": "1s"}}, 0),
    ],
)
def test_only_who_waits_for_an_undo_surely_comes_after_it(steps, most):
    assert at_once(_scenario(steps)) == most


@st.composite
def _scenarios(draw):
    names = [f"s{n}" for n in range(draw(st.integers(1, 6)))]
    steps = {}
    for n, name in enumerate(names):
        before = draw(st.lists(st.sampled_from(names[:n]), max_size=2)) if n else []
        after = [draw(st.sampled_from([other, f"{other}.undone"])) for other in before]
        steps[name] = _fault(after, draw(st.sampled_from([None, name])))
    return steps


@given(_scenarios())
def test_as_many_as_no_order_keeps_apart_may_stand_at_once(steps):
    scenario = _scenario(steps)
    if not nx.is_directed_acyclic_graph(waits_of(scenario)):
        return
    march = march_of(scenario)
    apart = {
        frozenset((a, b))
        for a in steps
        for b in steps
        if ("step", b) in nx.descendants(march, ("undo", a))
    }
    together = (
        len(some)
        for size in range(len(steps) + 1)
        for some in combinations(steps, size)
        if not any(frozenset(pair) in apart for pair in combinations(some, 2))
    )
    assert at_once(scenario) == max(together)


def test_what_is_not_limited_is_what_the_plan_names():
    steps = {"a": _fault(), "b": _fault(on="db2"), "c": _fault()}
    assert allowed_of(_scenario(steps)) == Radius(targets=2, faults=3)
    limits = {"targets": 1, "faults": 2, "fault-seconds": "9s"}
    assert allowed_of(_scenario(steps, limits=limits)) == Radius(1, 2, timedelta(seconds=9))


BEYOND = """\
drill: 1
id: x
title: x
targets: lab.yaml
limits: {targets: 1, faults: 1, fault-seconds: LIMIT}
services:
  shop:
    owner: boss
    probe: {uses: http.get, with: {url: "http://x"}, every: 1s, within: 1s}
roles: {boss: {}}
stop: [{probe: shop, for: 1m}]
steps:
  a: {inject: host.off, on: db1, timeout: 10s, expect: 2s}
  b: {inject: host.off, on: db2, timeout: 10s, expect: 2s}
"""


@pytest.mark.parametrize(
    ("limit", "severity", "what"),
    [
        ("3s", "error", "as planned, faults stand for 4s in all"),
        ("1m", "warning", "by the time-outs, faults stand for up to 4m20s in all"),
    ],
)
def test_a_plan_that_may_exceed_a_limit_is_told_so_at_the_limit(problems, limit, severity, what):
    targets, faults, seconds = problems(BEYOND.replace("LIMIT", limit), {})
    assert (targets.what, targets.severity) == ("faults touch 2 targets: db1, db2", "error")
    assert (faults.what, faults.severity) == ("2 faults may stand at the same time", "error")
    assert (seconds.what, seconds.severity) == (what, severity)
    assert {each.where.line for each in (targets, faults, seconds)} == {5}


@pytest.mark.parametrize(
    "limits", ["targets: 2, faults: 2, fault-seconds: 5m", "targets: 2", "fault-seconds: 5m"]
)
def test_a_plan_within_its_limits_has_no_problem(problems, limits):
    assert problems(BEYOND.replace("targets: 1, faults: 1, fault-seconds: LIMIT", limits), {}) == ()
