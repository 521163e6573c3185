"""Each step: planned and actual. Waiting is not work: ready, start and end are kept apart."""

from datetime import timedelta
from typing import Any, assert_never

from drill.graph.paths import Stretch, course_of, limit
from drill.measure.causes import ready_at
from drill.measure.holds import deadline_of, moment_of
from drill.measure.spans import seconds
from drill.measure.tales import StepTale, Story
from drill.model.names import StepId
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.model.steps import Check, Decide, Inject, Notify, Recover, Step, StoryInject, Task
from drill.model.view import EscalationView, ProgressView, StepView

UNSAID = frozenset({"", "the plan", "--yes-as"})
"""Who answers a step where no person did: nobody, what the plan expects, the command line."""


def phase_of(tale: StepTale) -> str:
    """Return a step's phase, as :class:`~drill.model.view.StepView` names them.

    A step that was told to stop is never done: it says so too late.
    """
    if tale.skipped:
        return "skipped"
    if tale.outcome is not None:
        late = tale.expired is not None and isinstance(tale.outcome, Done)
        return "indeterminate" if late else tale.outcome.kind
    if tale.expired is not None:
        return "expired"
    return "pending" if tale.started is None else "running"


def step_views(story: Story, now: int, critical: set[StepId]) -> tuple[StepView, ...]:
    """Return every step in the order of the scenario."""
    planned = course_of(story.scenario).steps
    return tuple(
        _step_view(story, id_, planned[id_], now, id_ in critical) for id_ in story.scenario.steps
    )


def _step_view(
    story: Story,
    id_: StepId,
    planned: Stretch,
    now: int,
    critical: bool,
) -> StepView:
    step, tale = story.scenario.steps[id_], story.steps[id_]
    person = _person(step)
    on = getattr(step, "on", None) or ""
    return StepView(
        id=id_,
        kind=step.kind,
        uses=_uses(step),
        on=on,
        by=person,
        options=dict(step.options) if isinstance(step, Decide) else {},
        default=step.default.option if isinstance(step, Decide) else "",
        answered_by=tale.by,
        after=tuple(
            edge.step if edge.outcome == "done" else f"{edge.step}.{edge.outcome}"
            for edge in step.after
        ),
        story=step.story,
        phase=phase_of(tale),
        late=_late(tale, step, now),
        ready=_seconds(_ready(story, step, tale)),
        started=_seconds(tale.started.at if tale.started else None),
        ended=_seconds(tale.ended.at if tale.ended else None),
        planned_start=planned.start.total_seconds(),
        planned_end=planned.end.total_seconds(),
        slack=planned.slack.total_seconds(),
        expect=_total(step.expect),
        timeout=_total(limit(step)),
        note=_note(tale),
        evidence=getattr(tale.outcome, "evidence", ""),
        progress=tuple(
            ProgressView(what=one.what, outcome=one.outcome, note=one.note, seconds=one.seconds)
            for one in tale.progress
        ),
        **_of_people(story, step, tale, now),
        lane=person or on or ("story" if isinstance(step, StoryInject) else "observer"),
        critical=critical,
        records=tuple(tale.records),
    )


def _of_people(story: Story, step: Step, tale: StepTale, now: int) -> dict[str, Any]:
    """Return what an exercise with people adds to a step; much of it is for staff only."""
    return {
        "told_to": getattr(step, "to", ()),
        "expected": step.expected,
        "questions": step.questions,
        "decoy": is_decoy(step),
        "contingency": bool(step.if_missed),
        "kept_back": tale.kept and phase_of(tale) == "pending",
        "due": _total(step.at),
        "defaulted": tale.defaulted,
        "accepted_by": tale.accepted_by,
        "claimed": _total(tale.claim.takes) if tale.claim else None,
        "deadline": _seconds(deadline_of(story, step, tale, now)),
        "escalations": tuple(
            EscalationView(at=seconds(sent.at), to=sent.event.to, channel=sent.event.channel)
            for sent in tale.escalated
        ),
    }


def is_decoy(step: Step) -> bool:
    """Tell whether a step is a distraction, which has nothing to do with the disruption."""
    return getattr(step, "decoy", False)


def _person(step: Step) -> str:
    match step:
        case Notify():
            return step.notify
        case Decide() | Task():
            return step.by
        case Inject() | StoryInject() | Recover() | Check():
            return ""
    assert_never(step)


def _uses(step: Step) -> str:
    match step:
        case Inject() | StoryInject():
            return step.inject
        case Recover():
            return step.recover
        case Check():
            return step.check
        case Notify():
            return step.message
        case Decide():
            return step.decide
        case Task():
            return step.task
    assert_never(step)


def _seconds(ns: int | None) -> float | None:
    return None if ns is None else seconds(ns)


def _total(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _late(tale: StepTale, step: Step, now: int) -> bool:
    """Tell whether it took longer than the plan claims."""
    if tale.expired is not None:
        return True
    if tale.started is None or step.expect is None:
        return False
    end = tale.ended.at if tale.ended else now
    return seconds(end - tale.started.at) > step.expect.total_seconds()


def _ready(story: Story, step: Step, tale: StepTale) -> int | None:
    """Return when nothing but the crew stood between the step and its start."""
    begun = tale.started.at if tale.started else None
    if not step.edges:
        return begun
    ready = ready_at(story, step)
    if ready is None or tale.skipped:
        return None
    moment = max(ready, moment_of(step) or 0)
    return moment if begun is None else min(moment, begun)  # a jump or a release brings it nearer


def _note(tale: StepTale) -> str:
    said = tale.skipped or (_said(tale.outcome) if tale.outcome else "")
    return "; ".join(part for part in (said, *tale.notes) if part)


def _said(outcome: Outcome) -> str:
    match outcome:
        case Done():
            choice = outcome.choice or ""
            defaulted = "by default" if outcome.defaulted else ""
            return ", ".join(part for part in (choice, defaulted, outcome.note) if part)
        case Failed() | Indeterminate():
            return outcome.error
    assert_never(outcome)


def chain_to(story: Story, restored: int | None) -> set[StepId]:
    """Return the chain of steps that decided when the service came back.

    From the step that was at work when the service came back, or else ended last
    before, it goes back, each time to the cause that ended last: shortening any
    other step would have changed nothing. It does not end with a check: looking
    brings nothing back.
    """
    if restored is None:
        return set()
    begun = [
        (min(tale.ended.at, restored) if tale.ended else restored, id_)
        for id_, tale in story.steps.items()
        if tale.started and tale.started.at <= restored
        if not isinstance(story.scenario.steps[id_], Check)
    ]
    chain: set[StepId] = set()
    latest = max(begun, default=None)
    while latest is not None:
        chain.add(latest[1])
        causes = [
            (fact.at, edge.step)
            for edge in story.scenario.steps[latest[1]].edges
            if (fact := story.steps[edge.step].ended) is not None and edge.step not in chain
        ]
        latest = max(causes, default=None)
    return chain
