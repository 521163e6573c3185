"""How long 10,000 steps take from bytes to a checked plan, beside what the libraries alone take.

Run it: ``python tests/bench/plan.py [STEPS]``. It prints, and asserts nothing: a
machine's speed is no fault of the code. The target is 5 s and 300 MB for 10,000.
"""

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import yaml

from drill.graph.check import problems_of
from drill.graph.load import read_with_places
from drill.graph.paths import course_of
from drill.graph.plan import graph_of, plan_of
from drill.model.base import Model
from drill.model.scenario import Scenario
from drill.model.targets import Target

STEP = """\
  s{i}:
    recover: playbook
    story: >-
      Somebody reads what this step is for, and
      somebody else does it by hand if it fails.
    with:
      playbook: playbooks/step.yml
      vars:
        number: {i}
        names: [a, b, c]
        text: "quoted"
    on: db1
    after: [s{before}]
    expect: 5s
    timeout: 1m
    on-failure: continue
"""
HEAD = """\
drill: 1
id: big
title: Big
targets: lab.yaml
steps:
  s0: {task: t, by: r, timeout: 1m}
"""


class Params(Model):
    """What the stand-in for a plug-in is told."""

    playbook: str
    vars: dict[str, Any] = {}


class Playbook:
    """Stands for a plug-in: only its parameters are asked for."""

    params = Params


class Catalogue:
    """One action and nothing else."""

    actions = {"playbook": Playbook()}
    faults = probes = ledgers = {}


def main(count: int) -> None:
    """Print the times and the memory."""
    steps = (STEP.format(i=i, before=max(0, i - 1 - i % 7)) for i in range(1, count))
    text = (HEAD + "".join(steps)).encode()
    target = Target(name="db1", site="a", address="192.0.2.1")
    print(f"{count} steps, {len(text) / 1e6:.1f} MB")
    (scenario, source), load = _timed(lambda: read_with_places(text, "big.yaml", Scenario))
    found, check = _timed(lambda: problems_of(scenario, [target], Catalogue(), source))
    _, plan = _timed(lambda: (plan_of(scenario, [target], {}), course_of(scenario)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _, bare = _timed(lambda: yaml.load(text, Loader=yaml.CSafeLoader))
    _, sort = _timed(lambda: list(nx.topological_sort(graph_of(scenario))))
    whole = load + check + plan
    print(f"load {load:.2f} s, check {check:.2f} s ({len(found)} problems), plan {plan:.2f} s")
    print(f"whole {whole:.2f} s, {peak:.0f} MB at most")
    ratio = whole / (bare + sort)
    print(f"CSafeLoader {bare:.2f} s, topological sort {sort:.3f} s: ratio {ratio:.2f}")


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    outcome = work()
    return outcome, time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
