"""Who is asked what: the rule by which a view shows it is the one by which it is judged."""

import pytest
from exercise.stories import (
    CHECK,
    DECIDE,
    INJECT,
    RECOVER,
    STATE_GOOD,
    TASK,
    at,
    opening_of,
    plan_with,
)

from drill.exercise.clock import claimable
from drill.measure.steps import step_views
from drill.measure.story import story_of
from drill.model.events import Record
from drill.report.asking import is_answer_awaited, is_claim_awaited

STEPS = {"look": CHECK, "choose": DECIDE, "lose": INJECT, "mend": RECOVER, "well": STATE_GOOD}
STEPS |= {"do": TASK, "tell": {"inject": "story", "story": "s"}}


@pytest.mark.parametrize("mode", ["tabletop", "live"])
@pytest.mark.parametrize("facilitated", [True, False])
def test_what_waits_for_a_claim_is_what_the_conductor_would_hear_one_of(mode, facilitated):
    plan = plan_with(**STEPS)
    told = {"mode": mode, "facilitated": facilitated}
    opened = opening_of(plan).model_copy(update=told)
    story = story_of([Record(seq=0, prev="", at=at(0), event=opened)])
    for seen in step_views(story, 0, set()):
        running = seen.model_copy(update={"phase": "running"})
        step = plan.step(seen.id)
        view = type("Seen", (), told)
        assert is_claim_awaited(view, running) == claimable(step, opened), seen.id
        assert not is_claim_awaited(view, seen)
        assert is_answer_awaited(running) == (seen.kind in {"notify", "decide", "task"})
