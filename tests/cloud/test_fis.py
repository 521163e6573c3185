"""``aws.fis-experiment``: agreed to, bounded, begun once, stopped, known again after a crash."""

import proofs
import pytest
from cloud.account import WAIT, AfterOnePause, Brisk
from hypothesis import given
from hypothesis import strategies as st

from drill.errors import RefusedError
from drill.faults.fis import Action, Experiment, FisExperiment, FisParams, bound_of, left_of
from drill.model.outcome import Done, Failed, Indeterminate
from drill.testing.conformance import FaultConformance, World

FOREVER = {"actionId": "aws:rds:failover-db-cluster"}
FAULT = FisExperiment()


def waiting(duration):
    return {"actionId": "aws:fis:wait", "parameters": {"duration": duration}}


def prepared(aws, *actions, consent="bounded", **more):
    params = FisParams(template=aws.template(*actions, consent=consent), **more)
    return params, FAULT.prepare(aws.access, params, Brisk())


def begun(aws, looks=4):
    aws.lasting(looks)
    params, receipt = prepared(aws)
    return params, receipt, FAULT.apply(aws.access, params, receipt, Brisk())


def test_preparing_begins_nothing_and_says_when_fis_itself_would_end_it(aws):
    _, receipt = prepared(aws, WAIT, waiting("PT30S"))
    assert (receipt["tier"], receipt["ttl"]) == ("fis", 90)
    assert aws.experiments() == {}


@pytest.mark.parametrize(
    ("actions", "consent", "more", "why"),
    [
        ([WAIT], "", {}, "has not agreed; tag it drill-consent: bounded"),
        ([WAIT], "yes", {}, "has not agreed"),
        ([WAIT, FOREVER], "bounded", {}, "not every action has a duration"),
        ([waiting("soon")], "bounded", {}, "not every action has a duration"),
        ([WAIT, WAIT], "bounded", {"at-most": "100s"}, "may last 2m"),
        ([waiting("PT1H")], "disposable", {}, "may last 1h"),
    ],
)
def test_a_template_that_nobody_agreed_to_or_nothing_bounds_is_refused(
    aws, actions, consent, more, why
):
    with pytest.raises(RefusedError, match=why):
        prepared(aws, *actions, consent=consent, **more)


def test_what_nothing_bounds_has_no_lease_and_needs_an_owner_who_calls_it_disposable(aws):
    _, receipt = prepared(aws, FOREVER, consent="disposable")
    assert receipt["lease"] == receipt["tier"] == "none"
    assert "ttl" not in receipt


def test_a_template_that_is_not_there_is_refused_with_the_words_of_aws(aws):
    with pytest.raises(RefusedError, match=r"fis\.get_experiment_template: ResourceNotFound"):
        FAULT.prepare(aws.access, FisParams(template="EXTnone"), Brisk())


def test_it_is_done_when_it_was_seen_to_run_and_undone_when_it_was_seen_to_have_ended(aws):
    params, receipt, outcome = begun(aws)
    assert isinstance(outcome, Done)
    assert set(aws.experiments().values()) == {"running"}
    undone = FAULT.undo(aws.access, params, receipt, Brisk())
    assert undone.note.endswith("has ended, stopped")
    assert set(aws.experiments().values()) == {"stopped"}
    assert isinstance(FAULT.undo(aws.access, params, receipt, Brisk()), Done)


def test_begun_twice_by_one_receipt_it_is_one_experiment(aws):
    params, receipt, _ = begun(aws)
    assert isinstance(FAULT.apply(aws.access, params, receipt, Brisk()), Done)
    assert len(aws.experiments()) == 1


def test_only_its_own_experiment_is_stopped(aws):
    params, receipt, _ = begun(aws, looks=5)
    other = aws.ask("fis", "start_experiment", experimentTemplateId=params.template)
    FAULT.undo(aws.access, params, receipt, Brisk())
    assert aws.experiments()[other["experiment"]["id"]] not in {"stopping", "stopped"}
    assert "stopped" in aws.experiments().values()


def test_what_was_never_begun_is_undone_by_finding_nothing(aws):
    params, receipt = prepared(aws)
    assert FAULT.undo(aws.access, params, receipt, Brisk()).note == "no experiment was begun"


def test_told_to_stop_nobody_knows_whether_anything_was_begun(aws):
    params, receipt = prepared(aws)
    outcome = FAULT.undo(aws.access, params, receipt, AfterOnePause())
    assert isinstance(outcome, Indeterminate)


def test_begun_but_not_seen_to_run_is_indeterminate_and_can_be_undone(aws):
    aws.lasting(99)
    params, receipt = prepared(aws)
    outcome = FAULT.apply(aws.access, params, receipt, Brisk(2))
    assert isinstance(outcome, Indeterminate)
    aws.lasting(1)
    assert isinstance(FAULT.undo(aws.access, params, receipt, Brisk()), Done)


def test_what_ended_by_itself_is_undone(aws):
    params, receipt, _ = begun(aws, looks=1)
    (id_,) = aws.experiments()
    while aws.ask("fis", "get_experiment", id=id_)["experiment"]["state"]["status"] == "running":
        pass
    undone = FAULT.undo(aws.access, params, receipt, Brisk())
    assert undone.note.endswith("has ended, by itself")


def test_a_template_that_was_changed_meanwhile_is_no_fault_that_was_agreed_to(aws):
    params, receipt = prepared(aws)
    longer = {"a0": waiting("PT2H")}
    aws.ask("fis", "update_experiment_template", id=params.template, actions=longer)
    outcome = FAULT.apply(aws.access, params, receipt, Brisk())
    assert isinstance(outcome, Failed)
    assert "changed" in outcome.error
    assert isinstance(FAULT.undo(aws.access, params, receipt, Brisk()), Done)


def _action(parameters):
    return Action.model_validate({"actionId": "aws:fis:wait", "parameters": parameters})


@given(st.lists(st.none() | st.integers(0, 43_200), max_size=9))
def test_the_bound_is_the_sum_of_all_durations_and_none_where_one_is_missing(seconds):
    actions = {
        str(n): _action({} if each is None else {"duration": f"PT{each}S"})
        for n, each in enumerate(seconds)
    }
    expected = None if None in seconds else sum(seconds)
    assert bound_of(actions) == expected


@pytest.mark.parametrize(
    ("ended", "actions", "said"),
    [
        ("stopped", {"a": "stopped", "b": "cancelled"}, Done),
        ("completed", {"a": "completed"}, Done),
        ("failed", {"a": "cancelled", "b": "skipped"}, Done),
        ("failed", {"a": "failed", "b": "cancelled"}, Failed),
        ("stopped", {"a": "completed", "b": "failed"}, Failed),
    ],
)
def test_an_action_that_failed_may_have_left_anything_so_it_is_not_undone(ended, actions, said):
    told = {
        name: {"actionId": "aws:ec2:stop-instances", "state": {"status": each, "reason": "why"}}
        for name, each in actions.items()
    }
    experiment = {"id": "EXP1", "state": {"status": ended}, "actions": told}
    outcome = left_of(Experiment.model_validate(experiment))
    assert isinstance(outcome, said)
    if isinstance(outcome, Failed):
        assert "(aws:ec2:stop-instances): why" in outcome.error


class TestConformance(FaultConformance):
    """The laws of every fault; an account is as it was once nothing runs in it any more."""

    fault = FAULT

    @pytest.fixture(autouse=True)
    def _account(self, aws, request, record_property):
        self.aws = aws
        proofs.record(request, record_property, "stand-in of AWS")

    def world(self):
        self.aws.lasting(2)
        params = FisParams(template=self.aws.template())
        return World(self.aws.access, params, self.under_way, lambda: bool(self.under_way()))

    def under_way(self):
        ended = {"completed", "stopped", "failed", "cancelled"}
        return [state for state in self.aws.experiments().values() if state not in ended]
