"""Views of exercises with people in them: in the middle, held, at a table, after it."""

from datetime import UTC, datetime, timedelta

from report import samples as before

from drill.console.seats import Seat
from drill.console.sight import seen_by
from drill.model.people import HoldView, RatingView, RoleView, SayingView
from drill.model.view import (
    AvailabilityView,
    DutyView,
    EscalationView,
    LogLine,
    MarkView,
    StepView,
    Verdict,
)

OPENED = before.OPENED
NOW = 19.0

SEATS = {
    "facilitator": Seat("facilitator", "facilitator", "M. Okafor"),
    "evaluator": Seat("evaluator", "evaluator", "S. Lindqvist"),
    "commander": Seat("participant", "incident-commander", "L. Ferrari"),
    "deputy": Seat("participant", "on-call-deputy", "P. Novak"),
    "dba": Seat("participant", "dba", "A. Haddad"),
    "owner": Seat("participant", "head-of-sales", "J. Kim"),
    "observer": Seat("observer", "observer", "R. Auditor"),
}


def seen(who, stage):
    """Return a seat, and what it may see of a stage."""
    return SEATS[who], seen_by(SEATS[who], STAGES[stage]())


def _step(name, kind, uses, lane, **more):
    fields = {"id": name, "kind": kind, "uses": uses, "lane": lane, "phase": "pending"}
    return StepView(**{**fields, **more})


def people_steps():
    return (
        _step(
            "press-call",
            "inject",
            "story",
            "observer",
            story="A journalist calls: “Are payments down? We print at ten.”",
            told_to=("head-of-sales",),
            phase="done",
            started=16.0,
            ended=16.0,
            after=("detect",),
        ),
        _step(
            "rumour",
            "inject",
            "story",
            "observer",
            story="A post in the team's channel claims that the backup site burns.",
            expected="They ask the site before they believe it.",
            questions=("Who checked, and how?",),
            decoy=True,
            due=45.0,
            planned_start=45.0,
            after=("detect",),
        ),
        _step(
            "regulator-asks",
            "inject",
            "story",
            "observer",
            story="The regulator's desk asks for a first notification in writing.",
            told_to=("head-of-sales", "incident-commander"),
            expected="The template of the plan is used, and approved by the commander.",
            contingency=True,
            kept_back=True,
            planned_start=60.0,
            after=("declare.missed",),
        ),
        _step(
            "cut-ams",
            "inject",
            "network.partition",
            "db2",
            on="db2",
            due=75.0,
            planned_start=75.0,
            after=("restored",),
        ),
        _step(
            "status-page",
            "task",
            "Publish a status page entry that the head of sales has approved.",
            "head-of-sales",
            by="head-of-sales",
            phase="running",
            started=16.5,
            deadline=616.5,
            timeout=600.0,
            accepted_by="J. Kim",
            after=("press-call",),
        ),
        _step(
            "page-again",
            "notify",
            "orders: error budget gone in 4 minutes",
            "on-call",
            by="on-call",
            phase="running",
            started=17.0,
            deadline=317.0,
            timeout=300.0,
            after=("detect",),
            escalations=(EscalationView(at=18.0, to="dba", channel="phone"),),
        ),
    )


def roles():
    return (
        RoleView(
            role="incident-commander", planned=1, quorum=1, present=("L. Ferrari",), joined=(1.0,)
        ),
        RoleView(role="on-call", planned=2, quorum=1, deputy=True, absent=True),
        RoleView(role="dba", planned=1, quorum=1, present=("A. Haddad",), joined=(3.0,)),
        RoleView(role="head-of-sales", planned=2, quorum=2, present=("J. Kim",), joined=(2.0,)),
    )


def saying(seq, at, person, role, says, **more):
    return SayingView(
        seq=seq,
        at=at,
        wall=OPENED + timedelta(seconds=at),
        person=person,
        role=role,
        means="console",
        says=says,
        **more,
    )


def ratings():
    seen_it = saying(
        90,
        18.2,
        "S. Lindqvist",
        "evaluator",
        "observed",
        text="The page rang one phone only.",
        objective="alarm",
    )
    return (
        RatingView(
            objective="alarm",
            text="The people on call hear of it within five minutes.",
            capability="operational communications",
            proposed="S",
            because="alert was acknowledged, but late",
            observations=(seen_it,),
        ),
        RatingView(
            objective="decide",
            text="The fail-over is decided by whom the plan names.",
            proposed="P",
            set="P",
            set_by="S. Lindqvist",
        ),
    )


def duties(now):
    return (
        DutyView(
            name="nis2",
            text="Early warning to the authority",
            source="NIS2 art. 23(4)(a)",
            within=86400.0,
            begins=15.6,
            ends=None,
            took=now - 15.6,
            verdict=Verdict.NOT_MEASURED,
        ),
    )


def _log(now):
    said = (
        (16.0, "step-ended", "press-call", "press-call is done: told"),
        (
            18.2,
            "person-said",
            "",
            "L. Ferrari (incident-commander): the vendor is called, no estimate yet",
        ),
    )
    lines = list(before.running(now).log)
    for n, (at, what, step, text) in enumerate(said):
        if at <= now:
            wall = OPENED + timedelta(seconds=at)
            lines.append(LogLine(seq=200 + n, at=at, wall=wall, what=what, step=step, text=text))
    return tuple(sorted(lines, key=lambda line: line.at))


def _objective(service, measure, target):
    one = before.running().objectives[0 if measure == "RTO" else 1]
    return one.model_copy(update={"service": service, "target": target})


def _probe(service, onset, now):
    return AvailabilityView(
        service=service,
        every=0.1,
        samples=before.samples(clock=now, onset=onset, restored=1e9),
        outages=(),
        answered_by={},
        detection_floor=0.1,
        baseline=(1, 1),
        saw_fault=True,
        restored=None,
    )


def middle(now=NOW):
    """The commander is asked, one service is down, one is slow to notice, one is well."""
    view = before.running(now)
    mark = MarkView(name="T0", title="disruption onset", service="payments", at=16.2)
    return view.model_copy(
        update={
            "facilitated": True,
            "net": now,
            "gross": now,
            "objectives": (
                *view.objectives,
                _objective("payments", "RTO", 6.0),
                _objective("reports", "RTO", 3600.0),
                _objective("reports", "RPO", 900.0),
            ),
            "marks": (*view.marks, mark),
            "availability": (
                *view.availability,
                _probe("payments", 16.2, now),
                _probe("reports", 1e9, now),
            ),
            "steps": tuple(_asked(step) for step in view.steps) + people_steps(),
            "roles": roles(),
            "ratings": ratings(),
            "duties": duties(now),
            "log": _log(now),
            "sayings": (saying(80, 1.0, "L. Ferrari", "incident-commander", "joined"),),
        }
    )


def _asked(step):
    changes = {}
    if step.id == "declare":
        changes = {
            "deadline": 617.3,
            "story": "db1 does not answer; its standby is whole.",
            "expected": "They ask how much data is lost before they decide.",
            "questions": ("Who had the word?", "Was a vendor asked?"),
        }
    return step.model_copy(update=changes)


def held():
    """The facilitator holds the clock."""
    hold = HoldView(begins=18.0, ends=None, by="M. Okafor", why="the fire alarm is real")
    earlier = HoldView(begins=4.0, ends=7.0, by="M. Okafor", why="a question")
    return middle().model_copy(
        update={
            "held": True,
            "holds": (earlier, hold),
            "net": 15.0,
            "story_began": datetime(2027, 2, 3, 6, 30, tzinfo=UTC),
        }
    )


def table():
    """At a table: what machines would do waits to be claimed."""
    view = middle()
    running = {"phase": "running", "started": 18.0, "ended": None, "note": ""}
    steps = tuple(
        step.model_copy(update=running)
        if step.id in ("fence-db1", "rejoin-db1")
        else step.model_copy(update={"accepted_by": ""})
        for step in view.steps
    )
    return view.model_copy(
        update={"mode": "tabletop", "steps": steps, "faults": (), "availability": ()}
    )


def wash():
    """All steps are over, and the hot wash is on."""
    view = middle(91.0)
    steps = tuple(
        step.model_copy(update={"phase": "done", "started": 20.0, "ended": 30.0})
        if step.phase in ("pending", "running")
        else step
        for step in view.steps
    )
    return view.model_copy(
        update={"phase": "settling", "steps": steps, "faults": before.faults(), "holds": ()}
    )


def over():
    """It is closed."""
    view = before.met()
    return view.model_copy(
        update={
            "facilitated": True,
            "net": view.clock,
            "gross": view.clock,
            "roles": roles(),
            "ratings": ratings(),
        }
    )


def later():
    """Nothing happened since the middle but that time passed."""
    now = middle(NOW + 1)
    return now.model_copy(update={"log": middle().log})


STAGES = {
    "middle": middle,
    "later": later,
    "held": held,
    "table": table,
    "wash": wash,
    "over": over,
}
