"""Whatever a facilitator says: what is measured of the clock is what conducted the exercise."""

import pytest
from exercise.stories import DECIDE, NOTIFY, RECOVER, STORY, TASK, at, opening_of, plan_with
from hypothesis import given, settings
from hypothesis import strategies as st

from drill.exercise.clock import exercise_time
from drill.exercise.decide import decide
from drill.exercise.evolve import evolve
from drill.exercise.hearing import hear
from drill.exercise.state import Phase, RunState
from drill.journal.memory import MemoryJournal
from drill.measure.timeline import view
from drill.model.events import PersonSaid
from drill.model.sayings import (
    FACILITATOR,
    Aborted,
    Finished,
    Held,
    Jumped,
    KeptBack,
    Released,
    Resumed,
    Skipped,
)

PLAN = plan_with(
    scene=STORY,
    first=TASK | {"timeout": "40s", "on-failure": "continue"},
    ask=NOTIFY | {"acknowledge": "20s", "after": ["scene"]},
    choose=DECIDE | {"at": "T+7s"},
    nudge=STORY | {"if-missed": "first"},
    later=STORY | {"at": "T+5s"},
    after=STORY | {"at": "T+3s", "after": ["first"]},
    much_later=STORY | {"at": "T+30s"},
    mend=RECOVER | {"at": "T+12s", "timeout": "30s"},
    never=STORY | {"after": ["mend.failed"]},
)
STEPS = st.sampled_from(sorted(PLAN.scenario.steps))
SAYINGS = st.one_of(
    st.just(Held(why="lunch")),
    st.just(Resumed()),
    st.just(Jumped()),
    st.just(Finished(step="first")),
    st.builds(KeptBack, step=STEPS),
    st.builds(Released, step=STEPS),
    st.builds(Skipped, step=STEPS, why=st.just("no time")),
    st.just(Aborted(why="enough")),
)
COURSES = st.lists(st.tuples(st.integers(0, 6), SAYINGS), max_size=14)


class Exercise:
    """Conducts as the engine does: whoever speaks is heard between the decisions."""

    def __init__(self, mode):
        self.journal = MemoryJournal()
        self.state = RunState()
        self.now = 0.0
        self.write(opening_of(PLAN, mode=mode, facilitated=True))

    def write(self, *events):
        for event in events:
            self.state = evolve(self.state, self.journal.append(event, at(self.now)))

    def settle(self):
        while not self.state.closed and (events := decide(PLAN, self.state, at(self.now))):
            self.write(*events)

    def say(self, saying):
        said = PersonSaid(person="Fay", role=FACILITATOR, saying=saying)
        self.write(*hear(PLAN, self.state, at(self.now), said))

    def play(self, course):
        for passed, saying in course:
            self.settle()
            self.now += passed
            self.settle()
            if not self.state.closed:
                self.say(saying)
        return self.state, view(self.journal, at(self.now), "")


@pytest.mark.parametrize("mode", ["live", "tabletop"])
@given(course=COURSES)
@settings(deadline=None)
def test_gross_and_net_kept_back_and_deadlines_are_those_of_the_conductor(mode, course):
    exercise = Exercise(mode)
    state, shown = exercise.play(course)
    now = at(exercise.now)
    assert shown.net == pytest.approx(exercise_time(state, now).total_seconds(), abs=1e-6)
    assert shown.held == (state.held_since is not None)
    pending = {id_ for id_, step in state.steps.items() if step.phase is Phase.PENDING}
    kept = {step.id for step in shown.steps if step.kept_back}
    assert kept == pending & set(state.kept)
    for step in shown.steps:
        known = state.steps[step.id]
        if known.phase is Phase.RUNNING and step.deadline is not None and not shown.held:
            deadline = (known.deadline.wall - at(0).wall).total_seconds()
            assert step.deadline == pytest.approx(deadline, abs=1e-6)
