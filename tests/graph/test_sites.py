"""A fault on a site: a step for each of its hosts, and whoever waits for it waits for all."""

import pytest

from drill.graph.check import problems_of
from drill.graph.load import load, read_with_places
from drill.graph.sites import spread
from drill.model.scenario import Scenario
from drill.model.targets import Target

HOSTS = tuple(
    Target(name=name, site=site, address="192.0.2.1")
    for name, site in (("db1", "a"), ("app1", "a"), ("db2", "b"))
)
ON_SITE = (
    "    on: db1\n    timeout: 10s\n",
    "    on: site.a\n    story: Dark.\n    timeout: 10s\n",
)


@pytest.fixture
def text(good):
    return good.replace(*ON_SITE, 1)


@pytest.fixture
def told(catalogue):
    """Return what is wrong with a text about those hosts, and where."""

    def tell(text, targets=HOSTS):
        scenario, source = read_with_places(text.encode(), "x.yaml", Scenario)
        plan = {"plan.md": b"# The plan\n\n## Move\n"}
        found = problems_of(scenario, targets, catalogue, source, files=plan)
        errors = (one for one in found if one.severity == "error")
        return [(one.where.line, one.what, one.cure) for one in errors]

    return tell


def test_each_host_of_the_site_has_a_step_of_its_own(text):
    steps = spread(load(text.encode(), "x.yaml"), HOSTS).steps
    struck = {id_: step.on for id_, step in steps.items() if step.kind == "inject"}
    assert struck == {"lose-db1": "db1", "lose-app1": "app1"}
    assert list(steps)[:2] == list(struck)
    assert [steps[id_].story for id_ in struck] == ["Dark.", ""]
    assert [edge.step for edge in steps["seen"].after] == ["lose-db1", "lose-app1"]
    assert {(e.step, e.outcome) for e in steps["rejoin"].after} == {
        ("lose-db1", "undone"),
        ("lose-app1", "undone"),
    }


def test_a_step_may_wait_for_one_host_of_it(text, told):
    assert told(text.replace("after: [lose.undone]", "after: [lose-db1.undone]")) == []


def test_a_fault_on_one_target_stays_as_it_is(good):
    scenario = load(good.encode(), "x.yaml")
    assert spread(scenario, HOSTS) is scenario


def test_a_site_that_no_host_is_at_is_out_of_bounds(text, told):
    ((line, what, _),) = told(text.replace("site.a", "site.c"))
    assert what == "`site.c` is out of bounds: lab.yaml does not list it"
    assert text.splitlines()[line - 1].strip() == "on: site.a"


def test_a_name_that_is_taken_is_told(text, told):
    taken = text.replace("  alert:\n", "  lose-db1:\n", 1).replace("after: [alert]", "after: []")
    found = told(taken)
    assert "`lose` on each host of its site would be `lose-db1`, which is there already" in [
        what for _, what, _ in found
    ]


def test_no_step_can_wait_for_a_site_to_fail(text, told):
    (found,) = told(text.replace("after: [lose]", "after: [lose.failed]"))
    assert found[1:] == (
        "`lose` is on a site: no step can wait for it to be failed",
        "wait for one host of it, as `lose-db1`",
    )


def test_no_fault_can_last_until_a_whole_site(text, told):
    more = "  cut:\n    inject: host.off\n    on: db2\n    timeout: 9s\n    until: lose.ended\n"
    unknown, whole = told(text.replace("  seen:\n", f"{more}  seen:\n", 1))
    assert whole[1] == "`lose` is on a site: no fault can last until all of it"
    assert unknown[1:] == ("there is no step `lose`", "did you mean `lose-db1`?")


def test_what_is_wrong_with_a_step_is_told_where_it_was_written(text, told):
    found = told(text.replace("on: site.a", "on: site.a\n    with: {hard: 3}"))
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "site.a" in one) + 1
    assert {where for where, *_ in found} == {line}


def test_where_the_targets_are_not_known_a_site_is_no_problem(text, told):
    assert told(text, None) == []


def test_no_contingency_can_hang_on_a_site_but_on_one_host_of_it(text, told):
    nudge = "  nudge: {inject: story, story: Hm., if-missed: lose}\nstop:\n"
    more = text.replace("stop:\n", nudge, 1).replace(
        "    timeout: 10s\n", "    timeout: 10s\n    on-failure: continue\n", 1
    )
    (found,) = told(more)
    assert found[1] == "`lose` is on a site: no step can wait for it to be missed"
    one = more.replace("if-missed: lose", "if-missed: lose-db1")
    assert told(one) == []
    assert spread(load(one.encode(), "x"), HOSTS).steps["nudge"].if_missed == ("lose-db1",)
