"""Edges: when each condition came true, never will, or is still open."""

import pytest
from exercise.stories import (
    CHECK,
    DECIDE,
    DONE,
    FAILED,
    INJECT,
    RECOVER,
    UNSURE,
    at,
    plan_with,
    told,
)

from drill.exercise.edges import came_true, dependents_of
from drill.exercise.state import Phase, Standing, StepState
from drill.model.events import (
    FaultPrepared,
    StepEnded,
    StepExpired,
    StepSkipped,
    StepStarted,
    StragglerReported,
    UndoEnded,
    UndoStarted,
)
from drill.model.outcome import Done
from drill.model.steps import After

CHOSEN = Done(choice="yes")
TABLE = """
outcome        pending  running  expired  done  failed  indeterminate  skipped
done           ?        ?        ?        yes   no      no             no
failed         ?        ?        ?        no    yes     no             no
indeterminate  ?        ?        ?        no    no      yes            no
ended          ?        ?        ?        yes   yes     yes            no
missed         ?        ?        ?        no    yes     yes            no
"""
VERDICT = {"?": None, "yes": True, "no": False}
CELLS = [
    (outcome, phase, VERDICT[cell])
    for outcome, *row in map(str.split, TABLE.splitlines()[2:])
    for phase, cell in zip(TABLE.splitlines()[1].split()[1:], row, strict=True)
]


@pytest.mark.parametrize(("outcome", "phase", "verdict"), CELLS)
def test_an_outcome_in_each_phase(outcome, phase, verdict):
    assert came_true(After(step="a", outcome=outcome), StepState(Phase(phase))) is verdict


@pytest.mark.parametrize(
    ("phase", "outcome", "verdict"),
    [
        (Phase.RUNNING, None, None),
        (Phase.DONE, CHOSEN, True),
        (Phase.DONE, Done(choice="no"), False),
        (Phase.DONE, DONE, False),
        (Phase.INDETERMINATE, CHOSEN, False),
        (Phase.FAILED, FAILED, False),
        (Phase.SKIPPED, None, False),
    ],
)
def test_a_decisions_option(phase, outcome, verdict):
    edge = After(step="a", outcome="yes")
    assert came_true(edge, StepState(phase, outcome=outcome)) is verdict


UNDONE = """
              none  standing  undoing  undone  stuck
running       ?     ?         ?        yes     ?
expired       ?     ?         ?        yes     ?
done          no    ?         ?        yes     no
failed        no    ?         ?        yes     no
skipped       no    ?         ?        yes     no
"""


@pytest.mark.parametrize(
    ("phase", "standing", "verdict"),
    [
        (phase, standing, VERDICT[cell])
        for phase, *row in map(str.split, UNDONE.splitlines()[2:])
        for standing, cell in zip(UNDONE.splitlines()[1].split(), row, strict=True)
    ],
)
def test_undone(phase, standing, verdict):
    step = StepState(Phase(phase), standing=Standing(standing))
    assert came_true(After(step="a", outcome="undone"), step) is verdict


def test_each_edge_is_known_where_it_begins():
    plan = plan_with(
        hit={**INJECT, "until": "mend.ended"},
        mend={**RECOVER, "after": ["hit", "hit.done"]},
    )
    edges = dependents_of(plan.scenario.steps)
    assert [(d.step, d.edge.outcome, d.ends) for d in edges["hit"]] == [
        ("mend", "done", False),
        ("mend", "done", False),
    ]
    assert [(d.step, d.edge.outcome, d.ends) for d in edges["mend"]] == [("hit", "ended", True)]


PLAN = plan_with(
    ask={**DECIDE, "on-failure": "continue"},
    look=CHECK,
    go={**RECOVER, "after": ["ask.yes", "look"]},
    stay={**RECOVER, "after": ["ask.no", "look"]},
)


def tell(*events, plan=PLAN):
    return told(plan, *((float(i), event) for i, event in enumerate(events, 1)))


ASK, LOOK = (StepStarted(step=name, deadline=at(9)) for name in ("ask", "look"))


def ended(step, ticket, outcome=DONE):
    return StepEnded(step=step, ticket=ticket, outcome=outcome)


def test_a_step_is_ready_when_all_its_edges_came_true_in_any_order():
    assert tell().ready == ("ask", "look")
    assert tell(ASK, LOOK).ready == ()
    for first, second in ([("ask", 1), ("look", 2)], [("look", 2), ("ask", 1)]):
        one, two = (
            ended(name, n, CHOSEN if name == "ask" else DONE) for name, n in (first, second)
        )
        assert tell(ASK, LOOK, one).ready == ()
        assert tell(ASK, LOOK, one, two).ready == ("go",)


def test_a_step_is_doomed_once_by_the_first_edge_that_cannot_come_true():
    state = tell(ASK, LOOK, ended("ask", 1, CHOSEN))
    assert state.doomed == ("stay",)
    state = tell(ASK, LOOK, ended("ask", 1, FAILED), ended("look", 2, FAILED))
    assert state.doomed == ("go", "stay")


def test_whoever_waits_for_a_skipped_step_is_doomed():
    state = tell(StepSkipped(step="ask", because="so"))
    assert state.doomed == ("go", "stay")
    assert tell(
        StepSkipped(step="ask", because="so"), StepSkipped(step="go", because="so")
    ).doomed == ("stay",)


def test_the_same_edge_twice_is_one_condition():
    plan = plan_with(look=CHECK, go={**RECOVER, "after": ["look", "look", "look.ended"]})
    assert tell(LOOK, ended("look", 1), plan=plan).ready == ("go",)


UNTIL = plan_with(
    hit={**INJECT, "until": "look.failed", "on-failure": "continue"},
    look={**CHECK, "on-failure": "continue"},
    heal={**RECOVER, "after": ["hit.undone"]},
)
HIT = StepStarted(step="hit", deadline=at(9))


@pytest.mark.parametrize(("outcome", "due"), [(FAILED, True), (DONE, False), (UNSURE, False)])
def test_until_makes_a_fault_due_only_with_its_outcome(outcome, due):
    state = tell(HIT, LOOK, ended("look", 2, outcome), plan=UNTIL)
    assert ("hit" in state.due) is due


def stood(*more):
    prepared = FaultPrepared(step="hit", ticket=1, receipt={})
    return tell(HIT, prepared, StepExpired(step="hit"), ended("hit", 1, UNSURE), *more, plan=UNTIL)


def test_undone_comes_true_with_the_undo_and_can_no_more_when_it_is_stuck():
    undo = UndoStarted(step="hit", deadline=at(20))
    failed = [
        event
        for n in (5, 7, 9)
        for event in (undo, UndoEnded(step="hit", ticket=n, outcome=FAILED))
    ]
    assert stood().ready == ("look",)
    assert stood(undo, UndoEnded(step="hit", ticket=5, outcome=DONE)).ready == ("look", "heal")
    assert stood(*failed[:4]).doomed == ()
    assert stood(*failed).doomed == ("heal",)


def test_undone_cannot_come_true_of_a_fault_that_never_stood():
    assert tell(HIT, ended("hit", 1, FAILED), plan=UNTIL).doomed == ("heal",)


def test_an_edge_that_came_true_is_not_counted_again_when_the_fault_is_undone():
    plan = plan_with(hit=INJECT, look=CHECK, mend={**RECOVER, "after": ["hit", "look"]})
    prepared = FaultPrepared(step="hit", ticket=1, receipt={})
    stands = (HIT, prepared, ended("hit", 1), UndoStarted(step="hit", deadline=at(20)))
    state = tell(*stands, UndoEnded(step="hit", ticket=4, outcome=DONE), plan=plan)
    assert state.ready == ("look",)


def test_a_fault_that_is_undone_again_is_not_counted_again():
    plan = plan_with(hit=INJECT, look=CHECK, mend={**RECOVER, "after": ["hit.undone", "look"]})
    prepared = FaultPrepared(step="hit", ticket=1, receipt={})
    late = StragglerReported(step="hit", ticket=1, undo=False, outcome=DONE)
    undone = (HIT, prepared, ended("hit", 1), UndoStarted(step="hit", deadline=at(20)))
    again = (late, UndoStarted(step="hit", deadline=at(30)))
    first, second = (UndoEnded(step="hit", ticket=n, outcome=DONE) for n in (4, 7))
    assert tell(*undone, first, *again, second, plan=plan).ready == ("look",)
