"""Two implementations, one answer: on every journal that the tests have, and on random ones."""

from collections import Counter
from pathlib import Path

import pytest
from engine.test_whatever_people_say import MACHINES, OPENINGS, TURNS
from engine.test_whatever_people_say import conduct as talk
from evidence.agreement import assert_agreed, report_of
from evidence.worlds import exercises, journals
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from measure.test_clock_of_people import COURSES, Exercise
from simulation.play import conduct
from simulation.schedule import Schedule
from simulation.schedules import schedules, troubled

from drill import wiring
from drill.cli.sources import open_plan
from drill.exercise.evolve import fold
from drill.exercise.state import Standing
from drill.journal.reader import read
from drill.model.view import LEFT
from drill.plugins import Registry

TESTS = Path(__file__).parents[1]
KEPT = sorted((TESTS / "journals").glob("*.jsonl"))
SCHEDULES = sorted((TESTS / "schedules").glob("*.json"))
SCENARIOS = sorted((TESTS.parent / "scenarios").glob("*.yaml"))

NIGHTLY = 1000
PHASES = [Phase.explicit, Phase.generate]  # a journal is read as it is: shrinking takes minutes


def at_random(examples):
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=examples < NIGHTLY,
        database=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_they_agree_on_every_old_journal(path):
    assert_agreed(read(path)[0])


@pytest.mark.parametrize("path", SCHEDULES, ids=lambda path: path.stem)
def test_they_agree_on_every_schedule_that_found_a_bug(path):
    _, journal, _ = conduct(Schedule.from_json(path.read_text()))
    assert_agreed(tuple(journal))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_they_agree_on_the_rehearsal_of_every_scenario(path, tmp_path):
    plan = open_plan(path, {}, Registry()).plan
    assert_agreed(wiring.rehearse(plan, tmp_path / "journal.jsonl", {}))


def agree_on_random_exercises(examples):
    """Play them as the simulation does: with crashes, lost requests and workers that speak late."""
    seen = Counter()

    @at_random(examples)
    @given(schedules() | troubled())
    def explore(schedule):
        plan, journal, _ = conduct(schedule)
        records = tuple(journal)
        if records:
            assert_agreed(records)
            seen.update(standings_of(plan, records))

    explore()
    return seen


def standings_of(plan, records):
    """Yield where each fault stands by the report, having asked what conducted it too."""
    state = fold(records)
    for fault in report_of(records)["faults"]:
        known = state.steps[fault["step"]]
        stands = known.standing in {Standing.STANDING, Standing.UNDOING, Standing.STUCK}
        assert (fault["standing"] in LEFT) == stands, plan.scenario.steps
        if known.standing in {Standing.UNDONE, Standing.STUCK}:
            assert fault["standing"] == known.standing.value
        yield fault["standing"]


def agree_on_random_talk(examples):
    @at_random(examples)
    @given(opening=OPENINGS, turns=st.lists(TURNS, max_size=25), machine=MACHINES)
    def explore(opening, turns, machine):
        assert_agreed(talk(opening, turns, machine)[1])

    explore()


def agree_on_random_holds(examples):
    @at_random(examples)
    @given(mode=st.sampled_from(["live", "tabletop"]), course=COURSES)
    def explore(mode, course):
        exercise = Exercise(mode)
        exercise.play(course)
        assert_agreed(tuple(exercise.journal))

    explore()


def agree_on_random_measurements(examples):
    seen = Counter()

    @at_random(examples)
    @given(exercises() | journals())
    def explore(records):
        assert_agreed(records)
        seen.update(
            f"{one['measure']} {one['verdict']}" for one in report_of(records)["objectives"]
        )

    explore()
    return seen


def test_they_agree_on_random_exercises():
    seen = agree_on_random_exercises(60)
    assert {"undone", "stuck"} <= set(seen)


def test_they_agree_whatever_people_say():
    agree_on_random_talk(40)
    agree_on_random_holds(40)


def test_they_agree_on_random_measurements(record_property):
    """And the worlds are worth it: nearly each verdict that there is comes out of them."""
    seen = agree_on_random_measurements(100)
    assert len(seen) > 11, seen  # of three measures and five verdicts
    record_property("P18", f"{seen.total()} promises of 100 random journals: 0 disagreements")


@pytest.mark.nightly
def test_they_agree_all_night(record_property):
    seen = agree_on_random_exercises(3000)
    agree_on_random_talk(2000)
    agree_on_random_holds(2000)
    judged = agree_on_random_measurements(10_000)
    record_property("P18", f"17,000 random journals: faults {dict(seen)}, promises {dict(judged)}")
