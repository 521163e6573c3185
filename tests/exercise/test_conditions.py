"""What each kind of step needs: a crew, time, and whether a crash lets it be asked again."""

import pytest
from exercise.stories import (
    CHECK,
    DECIDE,
    INJECT,
    NOTIFY,
    RECOVER,
    STATE_GOOD,
    STORY,
    TASK,
    plan_with,
)

from drill.exercise.conditions import may_repeat, needs_crew


@pytest.mark.parametrize(
    ("step", "crew", "repeat"),
    [
        (INJECT, True, False),
        (RECOVER, True, False),
        (CHECK, True, True),
        (STATE_GOOD, False, True),
        (NOTIFY, True, True),
        (DECIDE, True, True),
        (TASK, True, True),
        (STORY, False, True),
    ],
)
def test_who_works_and_who_may_work_twice(step, crew, repeat):
    known = plan_with(it=step).step("it")
    assert (needs_crew(known), may_repeat(known)) == (crew, repeat)
