"""What is missing is said before anything begins, with its cure."""

import os

import pytest
from exercise.stories import RECOVER, plan_with

from drill import wiring
from drill.cli.session import Request, assert_bare, prepare
from drill.cli.sources import open_plan
from drill.errors import ScenarioError, UsageError
from drill.graph.plan import plan_of
from drill.plugins import Registry

PLAN = plan_with(mend={**RECOVER, "with": {"dsn": "$secret:orders-dsn"}})


def test_a_secret_comes_from_the_lab_a_variable_or_a_file(monkeypatch, tmp_path):
    (tmp_path / "dsn").write_text("from a file\n")
    for given in ({}, {"orders-dsn": "env:DSN"}, {"orders-dsn": f"file:{tmp_path}/dsn"}):
        monkeypatch.setenv("DSN", "from a variable")
        secrets = wiring.secrets_for(PLAN, given, {"orders-dsn": "from the lab"})
        filled = secrets.fill({"dsn": "$secret:orders-dsn"})["dsn"]
        assert filled.startswith("from ")
        assert ("lab" in filled) == (not given)


@pytest.mark.parametrize(
    ("known", "cure"),
    [({"db1-dsn": "x"}, "; give it with --secret orders-dsn="), ({}, "`drill lab down` it")],
)
def test_a_secret_that_is_missing_is_named_and_a_bare_lab_is_recognised(known, cure):
    with pytest.raises(ScenarioError, match="no value for the secret 'orders-dsn'") as refused:
        wiring.secrets_for(PLAN, {}, known)
    assert cure in str(refused.value)
    assert "--secret orders-dsn=env:VARIABLE" in str(refused.value)


@pytest.mark.parametrize("value", ["", "five5", "host=db password=abc user=orders"])
def test_a_secret_that_could_not_be_taken_out_of_other_words_is_refused(value):
    with pytest.raises(ScenarioError, match="the password in it, has fewer than 6"):
        wiring.secrets_for(PLAN, {}, {"orders-dsn": value})


@pytest.mark.parametrize("title", ["It is s3cret-word", "In hex 7333637265742d776f7264"])
def test_a_secret_that_stands_in_the_scenario_is_refused(title):
    plan = plan_of(PLAN.scenario.model_copy(update={"title": title}), (), {})
    with pytest.raises(ScenarioError, match=r"write \$secret:orders-dsn there") as refused:
        wiring.secrets_for(plan, {}, {"orders-dsn": "s3cret-word"})
    assert "s3cret" not in str(refused.value)


def test_a_file_of_the_plan_in_which_a_secret_stands_is_refused():
    secrets = wiring.secrets_for(PLAN, {}, {"orders-dsn": "s3cret-word"})
    assert_bare(secrets, {"a.yml": b"- hosts: all\n", "b.bin": b"\xff\x00"})
    with pytest.raises(ScenarioError, match=r"b\.yml: the value of the secret 'orders-dsn'"):
        assert_bare(secrets, {"a.yml": b"", "b.yml": b"password: s3cret-word\n"})


def test_no_child_inherits_a_secret_that_came_from_the_environment(monkeypatch):
    monkeypatch.setenv("DSN", "from a variable")
    wiring.secrets_for(PLAN, {"orders-dsn": "env:DSN"}, {})
    assert "DSN" not in os.environ


def test_a_secret_that_was_typed_in_the_place_of_its_source_is_not_told():
    with pytest.raises(UsageError, match=r"orders-dsn=\.\.\.: write env:") as refused:
        wiring.secrets_for(PLAN, {"orders-dsn": "postgresql://u:hunter2@db"}, {})
    assert "hunter2" not in str(refused.value)


def test_a_source_that_is_not_there_is_told():
    with pytest.raises(UsageError, match="orders-dsn=env:NOT_SET_ANYWHERE"):
        wiring.secrets_for(PLAN, {"orders-dsn": "env:NOT_SET_ANYWHERE"}, {})


TALK = """\
drill: 1
id: a-talk
title: A talk
roles: {boss: {}}
steps:
  news: {inject: story, story: The site is down.}
  act: {task: Restore it., by: boss, timeout: 1h, after: [news]}
"""


def test_what_names_no_targets_is_planned_but_never_conducted_live(tmp_path):
    scenario = tmp_path / "talk.yaml"
    scenario.write_text(TALK)
    opened = open_plan(scenario, {}, Registry())
    assert (opened.problems, opened.lab, dict(opened.plan.targets)) == ((), "", {})
    assert set(opened.plan.files) == {"talk.yaml"}
    request = Request(scenario, {}, {}, {}, None, tmp_path, go_on=False)
    with pytest.raises(UsageError, match="a-talk has no `targets:`, and cannot be conducted live"):
        prepare(request)
