"""The one policy: what must be written next, given all that is known. Pure.

``decide`` walks down :data:`RULES` and takes the first that has something to
say: events to write, or ``()``, which means: wait. ``next_deadline`` says when
waiting must end at the latest.
"""

from drill.exercise.deadlines import next_deadline
from drill.exercise.people import answer, escalate, forget, forsake, hot_wash
from drill.exercise.rules import (
    Events,
    Rule,
    expire,
    over,
    skip,
    start,
    undo_all,
    undo_due,
    wait_for_work,
)
from drill.exercise.state import RunState
from drill.exercise.stopping import breach, exceed, heal_first
from drill.exercise.watch_rules import baseline, close_ledgers, close_probes, settle, watch
from drill.graph.plan import Plan
from drill.model.events import ExerciseClosed
from drill.model.time import Stamp

__all__ = ["RULES", "decide", "next_deadline"]


def decide(plan: Plan, state: RunState, now: Stamp) -> Events:
    """Return the events to write now, oldest first; none means: wait."""
    said = (rule(plan, state, now) for rule in RULES)
    return next(events for events in said if events is not None)


def close(plan: Plan, state: RunState, now: Stamp) -> Events | None:  # noqa: ARG001  a rule's signature
    """All has been said: the journal ends."""
    return (ExerciseClosed(),)


RULES: tuple[Rule, ...] = (
    over,
    heal_first,
    watch,
    baseline,
    breach,
    exceed,
    forsake,
    expire,
    answer,
    escalate,
    forget,
    skip,
    undo_due,
    start,
    wait_for_work,
    settle,
    undo_all,
    close_ledgers,
    close_probes,
    hot_wash,
    close,
)
"""Every rule, in the order of their say."""
