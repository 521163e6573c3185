"""``drill run --as rehearsal``: what it predicts, prints and keeps, and what it never does."""

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
from bench.steps import chain, layers
from click.testing import CliRunner
from exercise.stories import (
    DECIDE,
    INJECT,
    LEDGER,
    NOTIFY,
    PROBE,
    RECOVER,
    STATE_BAD,
    STATE_GOOD,
    TASK,
    plan_with,
    service,
)

from drill import wiring
from drill.cli.main import cli
from drill.cli.prediction import prediction
from drill.cli.shelf import new_journal, unfinished, view_of
from drill.cli.sources import open_plan
from drill.crews.fates import as_remembered
from drill.errors import UsageError
from drill.graph.plan import plan_of
from drill.journal.file import FileJournal
from drill.journal.memory import MemoryJournal
from drill.model.targets import Target
from drill.plugins import Registry

SCENARIO = Path(__file__).parents[2] / "scenarios" / "primary-database-loss.yaml"


def watched(**more):
    """Return a service whose probe looks often enough to judge it."""
    return {**service(**more), "probe": PROBE | {"every": "100ms"}, "stable": "1s"}


def rehearse(runs, *words):
    argv = ["run", str(SCENARIO), "--as", "rehearsal", "--runs", str(runs), *words]
    return CliRunner().invoke(cli, argv, standalone_mode=False, env={"COLUMNS": "200"})


def kept(runs, plan, **answers):
    journal = new_journal(runs, plan, wiring.now().wall)
    wiring.rehearse(plan, journal, answers)
    return view_of(journal)


def step_of(view, id_):
    return next(step for step in view.steps if step.id == id_)


def test_the_first_scenario_is_rehearsed_as_it_is_and_its_objectives_would_be_met(tmp_path):
    answer = rehearse(tmp_path)
    assert answer.return_value == 0, answer.output
    assert "✓ predicted: met" in answer.output
    assert "orders RTA: 25.43 to 26.07 s of 60 s, met" in answer.output
    assert "Critical path 1m42s200ms: set-replication → replica-streams" in answer.output
    assert "orders is well again once repoint is done" in answer.output
    assert "incident-commander decides failover in declare" in answer.output


def test_it_is_kept_like_any_run_and_every_figure_of_it_is_an_estimate(tmp_path):
    rehearse(tmp_path)
    shown = CliRunner().invoke(cli, ["show", "latest", "--json", "--runs", str(tmp_path)])
    view = json.loads(shown.output)
    assert (view["mode"], view["phase"], view["verdict"]) == ("rehearsal", "closed", "met")
    assert {one["grade"] for one in view["objectives"]} == {"D"}
    (page,) = tmp_path.glob("*/report.html")
    assert "Rehearsal: nothing was touched" in page.read_text()


def test_as_json_it_prints_the_records_that_it_keeps_one_a_line(tmp_path):
    printed = rehearse(tmp_path, "--json").output.splitlines()
    (journal,) = tmp_path.glob("*/journal.jsonl")
    assert [json.loads(line)["seq"] for line in printed] == list(range(len(printed)))
    assert len(printed) == len(journal.read_text().splitlines())


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["incident-commander=failover"], 0, "→ failover"),
        (["incident-commander=wait"], 3, "recovery was not seen"),
        (["incident-commander=fly"], 3, "none of failover, wait"),
        (["head-of-sales=refuse"], 3, "head-of-sales refused"),
    ],
)
def test_people_answer_as_they_were_said_to(tmp_path, words, status, said):
    answer = rehearse(tmp_path, *(f"--yes-as={word}" for word in words))
    assert answer.return_value == status
    assert said in answer.output


def test_a_plan_that_takes_too_long_is_predicted_to_miss(tmp_path):
    plan = plan_with(
        {"shop": watched(rto={"target": "10s"})},
        **{
            "break": INJECT | {"expect": "1s"},
            "mend": RECOVER | {"expect": "30s", "timeout": "1m", "after": ["break"]},
        },
    )
    view = kept(tmp_path, plan)
    assert view.exit_status == 1
    assert view.objectives[0].actual.lo > 29


def test_each_service_is_well_again_after_its_own_recovery(tmp_path):
    promise = {"target": "1m"}
    good = lambda name, after: {  # noqa: E731  named for what it returns
        **STATE_GOOD,
        "with": {"service": name, "is": "good"},
        "timeout": "1m",
        "after": [after],
    }
    plan = plan_with(
        {"shop": watched(rto=promise), "bank": watched(rto=promise)},
        **{
            "break": INJECT | {"expect": "1s"},
            "mend-shop": RECOVER | {"expect": "5s", "after": ["break"]},
            "shop-is-well": good("shop", "mend-shop"),
            "mend-bank": RECOVER | {"expect": "20s", "timeout": "1m", "after": ["mend-shop"]},
            "bank-is-well": good("bank", "mend-bank"),
        },
    )
    shop, bank = (one.actual for one in kept(tmp_path, plan).objectives)
    assert shop.lo <= 6 <= shop.hi
    assert bank.lo <= 26 <= bank.hi


def test_a_service_that_no_check_calls_well_is_so_after_the_last_recovery(tmp_path):
    plan = plan_with(
        {"shop": watched(rto={"target": "1m"})},
        **{
            "break": INJECT | {"expect": "1s"},
            "seen": STATE_BAD | {"after": ["break"]},
            "mend": RECOVER | {"expect": "5s", "after": ["seen"]},
            "clean": RECOVER | {"expect": "5s", "after": ["break.undone"]},
        },
    )
    view = kept(tmp_path, plan)
    assert view.exit_status == 0
    assert view.objectives[0].actual.lo <= 9 <= view.objectives[0].actual.hi


def test_what_claims_nothing_takes_its_limit_and_a_decision_falls_to_its_default(tmp_path):
    plan = plan_with(
        tell=NOTIFY,
        mend=RECOVER | {"after": ["tell"]},
        choose=DECIDE | {"after": ["mend"]},
        do=TASK | {"after": ["choose.no"], "expect": "3s"},
    )
    view = kept(tmp_path, plan)
    took = [round((step.ended or 0) - (step.started or 0), 3) for step in view.steps]
    assert took == [10, 10, 10, 3]
    assert {step.phase for step in view.steps} == {"done"}
    assert step_of(view, "choose").note.startswith("no, by default")
    assert step_of(view, "tell").answered_by == "the plan"


@pytest.mark.parametrize(
    "words",
    [
        ["--lab", "two-sites"],
        ["--secret", "orders-dsn=env:HOME"],
        ["--go-on"],
        ["--approval", str(SCENARIO)],
    ],
)
def test_what_only_a_live_exercise_needs_is_refused(tmp_path, words):
    answer = rehearse(tmp_path, *words)
    assert isinstance(answer.exception, UsageError)
    assert str(answer.exception).startswith(f"{words[0]}: only a live exercise touches anything")
    assert not any(tmp_path.iterdir())


def test_a_role_that_the_scenario_does_not_have_is_refused(tmp_path):
    assert "no such role" in str(rehearse(tmp_path, "--yes-as", "boss=go").exception)


@pytest.mark.parametrize("shape", [chain, layers])
def test_a_plan_of_200_steps_is_rehearsed_to_its_end(tmp_path, shape, record_property):
    bare = shape(200).scenario
    steps = {
        id_: {**RECOVER, "expect": "5s", "after": [edge.step for edge in step.after]}
        for id_, step in bare.steps.items()
    }
    shop = watched(ledger=True, rto={"target": "1h"}, rpo={"target": "5s"})
    shop["ledger"] = LEDGER | {"every": "50ms"}
    plan = plan_with({"shop": shop}, **{**steps, "s0": INJECT | {"expect": "1s"}})
    began = time.process_time()
    view = kept(tmp_path, plan)
    prediction(plan, view, {})
    took = time.process_time() - began
    record_property(
        "figures", f"a {shape.__name__} of 200 steps, {view.clock:,.0f} s: {took:.1f} s"
    )
    assert view.exit_status == 0, view.objectives


def test_who_is_absent_is_stood_in_for_by_the_deputy(tmp_path):
    argv = ["run", str(SCENARIO.parent / "site-loss.yaml"), "--as", "rehearsal"]
    argv += ["--runs", str(tmp_path), "--set", "commander-away=true"]
    given = ["--yes-as", "incident-commander-deputy=failover"]
    answer = CliRunner().invoke(cli, [*argv, *given], standalone_mode=False)
    assert answer.return_value == 0, answer.output
    assert "incident-commander-deputy: decide" in " ".join(answer.output.split())


def test_two_rehearsals_of_one_second_are_two_runs(tmp_path):
    plan, now = plan_with(mend=RECOVER), wiring.now().wall
    for _ in range(3):
        wiring.rehearse(plan, new_journal(tmp_path, plan, now), {})
    assert len(list(tmp_path.glob("*/journal.jsonl"))) == 3


def test_a_rehearsal_that_was_cut_short_is_never_taken_up_live(tmp_path):
    plan = plan_with(mend=RECOVER)
    plan = plan_of(plan.scenario, [Target(name="host", site="a", address="192.0.2.1")], {})
    whole = wiring.rehearse(plan, new_journal(tmp_path, plan, wiring.now().wall), {})
    for mode, found in (("rehearsal", False), ("live", True)):
        with FileJournal(new_journal(tmp_path, plan, wiring.now().wall)) as journal:
            opened = whole[0].event.model_copy(update={"mode": mode})
            journal.append(opened, whole[0].at)
            journal.sync()
        assert (unfinished(tmp_path, plan) is not None) is found


def conducted(runs, mode, **took):
    """Keep a run of the first scenario as if it had been conducted so, and return its name."""
    plan = open_plan(SCENARIO, {}, Registry()).plan
    journal, kept = new_journal(runs, plan, wiring.now().wall), MemoryJournal()
    name = journal.parent.name
    said = {"on-call": "ack", "incident-commander": "failover", "head-of-sales": "accept"}
    opened = wiring.opening(name, plan, said, mode)
    before = {step.replace("_", "-"): timedelta(seconds=each) for step, each in took.items()}
    wiring._imagine(plan, opened, kept, as_remembered(plan, before))
    with FileJournal(journal) as file:
        for record in kept:
            file.append(record.event, record.at)
        file.sync()
    return name


def test_with_a_history_each_step_takes_as_long_as_it_took_in_that_run(tmp_path):
    run = conducted(tmp_path, "live", promote_db2=40.0)
    answer = rehearse(tmp_path, "--history", run)
    assert answer.return_value == 0, answer.output
    (row,) = [line for line in answer.output.splitlines() if "✓ promote-db2" in line]
    assert "40.0 s" in row
    assert "as before" in row
    assert f"what is as before takes as long as in {run}" in answer.output
    (journal,) = (path for path in tmp_path.glob("*/journal.jsonl") if run not in path.parts)
    rehearsed = view_of(journal)
    assert (rehearsed.mode, rehearsed.environment["history"]) == ("rehearsal", run)
    answered = step_of(rehearsed, "declare")
    assert answered.ended == answered.started


def test_a_history_must_be_a_live_run_of_this_scenario(tmp_path):
    refused = rehearse(tmp_path, "--history", conducted(tmp_path, "tabletop")).exception
    assert "name a live run of primary-database-loss that is over" in str(refused)


def test_only_a_rehearsal_goes_by_a_history(tmp_path):
    argv = ["run", str(SCENARIO), "--as", "tabletop", "--history", "latest"]
    refused = CliRunner().invoke(cli, [*argv, "--runs", str(tmp_path)], standalone_mode=False)
    assert "--history: only a rehearsal goes by it" in str(refused.exception)
