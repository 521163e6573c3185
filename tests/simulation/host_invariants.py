"""What holds for the hosts of every simulated exercise, and for how long one may last."""

from simulation.hosts import RIVAL
from simulation.schedule import Schedule

from drill.exercise.conditions import time_allowed
from drill.exercise.undoing import UNDO_TRIES
from drill.graph.plan import Plan
from drill.model.steps import Inject


def hosts_are_well(plan: Plan, records, log) -> None:
    """Raise AssertionError unless every promise about hosts was kept."""
    for host in log.hosts.values():
        _each_effect_was_meant(records, host)
    assert not log.faulted_at_close, "closed, and told to be undone, but it is still broken"
    for host in log.hosts.values():
        assert host.powered
        assert not host.faulted, "a fault outlived its lease"
        assert not host.overruns, host.overruns


def _each_effect_was_meant(records, host) -> None:
    units = [effect.unit for effect in host.effects if effect.unit != RIVAL]
    assert len(units) == len(set(units)), "a token had two effects"
    for effect in host.effects:
        assert effect.allowed, "an effect without a live token, or after its undo"
        if effect.unit == RIVAL:
            continue
        receipts = [
            record
            for record in records[: effect.intents]
            if record.event.type == "fault-prepared"
            and f"{record.event.step}.service" == effect.unit
        ]
        assert receipts, "an effect before its intent was durable"


def it_ended_in_time(plan: Plan, schedule: Schedule, log) -> None:
    """An exercise that is not left alone ends within twice the sum of its time-outs."""
    if not log.abandoned:
        assert log.took <= longest(plan, schedule), (log.took, longest(plan, schedule))


def longest(plan: Plan, schedule: Schedule) -> float:
    """Return twice the seconds of all time-outs, and the time that nobody conducted.

    An undo has its tries in each process. Between two boots the wall clock is all
    there is: who steps it then shifts the deadlines by as much.
    """
    grace, lives = plan.grace.total_seconds(), len(schedule.crashes) + 1
    steps = sum(time_allowed(step).total_seconds() + grace for step in map(plan.step, plan.order))
    faults = sum(isinstance(plan.step(id_), Inject) for id_ in plan.order)
    undo = plan.undo_timeout.total_seconds() + grace + plan.undo_pause.total_seconds()
    watched = len(plan.scenario.services) * (plan.read_timeout.total_seconds() + 2 * grace)
    moments = [step.at.total_seconds() for step in map(plan.step, plan.order) if step.at]
    once = steps + max(moments, default=0) + watched
    each_life = faults * UNDO_TRIES * undo + 2 * plan.patience.total_seconds()
    away = sum(crash.away for crash in schedule.crashes)
    slept = sum(seconds for _, kind, seconds in schedule.jumps if kind == "suspend")
    stepped = sum(abs(seconds) for _, kind, seconds in schedule.jumps if kind == "wall")
    return 2 * (once + lives * (each_life + _attended(plan, schedule))) + away + slept + stepped


def _attended(plan: Plan, schedule: Schedule) -> float:
    """Return for how many seconds it may wait for a facilitator: in holds, and at the end."""
    if not schedule.opening:
        return 0.0
    holding = sum(saying["says"] in {"held", "kept-back"} for _, _, saying in schedule.talk)
    return (1 + holding) * plan.unattended.total_seconds()
