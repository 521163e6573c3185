"""check, plan and schema from the command line, on scenarios that need no plug-in."""

import json
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner
from rich.console import Console

from drill.cli.main import cli
from drill.cli.plans import as_json, shown
from drill.cli.sources import open_plan
from drill.errors import UsageError
from drill.model.base import Model
from drill.model.problem import ScenarioProblemsError
from drill.plugins import Registry, Shelf

SCENARIO = """\
drill: 1
id: walk-through
title: A walk-through
targets: lab.yaml
params:
  who: {default: everyone, options: [everyone, nobody]}
roles: {boss: {}, ops: {}}
steps:
  tell: {notify: ops, message: "Hello $param:who", acknowledge: 1m}
  choose:
    decide: Go on?
    by: boss
    options: {go: go on, stop: go home}
    default: {option: go, after: 2m}
    after: [tell]
  work: {task: Do it., by: ops, after: [choose.go], expect: 30s, timeout: 5m}
"""
LAB = "name: desk\nhosts: {db1: {site: a, address: 192.0.2.1}}\n"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "lab.yaml").write_text(LAB)
    (tmp_path / "walk.yaml").write_text(SCENARIO)
    return tmp_path / "walk.yaml"


def _run(*words):
    return CliRunner().invoke(cli, [str(word) for word in words], standalone_mode=False)


def test_a_sound_scenario_is_said_to_be_sound(path):
    answer = _run("check", path)
    assert (answer.return_value, answer.output) == (0, f"{path}: sound\n")


def test_errors_are_shown_with_their_place_and_end_with_65(path):
    path.write_text(SCENARIO.replace("by: boss", "by: bos"))
    answer = _run("check", path)
    assert answer.return_value == 65
    assert answer.output == (
        f"{path}:12:9: error: there is no role `bos`\n"
        "  12 |     by: bos\n"
        "     |         ^^^\n"
        "  = did you mean `boss`?\n"
        f"{path}: 1 error\n"
    )


def test_warnings_forbid_nothing(path):
    path.write_text(SCENARIO.replace("$param:who", "all"))
    answer = _run("check", path)
    assert answer.return_value == 0
    assert answer.output.endswith(f"{path}: 1 warning\n")


def test_problems_are_a_list_for_programs_and_several_files_are_one_answer(path, tmp_path):
    answer = _run("check", "--json", path, tmp_path / "nowhere.yaml")
    assert answer.return_value == 65
    (problem,) = json.loads(answer.output)
    assert problem["where"]["path"].endswith("nowhere.yaml")
    assert problem["what"] == "cannot be read: No such file or directory"


def test_a_setting_is_checked_against_the_parameters(path):
    assert _run("check", path, "--set", "who=nobody").return_value == 0
    assert isinstance(_run("check", path, "--set", "who=x").exception, UsageError)
    assert isinstance(_run("check", path, "--set", "who").exception, UsageError)


@pytest.mark.parametrize(
    ("lab", "what"),
    [
        (None, "the file lab.yaml cannot be read"),
        ("hosts: {}", "`hosts` must have at least 1 entries"),
        ("hosts: {db1: {site: a}}", "`address` is missing in `db1`"),
    ],
)
def test_a_targets_file_has_problems_of_its_own(path, lab, what):
    (path.parent / "lab.yaml").unlink()
    if lab is not None:
        (path.parent / "lab.yaml").write_text(lab)
    with pytest.raises(ScenarioProblemsError) as caught:
        open_plan(path, {}, Registry())
    assert [problem.what for problem in caught.value.problems] == [what]


def test_an_opened_plan_knows_its_files_its_base_and_its_lab(path):
    opened = open_plan(path, {"who": "nobody"}, Registry())
    assert opened.plan.step("tell").message == "Hello nobody"
    assert set(opened.plan.files) == {"walk.yaml", "lab.yaml"}
    assert (opened.base, opened.lab, opened.problems) == (path.parent, "desk", ())
    assert opened.plan.digest != open_plan(path, {}, Registry()).plan.digest


def test_a_file_name_that_no_system_has_is_a_problem_too(path):
    path.write_text(SCENARIO.replace("lab.yaml", "a" * 300))
    with pytest.raises(ScenarioProblemsError, match="cannot be read"):
        open_plan(path, {}, Registry())


def test_a_plan_shows_order_times_path_and_digest(path):
    answer = _run("plan", path)
    assert answer.exception is None
    digest = open_plan(path, {}, Registry()).plan.digest
    for words in (
        "A walk-through",
        "choose  decide  boss",
        "T+3m",
        "Expected 3m30s: tell → choose → work",
        "At most 8m: tell → choose → work",
        digest,
    ):
        assert words in answer.output


def test_a_plan_is_json_for_programs(path):
    told = json.loads(_run("plan", path, "--json").output)
    assert told["expected"] == {"total": "3m30s", "critical": ["tell", "choose", "work"]}
    assert told["steps"][2] == {
        "id": "work",
        "kind": "task",
        "lane": "ops",
        "after": ["choose.go"],
        "if-missed": [],
        "start": "3m",
        "end": "3m30s",
        "slack": "0s",
        "limit": "5m",
        "healing": False,
    }


def test_a_plan_is_drawn_into_a_file(path, tmp_path):
    assert _run("plan", path, "--svg", tmp_path / "plan.svg").exception is None
    assert ET.parse(tmp_path / "plan.svg").getroot().tag.endswith("svg")


def test_there_is_no_plan_of_a_scenario_with_errors(path):
    path.write_text(SCENARIO.replace("by: boss", "by: bos"))
    answer = _run("plan", path)
    assert isinstance(answer.exception, ScenarioProblemsError)
    assert answer.exception.exit_status == 65


class NoParams(Model):
    """A fault that is told nothing."""


class Off:
    """Stands for a fault: the plan asks how it is undone."""

    params = NoParams
    removal = "power it on"


def test_a_plan_names_the_targets_it_touches_and_how_each_fault_is_undone(path):
    fault = "  lose: {inject: host.off, on: db1, timeout: 9s, after: [tell], until: work}\n"
    more = "  cut: {inject: host.off, on: db1, timeout: 9s}\n"
    path.write_text(SCENARIO + fault + more)
    registry = Registry(faults=Shelf("fault", "drill.faults", own={"host.off": Off()}))
    plan = open_plan(path, {}, registry).plan
    told = as_json(plan, registry)
    assert told["targets"] == {"db1": ["lose", "cut"]}
    assert [fault["undo"] for fault in told["faults"]] == [
        "until work: power it on",
        "until the end: power it on",
    ]
    console = Console(width=120)
    with console.capture() as captured:
        console.print(shown(plan, registry))
    assert "db1  a  192.0.2.1: lose, cut" in captured.get()
    assert "lose: host.off on db1; until work: power it on" in captured.get()


@pytest.mark.parametrize("of", ["scenario", "targets"])
def test_the_schema_is_json_of_the_dialect_that_editors_read(of):
    schema = json.loads(_run("schema", of).output)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("command", ["check", "plan", "schema"])
def test_help_says_what_it_does_and_how_it_ends(command):
    words = _run(command, "--help").output
    assert "Usage:" in words
    assert "Exit status:" in words or command == "schema"


HURTING = """\
drill: 1
id: hurting
title: Something is mended
targets: lab.yaml
steps:
  mend: {recover: ssh.command, with: {argv: [/bin/true]}, on: db1, timeout: 5s}
"""


@pytest.fixture
def denied(path, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    place = tmp_path / "config" / "drill"
    place.mkdir(parents=True)
    path.write_text(HURTING)
    assert _run("check", path).return_value == 0
    return place / "deny"


def test_what_a_deny_list_denies_cannot_be_planned_and_the_line_is_shown(path, denied):
    denied.write_text("# never these\n192.0.2.0/24\n")
    answer = _run("check", path)
    assert answer.return_value == 65
    assert f"{denied}:2:1: error: db1 (192.0.2.1) must not be touched" in answer.output
    refused = _run("plan", path).exception
    assert refused.exit_status == 77
    assert f"{denied}:2:1" in str(refused)


def test_a_deny_list_that_cannot_be_understood_lets_nothing_be_planned(path, denied):
    denied.write_text("192.0.2.0/99\n")
    for word in ("check", "plan"):
        refused = _run(word, path).exception
        assert refused.exit_status == 77
        assert f"{denied}:1:1" in str(refused)


def test_what_is_listed_but_not_named_by_a_step_may_be_denied(path, denied):
    path.write_text(SCENARIO)
    denied.write_text("db1\n")
    assert _run("check", path).return_value == 0
