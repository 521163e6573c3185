"""Order, healing, digest and the clock of plans."""

from datetime import timedelta

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.graph.load import load
from drill.graph.papers import anchors_of, files_named
from drill.graph.paths import course_of, expected, limit
from drill.graph.plan import graph_of, plan_of, waits_of
from drill.model.scenario import Scenario

SECONDS = {
    "lose": (0, 10),
    "seen": (10, 20),
    "alert": (20, 80),
    "choose": (80, 140),
    "move": (140, 160),
    "back": (160, 220),
    "accept": (220, 280),
    "rejoin": (280, 340),
}


def _task(after=(), seconds=1, **more):
    return {"task": "t", "by": "r", "after": list(after), "timeout": f"{seconds}s", **more}


def _scenario(steps) -> Scenario:
    return Scenario.model_validate(
        {"drill": 1, "id": "x", "title": "x", "targets": "t", "steps": steps}
    )


def test_the_order_keeps_to_the_author_s_where_nothing_waits(scenario, targets):
    assert plan_of(scenario, targets, {}).order == tuple(scenario.steps)


def test_who_waits_for_an_undo_comes_after_the_step_that_ends_the_fault(targets):
    fault = {"inject": "f", "on": "db1", "timeout": "1s", "until": "late"}
    steps = {"lose": fault, "heal": _task(["lose.undone"]), "late": _task(["lose"])}
    plan = plan_of(_scenario(steps), targets, {})
    assert plan.order == ("lose", "late", "heal")
    assert plan.step("late").kind == "task"


def test_healing_is_who_waits_for_an_undo_and_all_who_wait_for_them(targets):
    fault = {"inject": "f", "on": "db1", "timeout": "1s"}
    steps = {
        "lose": fault,
        "heal": _task(["lose.undone"]),
        "more": _task(["heal", "other"]),
        "other": _task(["lose"]),
    }
    assert plan_of(_scenario(steps), targets, {}).healing == {"heal", "more"}


def test_the_digest_covers_scenario_targets_and_files(scenario, targets):
    digest = plan_of(scenario, targets, {"a": "1"}).digest
    other = scenario.model_copy(update={"title": "another"})
    digests = {
        digest,
        plan_of(other, targets, {"a": "1"}).digest,
        plan_of(scenario, targets[:1], {"a": "1"}).digest,
        plan_of(scenario, targets, {"a": "2"}).digest,
    }
    assert len(digests) == 4
    assert digest == plan_of(scenario, targets, {"a": "1"}).digest


def test_the_march_of_the_good_scenario_is_laid_on_the_clock(scenario):
    course = course_of(scenario)
    spans = {
        id_: (s.start.total_seconds(), s.end.total_seconds()) for id_, s in course.steps.items()
    }
    assert spans == SECONDS
    assert course.total == timedelta(seconds=340)
    assert course.critical == tuple(SECONDS)


def test_a_step_counts_with_its_claim_or_else_with_all_it_may_take(scenario):
    steps = scenario.steps
    assert [expected(steps[id_]).seconds for id_ in ("move", "alert", "choose")] == [20, 60, 60]
    assert [limit(steps[id_]).seconds for id_ in ("move", "alert", "choose")] == [120, 60, 60]


def test_slack_and_the_exercise_clock():
    steps = {
        "a": _task(seconds=5),
        "b": _task(["a"], 10),
        "c": _task(["a"], 3),
        "d": _task(["b", "c"], 1),
        "late": _task(seconds=2, at="T+8s"),
    }
    course = course_of(_scenario(steps))
    slack = {id_: stretch.slack.seconds for id_, stretch in course.steps.items()}
    assert slack == {"a": 0, "b": 0, "c": 7, "d": 0, "late": 6}
    assert course.critical == ("a", "b", "d")
    assert course.steps["late"].start == timedelta(seconds=8)


def test_a_fault_without_an_end_is_undone_after_all_but_the_healing():
    fault = {"inject": "f", "on": "h", "timeout": "1s"}
    steps = {"lose": fault, "work": _task(["lose"], 9), "heal": _task(["lose.undone"], 2)}
    course = course_of(_scenario(steps), limit, undo=timedelta(seconds=4))
    assert course.steps["heal"].start == timedelta(seconds=14)
    assert course.critical == ("lose", "work", "heal")
    assert course.total == timedelta(seconds=16)


@given(st.lists(st.tuples(st.sets(st.integers(0, 11)), st.integers(1, 9)), min_size=1, max_size=12))
def test_the_total_is_the_longest_path_of_any_plan(rows):
    steps = {
        f"s{i}": _task([f"s{j}" for j in sorted(before) if j < i], length)
        for i, (before, length) in enumerate(rows)
    }
    scenario = _scenario(steps)
    graph = nx.DiGraph()
    graph.add_node("end")
    for id_, step in scenario.steps.items():
        graph.add_edge(id_, "end", weight=step.timeout.seconds)
        for edge in step.after:
            graph.add_edge(edge.step, id_, weight=scenario.steps[edge.step].timeout.seconds)
    course = course_of(scenario)
    assert course.total.seconds == nx.dag_longest_path_length(graph)
    assert (
        sum(scenario.steps[id_].timeout.seconds for id_ in course.critical) == course.total.seconds
    )
    assert all(course.steps[id_].slack == timedelta(0) for id_ in course.critical)
    assert all(stretch.slack >= timedelta(0) for stretch in course.steps.values())


def test_the_graphs_have_every_edge(scenario):
    assert ("lose", "rejoin") in graph_of(scenario).edges
    waits = waits_of(scenario)
    assert (("step", "accept"), ("undo", "lose")) in waits.edges
    assert (("undo", "lose"), ("step", "rejoin")) in waits.edges


def test_files_are_named_once_in_the_order_of_use(good):
    text = good.replace('runbook: "#move"', 'runbook: "other.md#move"').replace(
        "playbook: rejoin.yml", "playbook: move.yml"
    )
    assert files_named(load(text.encode(), "x")) == ("lab.yaml", "plan.md", "other.md", "move.yml")


def test_a_parameter_that_is_no_text_names_no_file(good):
    text = good.replace("playbook: rejoin.yml", "playbook: [1]").replace("plan: plan.md\n", "")
    assert files_named(load(text.encode(), "x")) == ("lab.yaml", "move.yml")


@pytest.mark.parametrize(
    ("text", "anchors"),
    [
        ("# One\n## Two words!\n", {"one", "two-words"}),
        ("# Closed #\n#no\n", {"closed"}),
        ("```\n# code\n```\n~~~\n# code\n~~~\n# Out", {"out"}),
        ("<a id=\"here\"></a> <a name='there'>", {"here", "there"}),
        ("# Fence the primary {#fence}", {"fence", "fence-the-primary-fence"}),
        ("# Schlüssel holen", {"schlüssel-holen"}),
    ],
)
def test_paragraphs_have_the_names_that_readers_know(text, anchors):
    assert anchors_of(text) == anchors


def test_what_scenarios_can_say_since_leaves_the_digest_of_old_ones_as_it_was(scenario, targets):
    """Approvals and the journals of interrupted exercises name it."""
    digest = "6941d9e6b345efc626941f2da0030e32b482be9e9e7699c50493269c007bf998"
    assert plan_of(scenario, targets, {}).digest == digest
    step = scenario.steps["accept"].model_copy(update={"expected": "Quickly."})
    steps = {**scenario.steps, "accept": step}
    said = scenario.model_copy(update={"steps": steps})
    assert plan_of(said, targets, {}).digest != digest
