"""The plan as a table plays it: what guards hosts is gone, and people's deadlines stay."""

from dataclasses import replace
from datetime import timedelta

from exercise.stories import (
    CHECK,
    DECIDE,
    INJECT,
    NOTIFY,
    PROBE,
    RECOVER,
    STATE_BAD,
    TASK,
    plan_with,
    service,
)

from drill.graph.unguarded import unguarded
from drill.model.safety import Limits, StopCondition

STEPS = {
    "break": INJECT,
    "seen": STATE_BAD,
    "tell": NOTIFY,
    "choose": DECIDE,
    "mend": RECOVER,
    "look": CHECK,
    "do": TASK,
}


def test_guards_of_hosts_are_gone_and_deadlines_of_people_stay():
    plan = plan_with({"shop": {**service(), "probe": PROBE}}, **STEPS)
    stop = StopCondition.model_validate({"probe": "shop", "for": "1s"})
    guards = {"stop": (stop,), "limits": Limits(faults=1)}
    plan = replace(plan, scenario=plan.scenario.model_copy(update=guards))
    free = unguarded(plan)
    assert (free.scenario.stop, free.scenario.limits, free.digest) == ((), None, plan.digest)
    for id_ in ("mend", "look"):
        assert free.step(id_).timeout > timedelta(days=1)
    for id_ in ("seen", "tell", "choose", "do", "break"):
        assert free.step(id_) == plan.step(id_)
