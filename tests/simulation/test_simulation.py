"""Random exercises in random worlds, with a crash after any operation; and every crash of three."""

from itertools import chain, islice
from pathlib import Path
from time import time_ns

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from simulation.enumeration import (
    anomalies_and_crashes,
    pairs_of_crashes,
    single_anomalies,
    single_crashes,
)
from simulation.invariants import promises_kept
from simulation.play import conduct
from simulation.references import PEOPLE, REFERENCES
from simulation.schedule import Schedule
from simulation.schedules import schedules, troubled
from simulation.situations import Batch

SCHEDULES = Path(__file__).parents[1] / "schedules"
"""Where one that breaks a promise is written, and is played again by every later run."""
KEPT = sorted(SCHEDULES.glob("*.json"))
SAMPLE = 23
"""On each commit every so-manieth of the schedules that there are too many of."""
FEW = 4
"""Of the crashes of an exercise among people; every one of them at night."""

relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))


def play_at_random(batch: Batch, examples: int, chance: int) -> None:
    # as they come, or a failure would shrink for minutes; the file is small enough to read
    phases = [Phase.explicit, Phase.generate]

    @seed(chance)
    @settings(relaxed, max_examples=examples, database=None, phases=phases)
    @given(schedules() | troubled())
    def explore(schedule):
        batch.play(schedule)

    explore()


def test_every_promise_is_kept_whatever_happens(record_property):
    batch = Batch(SCHEDULES)
    for drill in REFERENCES.values():
        for schedule in single_anomalies(drill):
            batch.play(schedule)
    for schedule in islice(single_crashes(PEOPLE), 0, None, FEW):
        batch.play(schedule)
    play_at_random(batch, 900, chance=0)
    for chance in range(1, 10):  # the rare ones, as long as one is missing
        if batch.missed:
            play_at_random(batch, 200, chance)
    record_property("P11", f"at random: {batch.figures}, {batch.met}")
    assert batch.missed == [], "the simulator has stopped exploring"


@pytest.mark.nightly
def test_every_promise_is_kept_whatever_happens_all_night(record_property):
    batch = Batch(SCHEDULES)
    play_at_random(batch, 20_000, chance=time_ns())
    record_property("P11", f"at random: {batch.figures}, {batch.met}")
    assert batch.missed == [], "the simulator has stopped exploring"


@pytest.fixture(params=REFERENCES)
def drill(request):
    return request.param


def enumerate_all(drill, sample, batch):
    """Play each crash; of two crashes, and of a crash with an anomaly, every so-manieth."""
    schedule = REFERENCES[drill]
    pairs = (pairs_of_crashes(schedule), anomalies_and_crashes(schedule))
    for each in chain(single_crashes(schedule), *(islice(many, 0, None, sample) for many in pairs)):
        batch.play(each, look=False)


def test_no_crash_of_a_drill_breaks_a_promise_nor_two_nor_one_with_a_lost_request(
    drill, record_property
):
    batch = Batch(SCHEDULES)
    enumerate_all(drill, SAMPLE, batch)
    record_property("P11", f"{drill}: {batch.figures}")


@pytest.mark.nightly
def test_each_two_crashes_of_a_drill_break_no_promise(drill, record_property):
    batch = Batch(SCHEDULES)
    enumerate_all(drill, 1, batch)
    record_property("P11", f"{drill}: {batch.figures}")


@pytest.mark.nightly
def test_no_crash_of_an_exercise_among_people_breaks_a_promise(record_property):
    batch = Batch(SCHEDULES)
    for schedule in single_crashes(PEOPLE):
        batch.play(schedule, look=False)
    record_property("P11", f"among people: {batch.figures}")


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_schedule_that_found_a_bug_finds_it_no_more(path):
    schedule = Schedule.from_json(path.read_text())
    promises_kept(schedule, *conduct(schedule))
