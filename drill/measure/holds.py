"""The exercise clock as people read it: gross time less the holds, and more by each jump.

Gross time never stops, and verdicts use it. Net time is what the facilitator made
of it: each hold has who ordered it and why, and a jump goes on at the next moment
that the scenario names. Machines know neither.
"""

from datetime import timedelta

from drill.exercise.clock import is_for_people
from drill.measure.causes import ready_at
from drill.measure.spans import Moment, between, seconds
from drill.measure.tales import Jump, StepTale, Story
from drill.model.names import StepId
from drill.model.people import HoldView
from drill.model.steps import Step, StoryInject
from drill.model.view import Interval

_BEFORE = -1
"""Before the first record: with it the exercise may be put forward at once."""
_MICROSECOND = timedelta(microseconds=1)


def net(story: Story, at: int) -> int:
    """Return what the exercise clock showed at a moment of gross time; both in nanoseconds."""
    return at - held(story, 0, at) + jumped(story, _BEFORE, at)


def held(story: Story, begin: int, end: int) -> int:
    """Return for how long of a stretch of gross time the exercise clock stood."""
    stretches = (
        min(end, end if hold.ends is None else hold.ends) - max(begin, hold.begins)
        for hold in story.holds
    )
    return sum(max(0, stretch) for stretch in stretches)


def jumped(story: Story, begin: int, end: int) -> int:
    """Return by how much the exercise clock was put forward within a stretch of gross time."""
    return sum(jump.by for jump in story.jumps if begin < jump.at <= end)


def net_interval(story: Story, begin: Moment, end: Moment) -> Interval:
    """Return what a stretch of gross time lasted on the exercise clock."""
    return between(_net_moment(story, begin), _net_moment(story, end))


def _net_moment(story: Story, when: Moment) -> Moment:
    return Moment(net(story, when.lo), None if when.hi is None else net(story, when.hi))


def goes_on(story: Story, at: int) -> None:
    """End the hold that lasts, if there is one.

    What became due of the story meanwhile waits to be released one by one.
    """
    if not is_held(story):
        return
    story.holds[-1].ends = at
    now = net(story, at)
    for id_, tale in waiting(story):
        step = story.scenario.steps[id_]
        due = (moment_of(step) or 0) <= now and ready_at(story, step) is not None
        tale.kept = tale.kept or (isinstance(step, StoryInject) and due)


def is_held(story: Story) -> bool:
    """Tell whether the exercise clock stands."""
    return bool(story.holds) and story.holds[-1].ends is None


def jump(story: Story, at: int) -> None:
    """Put the exercise clock forward to the earliest moment ahead, if a step waits for one."""
    now = net(story, at)
    moments = (moment_of(story.scenario.steps[id_]) for id_, tale in waiting(story))
    ahead = [moment for moment in moments if moment is not None and moment > now]
    if ahead:
        story.jumps.append(Jump(at, min(ahead) - now))


def waiting(story: Story) -> list[tuple[StepId, StepTale]]:
    """Return the steps that have not begun and that nobody released before their moment."""
    return [
        (id_, tale)
        for id_, tale in story.steps.items()
        if tale.started is None and not tale.skipped and not tale.released
    ]


def moment_of(step: Step) -> int | None:
    """Return when a step's moment on the exercise clock comes, in nanoseconds."""
    return None if step.at is None else step.at // _MICROSECOND * 1000


def deadline_of(story: Story, step: Step, tale: StepTale, now: int) -> int | None:
    """Return until when people must answer a step; a hold gives them its own length more."""
    if tale.started is None or tale.deadline is None or not is_for_people(step, story.opened):
        return None
    end = tale.ended.at if tale.ended else now
    return tale.deadline + held(story, tale.started.at, end)


def hold_views(story: Story) -> tuple[HoldView, ...]:
    """Return every hold, with who ordered it and why."""
    return tuple(
        HoldView(
            begins=seconds(hold.begins),
            ends=None if hold.ends is None else seconds(hold.ends),
            by=hold.by,
            why=hold.why,
        )
        for hold in story.holds
    )
