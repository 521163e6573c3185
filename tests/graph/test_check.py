"""Each fault of a scenario: the exact place and words of every problem it makes."""

from pathlib import Path

import pytest
import yaml

from drill.errors import PluginError
from drill.graph.check import problems_of
from drill.graph.load import load, read, read_with_places
from drill.graph.uses import assert_equipped
from drill.model.problem import ScenarioProblemsError
from drill.model.scenario import Scenario
from drill.model.targets import TargetsFile

FAULTS = yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text())


@pytest.mark.parametrize("row", [pytest.param(row, id=row["fault"]) for row in FAULTS])
def test_each_fault_is_told_at_its_place_with_its_cure(good, problems, row):
    assert row["of"] in good
    found = problems(good.replace(row["of"], row["is"], 1))
    assert [_line(problem) for problem in found] == row["problems"]


def _line(problem):
    where = problem.where
    warning = "warning: " if problem.severity == "warning" else ""
    cure = f" = {problem.cure}" if problem.cure else ""
    return f"{where.line}:{where.column}:{where.width} {warning}{problem.what}{cure}"


def test_the_good_scenario_has_no_problem(good, problems):
    assert problems(good) == ()


def test_all_faults_are_told_at_once_in_the_order_of_the_file(good, problems):
    bad = good
    for old, new in (("db2", "db3"), ("by: ops", "by: opps"), ("host.off", "host.of")):
        bad = bad.replace(old, new, 1)
    found = problems(bad)
    assert len(found) == 3
    assert [p.where.line for p in found] == sorted(p.where.line for p in found)


@pytest.mark.parametrize(
    ("mark", "cure"),
    [
        ("detection", "add a check of service.state with {service: shop, is: bad}"),
        ("declaration", "add a decide step"),
    ],
)
def test_an_rto_needs_the_step_that_marks_its_beginning(problems, mark, cure):
    text = MARKLESS.replace("MARK", mark)
    (problem,) = problems(text, {})
    assert (problem.what, problem.cure) == (f"no step of this scenario marks the {mark}", cure)
    assert problem.where.line == 8


MARKLESS = """\
drill: 1
id: x
title: x
targets: lab.yaml
services:
  shop:
    owner: boss
    rto: {target: 1h, from: MARK}
    probe: {uses: http.get, with: {url: "http://x"}, every: 1s, within: 1s}
roles: {boss: {}}
steps:
  work: {task: Do it., by: boss, timeout: 1m}
"""


def test_an_rto_from_the_onset_needs_no_inject_for_the_probe_sees_it(problems):
    assert problems(MARKLESS.replace("MARK", "onset"), {}) == ()


def test_an_rto_from_declaration_is_counted_from_the_decision(good, problems):
    (problem,) = problems(
        good.replace("rto: {target: 10m}", "rto: {target: 1m, from: declaration}")
    )
    assert problem.what == "by its expected times recovery takes 1m20s, the RTO is 1m"


def test_without_a_check_of_the_service_recovery_ends_with_the_last_recover_step(good, problems):
    text = good.replace("{service: shop, is: good, for: 3s}", "{service: shop, is: bad}")
    (problem,) = problems(text.replace("rto: {target: 10m}", "rto: {target: 1m}"))
    assert problem.what.startswith("by its expected times recovery takes")


def test_a_secret_may_stand_for_a_text_that_a_plug_in_restricts(good, problems):
    assert '"$secret:dsn"' in good
    assert problems(good) == ()


def test_a_given_parameter_is_what_the_plug_in_is_checked_with(good, problems):
    text = good.replace('"$param:mode"}', '"$param:mode"}', 1).replace(
        "port: 80", 'port: "$param:p"'
    )
    text = text.replace("params:\n", "params:\n  p: {default: 80}\n")
    assert problems(text) == ()
    (problem,) = problems(text, given={"p": "0"})
    assert problem.what == "`port` must be at least 1"


def test_a_file_that_cannot_be_read_is_told_where_it_is_named(good, problems):
    found = problems(good, {"plan.md": None, "move.yml": None})
    assert [(p.where.line, p.what) for p in found] == [
        (4, "the file plan.md cannot be read"),
        (42, "the file move.yml cannot be read"),
    ]


def test_a_runbook_in_a_file_of_its_own_is_looked_up_there(good, problems):
    text = good.replace('runbook: "#move"', "runbook: other.md#there")
    assert problems(text, {"other.md": b"# There"}) == ()
    (problem,) = problems(text, {"other.md": b"```\n# There\n```"})
    assert problem.what == "other.md has no paragraph `#there`"


def test_two_steps_may_lean_on_one_paragraph(good, problems):
    text = good.replace("on: db1\n    after", 'on: db1\n    runbook: "#move"\n    after')
    assert text.count("runbook") == 2
    assert problems(text) == ()


def test_a_service_may_promise_nothing(good, problems):
    assert problems(good.replace("    rto: {target: 10m}\n", "")) == ()


def test_nothing_is_said_about_bounds_that_are_not_known(good, catalogue):
    scenario, source = read_with_places(good.encode(), "x.yaml", Scenario)
    assert problems_of(scenario, None, catalogue, source) == ()


def test_a_secret_on_a_command_line_is_refused_where_it_stands(good, problems):
    text = good.replace("playbook: move.yml,", 'playbook: move.yml, tags: [a, "-p$secret:dsn"],')
    (found,) = problems(text)
    assert found.what == "a secret in `tags` would be on a command line, which everybody can read"
    assert found.where.source[found.where.column - 1 :].startswith('"-p$secret:dsn"')


def test_what_a_plug_in_lacks_here_is_a_doubt_and_forbids_to_begin(good, problems, catalogue):
    scenario = load(good.encode(), "x")
    playbook = catalogue.actions["playbook"]
    playbook.lacks = lambda: ""
    assert problems(good) == ()
    assert_equipped(scenario, catalogue)
    playbook.lacks = lambda: "no ansible; install it"
    told = {(p.severity, p.what, p.cure) for p in problems(good)}
    assert told == {("warning", "`playbook` cannot be run here: no ansible", "install it")}
    with pytest.raises(PluginError, match="playbook: no ansible; install it"):
        assert_equipped(scenario, catalogue)


def test_an_account_that_is_none_passes_for_no_host():
    with pytest.raises(ScenarioProblemsError, match="an account is written aws:ACCOUNT:REGION"):
        read(b"hosts: {a: {site: x, address: 'aws:1:here'}}", "x", TargetsFile)
