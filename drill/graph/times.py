"""Checks of durations: every wait is finite, possible, and fits the objectives."""

from collections.abc import Iterator
from datetime import timedelta

from drill.graph.case import Case, watched
from drill.graph.paths import Course, course_of, expected, limit
from drill.graph.plan import UNDO_TIMEOUT
from drill.graph.source import Loc
from drill.model.names import ServiceName, StepId
from drill.model.problem import Problem
from drill.model.scenario import Scenario
from drill.model.services import RecoveryTime
from drill.model.steps import Decide, Inject, Notify, Recover, Step, StoryInject
from drill.model.time import format_duration

_ZERO = timedelta(0)
_SLOWEST = 3
"""How many steps a warning names."""


def zeros(case: Case) -> Iterator[Problem]:
    """Yield each wait of no length: nothing could ever happen in it."""
    for length, loc in _lengths(case.scenario):
        if length == _ZERO:
            yield case.error(loc, f"`{loc[-1]}` must be longer than 0s")


def _lengths(scenario: Scenario) -> Iterator[tuple[timedelta, Loc]]:
    for id_, step in scenario.steps.items():
        if not isinstance(step, StoryInject):
            yield limit(step), ("steps", id_, *_limit_loc(step))
    for name, service in scenario.services.items():
        for part, watch in (("probe", service.probe), ("ledger", service.ledger)):
            if watch is not None:
                yield watch.every, ("services", name, part, "every")
                yield watch.within, ("services", name, part, "within")
    for n, condition in enumerate(scenario.stop):
        yield condition.for_, ("stop", n, "for")
    for duty_name, duty in scenario.duties.items():
        yield duty.within, ("duties", duty_name, "within")


def _limit_loc(step: Step) -> Loc:
    if isinstance(step, Notify):
        return ("acknowledge",)
    return ("default", "after") if isinstance(step, Decide) else ("timeout",)


def claims(case: Case) -> Iterator[Problem]:
    """Yield each step that is expected to take longer than it may."""
    for id_, step in case.scenario.steps.items():
        if isinstance(step, StoryInject) and step.expect is not None:
            what = f"`{id_}` is told at once: it takes no time"
            yield case.error(("steps", id_, "expect"), what, "leave `expect` out")
        elif step.expect is not None and step.expect > limit(step):
            key = _limit_loc(step)[0]
            what = f"`expect` {format_duration(step.expect)} is longer than "
            cure = "what is expected must be allowed"
            what += f"`{key}` {format_duration(limit(step))}"
            yield case.error(("steps", id_, "expect"), what, cure)


def instruments(case: Case) -> Iterator[Problem]:
    """Yield each objective that nothing measures, or that is measured too coarsely."""
    for name, service in case.scenario.services.items():
        if service.rto is not None and service.probe is None:
            what = f"nothing measures the RTO of `{name}`"
            yield case.warning(("services", name, "rto"), what, "give the service a `probe:`")
        if service.rpo is not None and service.ledger is None:
            what = f"nothing measures the RPO of `{name}`"
            yield case.warning(("services", name, "rpo"), what, "give the service a `ledger:`")
        if service.rto and service.probe and service.rto.target <= service.probe.every:
            what = "the probe samples too seldom to tell whether the RTO was met"
            yield case.warning(("services", name, "probe", "every"), what, "sample more often")


def marks(case: Case) -> Iterator[Problem]:
    """Yield each RTO that is counted from a mark that no step sets."""
    for name, service in case.scenario.services.items():
        if service.rto is None or service.rto.from_ == "onset":
            continue  # the probe sees the onset, whatever brought it about
        if _mark(case.scenario, name, service.rto):
            continue
        cure = _MARK_CURES[service.rto.from_].format(name)
        what = f"no step of this scenario marks the {service.rto.from_}"
        yield case.error(("services", name, "rto", "from"), what, cure)


_MARK_CURES = {
    "detection": "add a check of service.state with {{service: {}, is: bad}}",
    "declaration": "add a decide step",
}


def _mark(scenario: Scenario, name: ServiceName, rto: RecoveryTime) -> list[StepId]:
    """Return the steps that set the mark an RTO is counted from."""
    if rto.from_ == "detection":
        return _seen(scenario, name, "bad")
    kind = Inject if rto.from_ == "onset" else Decide
    return [id_ for id_, step in scenario.steps.items() if isinstance(step, kind)]


def _seen(scenario: Scenario, name: ServiceName, state: str) -> list[StepId]:
    """Return the checks that wait until a service is in a state."""
    watches = ((id_, watched(step)) for id_, step in scenario.steps.items())
    return [id_ for id_, w in watches if w and (w.service, w.is_) == (name, state)]


def objectives(case: Case) -> Iterator[Problem]:
    """Yield a warning for each RTO that the plan breaks by its own times.

    Counted from the mark to the last check that the service is good, or without
    one to the last recovery step.
    """
    scenario = case.scenario
    claimed = course_of(scenario, expected)
    longest = course_of(scenario, limit, UNDO_TIMEOUT)
    for name, service in scenario.services.items():
        if service.rto is None:
            continue
        for course, by in ((claimed, "expected times"), (longest, "time-outs")):
            takes = _takes(scenario, name, service.rto, course)
            if takes > service.rto.target:
                target = format_duration(service.rto.target)
                what = f"by its {by} recovery takes {format_duration(takes)}, the RTO is {target}"
                yield case.warning(("services", name, "rto", "target"), what, _slowest(course))
                break


def _takes(scenario: Scenario, name: ServiceName, rto: RecoveryTime, course: Course) -> timedelta:
    recovery = [id_ for id_, step in scenario.steps.items() if isinstance(step, Recover)]
    ends = [course.steps[id_].end for id_ in _seen(scenario, name, "good") or recovery]
    begins = [
        course.steps[id_].start if rto.from_ == "onset" else course.steps[id_].end
        for id_ in _mark(scenario, name, rto)
    ]
    return max(ends, default=_ZERO) - min(begins, default=_ZERO)


def _slowest(course: Course) -> str:
    def takes(id_: StepId) -> timedelta:
        return course.steps[id_].end - course.steps[id_].start

    slowest = sorted(course.critical, key=takes, reverse=True)[:_SLOWEST]
    listed = ", ".join(f"{id_} {format_duration(takes(id_))}" for id_ in slowest)
    return f"most of it on the critical path: {listed}"
