"""The measures between two marks."""

from collections.abc import Iterator

from drill.measure.holds import net_interval
from drill.measure.mark import Mark, Marks
from drill.measure.marks import graded
from drill.measure.spans import at, between
from drill.measure.tales import Story
from drill.model.names import ServiceName
from drill.model.view import DurationView, Grade

_OF_THE_EXERCISE = (
    ("assessment", "T1", "T2"),
    ("decision", "T1", "T3"),
    ("mobilisation", "T3", "T4"),
)

_OF_A_SERVICE = (
    ("machine detection", "T0", "T1m"),
    ("human detection", "T0", "T1"),
    ("RTA from onset", "T0", "T6"),
    ("RTA from detection", "T1", "T6"),
    ("RTA from declaration", "T3", "T6"),
    ("RTA to the minimum service level", "T0", "T8"),
    ("work recovery time", "T6", "T9"),
    ("outage, against MTPD", "T0", "T9"),
)


def durations_of(story: Story, marks: Marks) -> tuple[DurationView, ...]:
    """Return every measure, measured or not."""
    exercise = (_duration(story, marks, None, row) for row in _OF_THE_EXERCISE)
    services = (
        _duration(story, marks, name, row) for name in story.services for row in _OF_A_SERVICE
    )
    return (*exercise, *services, *_clean_up(story, marks))


def _duration(
    story: Story, marks: Marks, service: ServiceName | None, row: tuple[str, str, str]
) -> DurationView:
    name, begins, ends = row
    begin, end = _mark(marks, begins, service), _mark(marks, ends, service)
    return DurationView(
        name=name,
        service=service,
        begins=begins,
        ends=ends,
        actual=between(begin.when, end.when) if begin and end else None,
        net=net_interval(story, begin.when, end.when) if begin and end else None,
        grade=graded(story, max(begin.grade, end.grade)) if begin and end else None,
    )


def _mark(marks: Marks, name: str, service: ServiceName | None) -> Mark | None:
    return marks.get((name, service)) or marks.get((name, None))


def _clean_up(story: Story, marks: Marks) -> Iterator[DurationView]:
    """Yield the time from the end of the last step (EndEx) to T11."""
    ends = [tale.ended.at for tale in story.steps.values() if tale.ended]
    cleaned = marks.get(("T11", None))
    begin = at(max(ends, default=0))
    actual = between(begin, cleaned.when) if cleaned and ends else None
    yield DurationView(
        name="clean-up",
        service=None,
        begins="EndEx",
        ends="T11",
        actual=actual,
        net=net_interval(story, begin, cleaned.when) if cleaned and ends else None,
        grade=graded(story, Grade.B) if actual else None,
    )
