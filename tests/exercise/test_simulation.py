"""Random exercises in random worlds, with a crash after any operation."""

from pathlib import Path

import pytest
from exercise.invariants import invariants
from exercise.schedules import schedules
from exercise.simulation import Schedule, conduct
from hypothesis import HealthCheck, given, note, settings

KEPT = sorted((Path(__file__).parents[1] / "schedules").glob("*.json"))

relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(relaxed, max_examples=250, derandomize=True)
@given(schedules())
def test_every_promise_is_kept_whatever_happens(schedule):
    note(schedule.to_json())
    invariants(*conduct(schedule))


@pytest.mark.nightly
@settings(relaxed, max_examples=6000)
@given(schedules())
def test_every_promise_is_kept_whatever_happens_all_night(schedule):
    note(schedule.to_json())
    invariants(*conduct(schedule))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_schedule_that_found_a_bug_finds_it_no_more(path):
    invariants(*conduct(Schedule.from_json(path.read_text())))
