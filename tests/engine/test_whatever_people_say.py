"""Whatever people say, and whenever, the exercise heals and closes; no hold delays a healing."""

from datetime import timedelta

from exercise.stories import (
    CHECK,
    DECIDE,
    INJECT,
    NOTIFY,
    RECOVER,
    SECOND,
    STORY,
    TASK,
    opening_of,
    scenario_of,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drill.crews.fates import Fate
from drill.crews.rehearsal import Rehearsal, VirtualClock
from drill.engine.conductor import Conductor
from drill.exercise.evolve import evolve
from drill.exercise.state import FINAL, RunState, Standing
from drill.graph.plan import plan_of
from drill.journal.memory import MemoryJournal
from drill.model.outcome import Done, Failed
from drill.model.sayings import (
    EVALUATOR,
    FACILITATOR,
    OBSERVER,
    Aborted,
    Accepted,
    Acknowledged,
    Claimed,
    Decided,
    Ended,
    Finished,
    Held,
    Joined,
    Jumped,
    KeptBack,
    Left,
    Noted,
    Observed,
    Reflected,
    Refused,
    Released,
    Resumed,
    Skipped,
)
from drill.model.steps import PEOPLES

HOUR = 3600
UNDO_TAKES = 3
ESCALATE = [{"after": "2s", "to": "ops"}, {"after": "4s", "channel": "phone"}]
PLAN = plan_of(
    scenario_of(
        {
            "cut": {**INJECT, "until": "ok.ended"},
            "drop": {**INJECT, "at": "T+1m"},
            "news": {**STORY, "after": ["cut"]},
            "rumour": {**STORY, "at": "T+30s"},
            "call": {**NOTIFY, "after": ["cut"], "escalate": ESCALATE, "on-failure": "continue"},
            "nudge": {**STORY, "if-missed": "call"},
            "ask": {**DECIDE, "after": ["call.ended"]},
            "mend": {**RECOVER, "after": ["ask.yes"], "at": "T+2m"},
            "ok": {**TASK, "after": ["ask"], "timeout": "5m", "on-failure": "continue"},
            "late": {**CHECK, "after": ["ok.ended"], "at": "T+1h"},
            "tidy": {**TASK, "by": "ops", "after": ["cut.undone"], "on-failure": "continue"},
        },
        roles={"boss": {}, "ops": {}},
        objectives={"speed": {"text": "Quick?"}},
    ),
    (),
    {},
)
STEPS = st.sampled_from([*PLAN.scenario.steps, "nothing"])
TASKS = st.sampled_from(["ok", "ok", "tidy", "call"])
WORDS = st.just("because")
SAYINGS = st.one_of(
    st.builds(Joined),
    st.builds(Left),
    st.builds(Acknowledged, step=st.just("call")),
    st.builds(Decided, step=st.just("ask"), choice=st.sampled_from(["yes", "no", "x"])),
    st.builds(Accepted, step=TASKS),
    st.builds(Finished, step=TASKS),
    st.builds(Refused, step=TASKS),
    st.builds(
        Claimed,
        step=STEPS,
        takes=st.sampled_from([timedelta(), timedelta(minutes=5), timedelta(days=2)]),
        works=st.booleans(),
    ),
    st.builds(Noted, text=WORDS),
    st.builds(Observed, objective=st.sampled_from(["speed", "x"])),
    st.builds(Held, why=WORDS),
    st.builds(Resumed),
    st.builds(Jumped),
    st.builds(KeptBack, step=STEPS),
    st.builds(Released, step=STEPS),
    st.builds(Skipped, step=STEPS, why=WORDS),
    st.builds(Reflected, about=st.just("strength"), text=WORDS),
    st.builds(Aborted, why=WORDS),
    st.builds(Ended),
)
ROLES = st.sampled_from([FACILITATOR] * 6 + ["boss", "boss", "ops", EVALUATOR, OBSERVER, "cook"])
TURNS = st.tuples(st.sampled_from([0, 0, 1, 5, 40, 600, HOUR]), ROLES, SAYINGS)
OPENINGS = st.sampled_from(
    [
        {"mode": "live"},
        {"mode": "live", "facilitated": True},
        {"mode": "live", "answers": {"ops": "done"}},
        {"mode": "tabletop", "facilitated": True},
        {"mode": "rehearsal"},
    ]
)
MACHINES = st.sampled_from([None, Done(), Failed(error="no")])
"""What machines answer within a second; ``None``: they never say a word."""


class Talk(Rehearsal):
    """A crew among people who, each so many seconds after the last, say something."""

    def __init__(self, clock, world, turns):
        super().__init__(clock, world)
        self._turns, self._after = list(turns), 0
        self.conductor = None
        self.replies = []

    def wait(self, until):
        if not self._turns:
            return super().wait(until)
        seconds, role, saying = self._turns[0]
        due = self._after + seconds * SECOND
        if until is None or due < until.boot_ns:
            moment = self._clock.now()
            until = moment.plus(timedelta(seconds=max(0, due - moment.boot_ns) / SECOND))
        reports = super().wait(until)
        if self._clock.now().boot_ns >= due:
            self._turns.pop(0)
            self._after = self._clock.now().boot_ns
            self.conductor.say("Ann", role, saying, "console", self.replies.append)
        return reports


def conduct(opening, turns, machine):
    def world(order):
        if order.undo is not None:
            return Fate(timedelta(seconds=UNDO_TAKES))
        takes = None if machine is None and not isinstance(order.step, PEOPLES) else 1
        outcome = Done(choice="yes") if isinstance(order.step, PEOPLES) else machine or Done()
        return Fate(None if takes is None else timedelta(seconds=takes), outcome)

    clock, journal = VirtualClock(), MemoryJournal()
    crew = Talk(clock, world, turns)
    opened = opening_of(PLAN, **opening)
    crew.conductor = Conductor(PLAN, opened, journal, crew, clock)
    return crew.conductor.run(), tuple(journal), crew


def f(seconds, saying):
    return seconds, FACILITATOR, saying


ANSWERS = [f(2, Acknowledged(step="call")), f(1, Decided(step="ask", choice="yes"))]
HELD_WHEN_DUE = [*ANSWERS, f(1, Held(why="x")), f(1, Finished(step="ok")), f(600, Resumed())]
STOPPED_WHEN_HELD = [*ANSWERS, f(1, Held(why="x")), f(600, Aborted(why="fire"))]
CLAIMED_LATE = [f(1, Aborted(why="fire")), f(2, Claimed(step="cut", takes="5m"))]
FORGOTTEN = [f(0, KeptBack(step="late")), *ANSWERS, f(1, Finished(step="ok"))]


@settings(max_examples=200, deadline=None)
@example(opening={"mode": "live"}, turns=HELD_WHEN_DUE, machine=Done())
@example(opening={"mode": "live"}, turns=STOPPED_WHEN_HELD, machine=Done())
@example(opening={"mode": "live"}, turns=HELD_WHEN_DUE[:-1], machine=Done())
@example(opening={"mode": "tabletop", "facilitated": True}, turns=CLAIMED_LATE, machine=None)
@example(opening={"mode": "live"}, turns=FORGOTTEN, machine=Done())
@given(opening=OPENINGS, turns=st.lists(TURNS, max_size=25), machine=MACHINES)
def test_whatever_people_say_it_heals_and_closes(opening, turns, machine):
    state, records, crew = conduct(opening, turns, machine)
    assert state.closed
    assert {step.phase for step in state.steps.values()} <= FINAL
    assert {step.standing for step in state.steps.values()} <= {Standing.NONE, Standing.UNDONE}
    said = sum(record.event.type == "person-said" for record in records)
    assert said <= len(crew.replies) <= len(turns)
    assert_no_hold_delays_a_healing(records)


def assert_no_hold_delays_a_healing(records):
    """Whenever the clock stands, or anything is kept back, what is due is undone in that moment.

    And once it stops, nothing waits for people but what heals.
    """
    state = RunState()
    for record, following in zip(records, (*records[1:], None), strict=True):
        state = evolve(state, record)
        if state.held_since is not None:
            assert not state.stopping, "what stops is never held"
        if following is None:
            continue
        waited = (following.at.boot_ns - record.at.boot_ns) / SECOND
        due = [id_ for id_ in state.standing if id_ in state.due and id_ not in state.busy]
        if due:
            assert waited == 0, f"{due} waited for {waited} s"
        if state.stopping and state.standing and not any(_heals(id_) for id_ in state.busy):
            # a worker told to stop has its time and its grace; nobody else is waited for
            assert waited <= 30, f"{state.standing} waited for {waited} s"


def _heals(id_):
    return PLAN.heals(id_)
