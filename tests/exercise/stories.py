"""Small plans, and journals told record by record: what the tests of the core are made of."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from drill.exercise.evolve import fold
from drill.exercise.state import RunState
from drill.graph.plan import Plan, plan_of
from drill.journal.memory import MemoryJournal
from drill.model.events import Event, ExerciseOpened, Record
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.scenario import Scenario
from drill.model.time import Stamp

DONE, FAILED, UNSURE = Done(), Failed(error="no"), Indeterminate(error="who knows")
SECOND = 1_000_000_000
BOOT = "0b8a3a3c"

INJECT = {"inject": "a.fault", "on": "host", "timeout": "10s"}
RECOVER = {"recover": "an.action", "on": "host", "timeout": "10s"}
CHECK = {"check": "a.probe", "timeout": "10s"}
STATE_GOOD = {
    "check": "service.state",
    "with": {"service": "shop", "is": "good", "for": "2s"},
    "timeout": "10s",
}
STATE_BAD = {**STATE_GOOD, "with": {"service": "shop", "is": "bad", "for": "2s"}}
NOTIFY = {"notify": "boss", "message": "hear", "acknowledge": "10s"}
DECIDE = {
    "decide": "go?",
    "by": "boss",
    "options": {"yes": "go", "no": "stay"},
    "default": {"option": "no", "after": "10s"},
}
TASK = {"task": "look", "by": "boss", "timeout": "10s"}
STORY = {"inject": "story", "story": "A journalist is on the phone."}
PROBE = {"uses": "a.probe", "every": "1s", "within": "1s"}
LEDGER = {"uses": "a.ledger", "every": "1s"}


def service(*, probe: bool = True, ledger: bool = False, **more: object) -> dict[str, object]:
    """Return a service that is watched."""
    parts = {**({"probe": PROBE} if probe else {}), **({"ledger": LEDGER} if ledger else {})}
    return {"owner": "boss", **parts, **more}


def scenario_of(
    steps: Mapping[str, object], services: Mapping[str, object] | None = None, **more: object
) -> Scenario:
    return Scenario.model_validate(
        {
            "drill": 1,
            "id": "a-story",
            "title": "A story",
            "targets": "lab.yaml",
            "services": services or {},
            "roles": {"boss": {}},
            "steps": steps,
            **more,
        }
    )


def plan_with(services: Mapping[str, object] | None = None, **steps: object) -> Plan:
    """Return a plan of these steps, with ``_`` in their names for ``-``."""
    named = {name.replace("_", "-"): step for name, step in steps.items()}
    return plan_of(scenario_of(named, services), (), {})


def at(seconds: float, boot: str = BOOT) -> Stamp:
    """Return the stamp so many seconds after the exercise began."""
    return Stamp(
        wall=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds),
        boot_ns=1_000 * SECOND + round(seconds * SECOND),
        boot=boot,
    )


def opening_of(plan: Plan, **more: object) -> ExerciseOpened:
    return ExerciseOpened(
        run="a-run",
        scenario=plan.scenario,
        targets=(),
        digest=plan.digest,
        **{"mode": "rehearsal", **more},
    )


def records_of(
    plan: Plan, events: Iterable[tuple[float, Event]], **opening: object
) -> tuple[Record, ...]:
    """Return the journal of these events, each with its second, after the opening at 0."""
    journal = MemoryJournal()
    journal.append(opening_of(plan, **opening), at(0))
    for seconds, event in events:
        journal.append(event, at(seconds))
    return tuple(journal)


def told(plan: Plan, *events: tuple[float, Event], **opening: object) -> RunState:
    """Fold these events, each with its second, after the opening at 0."""
    return fold(records_of(plan, events, **opening))
