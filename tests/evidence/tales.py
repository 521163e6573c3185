"""A journal in which persons, outputs and addresses stand wherever they can."""

from datetime import UTC, datetime

from exercise.stories import at, plan_with
from exercise.stories import service as service_of

from drill.graph.plan import plan_of
from drill.journal.memory import MemoryJournal
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    Escalated,
    ExerciseClosed,
    ExerciseOpened,
    FaultPrepared,
    LedgerRead,
    LedgerReadStarted,
    NodeRead,
    PersonSaid,
    Progressed,
    Sample,
    SamplesTaken,
    Span,
    StepEnded,
    StepSkipped,
    StepStarted,
    StragglerReported,
    UndoEnded,
    UndoStarted,
    WatchEnded,
    WatchStarted,
    WatchStopRequested,
    Write,
    WritesMade,
)
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.overview import About
from drill.model.sayings import Aborted, Acknowledged, Decided, Joined, Noted, Skipped
from drill.model.targets import Target

PEOPLE = ("Ann Archer", "bob@ops-laptop", "Cid")
OUTPUTS = ("OUT-1 pg_ctl said", "OUT-2 trace", "OUT-3 typed", "OUT-4 reason", "no-such-choice")
INSTANCES = ("db1-7421", "db2-7422")
ADDRESSES = ("10.9.8.7", "db2.corp.example")
TRACES = ("SHA256:fingerprint", "~ann/bin/drill run", "ops-laptop")
ANN, BOB, CID = PEOPLE
BAD = Failed(error=OUTPUTS[0], evidence=OUTPUTS[1])

PLAN = plan_with(
    {"shop": service_of(ledger=True)},
    lose={"inject": "a.fault", "on": "db1", "timeout": "10s"},
    mend={"recover": "an.action", "on": "db1", "timeout": "10s", "with": {"peer": "10.9.8.7"}},
    call={"notify": "boss", "message": "Ann Archer will call you", "acknowledge": "10s"},
    go={
        "decide": "go?",
        "by": "boss",
        "options": {"yes": "go", "no": "stay"},
        "default": {"option": "no", "after": "10s"},
    },
)
TARGETS = (
    Target(name="db1", site="a", address=ADDRESSES[0]),
    Target(name="db2", site="b", address=ADDRESSES[1]),
)


def opened():
    about = About(
        organisation="Example", contact="Ann Archer <ann@example.org>", retention="5 years"
    )
    scenario = PLAN.scenario.model_copy(update={"about": about})
    plan = plan_of(scenario, TARGETS, {"lab.yaml": "ab" * 32})
    return ExerciseOpened(
        run="20260101-000000-a-story",
        mode="live",
        scenario=scenario,
        targets=TARGETS,
        digest=plan.digest,
        files=plan.files,
        environment={"drill": "0.1.0", "command": TRACES[1], "controller": TRACES[2]},
        approvals=(
            {"by": ANN, "key": TRACES[0], "expires": datetime(2026, 1, 2, tzinfo=UTC)},
            {"by": CID, "key": TRACES[0], "expires": datetime(2026, 1, 2, tzinfo=UTC)},
        ),
        facilitated=True,
    )


def said(person, saying, refused="", role="boss"):
    return PersonSaid(person=person, role=role, saying=saying, means="console", refused=refused)


def sample(second, state, by="", note=""):
    ns = (1_000 + second) * 1_000_000_000
    return Sample(planned=ns, start=ns, end=ns + 1_000_000, state=state, by=by, note=note)


def write(n, second, outcome, by=""):
    ns = (1_000 + second) * 1_000_000_000
    done = None if outcome == "info" else ns + 1_000_000
    return Write(n=n, invoke=ns, complete=done, outcome=outcome, by=by, note=OUTPUTS[1])


def told():
    """Yield each event with its second."""
    yield 0, opened()
    yield 0, said(ANN, Joined())
    yield 0, said(BOB, Joined(), role="facilitator")
    yield 0, WatchStarted(service="shop", kind="probe")
    yield 0, WatchStarted(service="shop", kind="ledger")
    yield (
        1,
        SamplesTaken(
            ticket=3,
            service="shop",
            samples=tuple(sample(n / 10, "good", INSTANCES[0]) for n in range(1, 40)),
        ),
    )
    yield (
        1,
        WritesMade(
            ticket=4,
            service="shop",
            writes=tuple(write(n, n / 10, "ok", INSTANCES[0]) for n in range(1, 40)),
        ),
    )
    yield 4, StepStarted(step="lose", deadline=at(14))
    yield (
        4,
        FaultPrepared(
            step="lose",
            ticket=7,
            receipt={
                "tier": "systemd",
                "ttl": 60,
                "lease": "systemd",
                "was": [OUTPUTS[0], 7, None],
            },
        ),
    )
    yield 5, StepEnded(step="lose", ticket=7, outcome=Done(note=OUTPUTS[0]))
    yield 5, StepStarted(step="call", deadline=at(15))
    yield 5, Escalated(step="call", ticket=10, to="boss-deputy", channel="telephone")
    yield 6, said(CID, Acknowledged(step="call", note=OUTPUTS[2]), role="boss-deputy")
    yield 6, StepEnded(step="call", ticket=10, outcome=Done(note=OUTPUTS[2]), by=CID)
    yield 6, StepStarted(step="go", deadline=at(16))
    yield 6, said(ANN, Decided(step="go", choice=OUTPUTS[4]), f"{OUTPUTS[4]!r} is none of yes, no")
    yield 7, said(ANN, Decided(step="go", choice="yes", note=OUTPUTS[2]))
    yield 7, StepEnded(step="go", ticket=14, outcome=Done(note=OUTPUTS[2], choice="yes"), by=ANN)
    yield 8, StepStarted(step="mend", deadline=at(18))
    yield 9, Progressed(step="mend", ticket=18, what=OUTPUTS[0], outcome="ok", note=OUTPUTS[1])
    yield (
        9,
        SamplesTaken(
            ticket=3,
            service="shop",
            samples=(
                *(sample(4 + n / 10, "bad", note=OUTPUTS[0]) for n in range(50)),
                *(sample(9 + n / 10, "good", INSTANCES[1]) for n in range(50)),
            ),
        ),
    )
    yield (
        9,
        WritesMade(
            ticket=4,
            service="shop",
            writes=(
                *(write(n, n / 10, "fail") for n in range(40, 90)),
                *(write(n, n / 10, "ok", INSTANCES[1]) for n in range(90, 130)),
            ),
        ),
    )
    yield 14, StepEnded(step="mend", ticket=18, outcome=BAD)
    yield 14, StragglerReported(step="mend", ticket=18, undo=False, outcome=BAD)
    yield 14, said(BOB, Skipped(step="call", why=OUTPUTS[3]), "call has begun", role="facilitator")
    yield 14, StepSkipped(step="call", because=f"left out by {BOB}: {OUTPUTS[3]}")
    yield 15, ConductorResumed(environment={"command": TRACES[1]}, approved_by=BOB)
    yield 15, said(BOB, Aborted(why=OUTPUTS[3]), role="facilitator")
    yield 15, AbortOrdered(by=BOB, why=OUTPUTS[3])
    yield 15, UndoStarted(step="lose", deadline=at(25))
    yield 15, UndoEnded(step="lose", ticket=28, outcome=Indeterminate(error=OUTPUTS[0]))
    yield 16, UndoStarted(step="lose", deadline=at(26))
    yield 16, UndoEnded(step="lose", ticket=30, outcome=Done(note="as it was, read back (lease)"))
    yield 17, WatchStopRequested(service="shop", kind="probe", deadline=at(27))
    yield 17, WatchStopRequested(service="shop", kind="ledger", deadline=at(27))
    yield 17, WatchEnded(ticket=3, service="shop", kind="probe", outcome=Done(note=OUTPUTS[1]))
    yield 17, WatchEnded(ticket=4, service="shop", kind="ledger", outcome=BAD)
    yield 17, LedgerReadStarted(service="shop", deadline=at(28))
    yield (
        18,
        LedgerRead(
            ticket=36,
            service="shop",
            reads=2,
            nodes=(
                NodeRead(
                    node="write-path",
                    reachable=True,
                    found=(Span(ticket=4, first=1, last=35), Span(ticket=4, first=90, last=129)),
                    note=OUTPUTS[1],
                ),
            ),
            outcome=Done(note=OUTPUTS[1]),
        ),
    )
    yield 18, said(ANN, Noted(text=OUTPUTS[2]))
    yield 19, ExerciseClosed()


def lines():
    journal = MemoryJournal()
    for second, event in told():
        journal.append(event, at(second))
    return journal.lines
