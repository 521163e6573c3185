"""The fold that every surface shows: all records of a journal to one View."""

from collections.abc import Iterable
from dataclasses import asdict

from drill.measure.assumptions import assumption_views
from drill.measure.attendance import role_views
from drill.measure.availability import availability_view, seen_of
from drill.measure.claims import claims_of
from drill.measure.consistency import consistency_of
from drill.measure.durations import durations_of
from drill.measure.duties import duty_views
from drill.measure.faults import fault_views
from drill.measure.findings import findings_of
from drill.measure.holds import hold_views, is_held, net
from drill.measure.ledger import ledger_view
from drill.measure.limits import limits_of
from drill.measure.lines import log_lines
from drill.measure.marks import mark_views, marks_of
from drill.measure.objectives import objectives_of
from drill.measure.phases import phase_of_run
from drill.measure.ratings import rating_views
from drill.measure.recovery_point import recovery_point
from drill.measure.spans import seconds
from drill.measure.speech import saying_views
from drill.measure.steps import chain_to, step_views
from drill.measure.story import story_of
from drill.measure.suppliers import supplier_views
from drill.measure.tales import Story
from drill.measure.verdicts import run_verdict
from drill.model.events import Record
from drill.model.scenario import Scenario, Threat
from drill.model.time import Stamp
from drill.model.view import View


def view(records: Iterable[Record], now: Stamp | None, head: str) -> View:
    """Return what every surface shows of an exercise.

    Args:
        records: all of the journal, from the first.
        now: the current time, for an exercise that is still open; ``None`` takes
            the time of the last record.
        head: SHA-256 of the journal's last line.

    Raises:
        JournalInconsistentError: the records do not begin with an opening.
    """
    story = story_of(records)
    present = _present(story, now)
    scenario, opened = story.scenario, story.opened
    found = ((name, seen_of(story, name)) for name in story.services)
    seen = {name: one for name, one in found if one is not None}
    ledgers = (name for name, service in scenario.services.items() if service.ledger is not None)
    points = {name: recovery_point(story, name, seen.get(name)) for name in ledgers}
    marks = marks_of(story, seen)
    objectives = tuple(objectives_of(story, seen, marks, points))
    faults = fault_views(story)
    duties = duty_views(story, present)
    restored = [mark.shown for (name, _), mark in marks.items() if name == "T6"]
    whole = View(
        run=opened.run,
        mode=opened.mode,
        scenario=scenario.id,
        title=scenario.title,
        purpose=scenario.purpose,
        threat=_threat(scenario.threat),
        announced=scenario.announced,
        digest=opened.digest,
        opened=story.clock.first.wall,
        closed=None if story.closed_at is None else story.clock.wall(story.closed_at),
        clock=seconds(present),
        phase=phase_of_run(story),
        aborted=f"{story.aborted.by}: {story.aborted.why}" if story.aborted else "",
        resumed=story.resumed,
        **asdict(run_verdict(story, objectives, duties, faults)),
        objectives=objectives,
        duties=duties,
        durations=durations_of(story, marks),
        marks=mark_views(story, marks),
        steps=step_views(story, present, chain_to(story, max(restored, default=None))),
        faults=faults,
        availability=tuple(availability_view(story, name, one) for name, one in seen.items()),
        ledgers=tuple(ledger_view(story, name, point.sets) for name, point in points.items()),
        consistency=consistency_of(points),
        clock_notes=tuple(story.clock.notes),
        log=log_lines(story),
        targets=tuple((one.name, one.site, one.address) for one in opened.targets),
        approvals=tuple((one.by, one.key) for one in opened.approvals),
        environment=opened.environment,
        files=opened.files,
        records=story.records,
        head=head,
    )
    return _with_claims(_with_people(whole, story, present))


def _with_people(whole: View, story: Story, now: int) -> View:
    """Return the view with what people did, said and were told."""
    scenario, sayings, closed = story.scenario, saying_views(story), story.closed_at is not None
    people = {
        "facilitated": story.opened.facilitated,
        "held": is_held(story),
        "gross": seconds(now),
        "net": seconds(net(story, now)),
        "story_began": scenario.story_time,
        "holds": hold_views(story),
        "roles": role_views(story),
        "sayings": sayings,
        "ratings": rating_views(scenario, whole.steps, sayings, closed=closed),
    }
    return _with_lessons(whole.model_copy(update=people), scenario)


def _with_lessons(whole: View, scenario: Scenario) -> View:
    """Return the view with what the exercise taught, and what it cannot teach."""
    shown = whole.model_copy(
        update={
            "about": scenario.about,
            "realism": scenario.realism,
            "owners": {name: service.owner for name, service in scenario.services.items()},
            "plan": scenario.plan,
            "assumptions": assumption_views(scenario.assumptions, whole.steps, whole.mode),
            "suppliers": supplier_views(
                scenario.suppliers, whole.roles, whole.steps, whole.sayings
            ),
        }
    )
    return shown.model_copy(update={"findings": findings_of(shown), "limits": limits_of(shown)})


def _with_claims(whole: View) -> View:
    """Return the view of a tabletop with what was claimed at it; nothing of that is measured."""
    if whole.mode != "tabletop":
        return whole
    return whole.model_copy(update={"claims": claims_of(whole)})


def _present(story: Story, now: Stamp | None) -> int:
    if story.closed_at is not None:
        return story.closed_at
    return story.last if now is None else max(story.last, story.clock.peek(now))


def _threat(threat: Threat | None) -> str:
    if threat is None:
        return ""
    return ", ".join((threat.category, threat.severity, *threat.attack))
