"""Everything that can happen in an exercise; nothing else ever does.

The schemas only grow: a journal written today is readable for ever. An event
that orders work is written before the work starts, and its record's ``seq`` is
the work's *ticket*, which every report about that work carries.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue, TypeAdapter

from drill.model.base import Model, Text
from drill.model.names import RoleName, ServiceName, StepId
from drill.model.outcome import Outcome
from drill.model.sayings import Saying
from drill.model.scenario import Scenario
from drill.model.targets import Target
from drill.model.time import Stamp

Receipt = Mapping[str, JsonValue]
"""What a fault captured before it was applied: all that its undo needs."""


class Approval(Model):
    """A person's signature under the plan, verified before anything began."""

    by: Text
    key: Text
    """The fingerprint of the key that signed."""
    expires: AwareDatetime


Mode = Literal["live", "rehearsal", "tabletop"]
"""On the targets; on virtual time as the plan claims; at a table as the people say."""


class ExerciseOpened(Model):
    """The first record: what will be exercised, by whom, on what."""

    type: Literal["exercise-opened"] = "exercise-opened"
    run: str
    mode: Mode
    scenario: Scenario
    """Resolved: each parameter has the value it is run with."""
    targets: tuple[Target, ...]
    digest: str
    """SHA-256 of the resolved plan; approvals and the report name the same."""
    files: Mapping[str, str] = {}
    """Each file the plan uses (scenario, targets, playbooks, runbook) to its SHA-256."""
    answers: Mapping[RoleName, str] = {}
    """Given beforehand by ``--yes-as``, for people's steps of an unattended run."""
    environment: Mapping[str, Text] = {}
    """Versions and the like, as the report prints them."""
    approvals: tuple[Approval, ...] = ()
    facilitated: bool = False
    """Somebody facilitates: it stays open for the hot wash until it is said to have ended."""


class ConductorResumed(Model):
    """Another process took the exercise up where its journal stands."""

    type: Literal["conductor-resumed"] = "conductor-resumed"
    environment: Mapping[str, Text] = {}
    approved_by: Text = ""
    """Who approved going on; without it, an exercise that had begun only heals and closes."""


class WatchStarted(Model):
    """A service's probe or ledger begins to watch. Written before it does."""

    type: Literal["watch-started"] = "watch-started"
    service: ServiceName
    kind: Literal["probe", "ledger"]


class Sample(Model):
    """One observation by a probe, in nanoseconds of ``CLOCK_BOOTTIME``."""

    planned: int
    start: int
    end: int
    state: Literal["good", "bad", "unknown"]
    by: Text = ""
    """The instance that answered."""
    note: Text = ""


class SamplesTaken(Model):
    """A batch of observations, in the order they were planned."""

    type: Literal["samples-taken"] = "samples-taken"
    ticket: int
    service: ServiceName
    samples: tuple[Sample, ...]


class Write(Model):
    """One canary sent through the real write path; times as in :class:`Sample`."""

    n: int
    invoke: int
    complete: int | None
    outcome: Literal["ok", "fail", "info"]
    """``info``: nobody can know (a time-out, a lost link, an unsure COMMIT)."""
    by: Text = ""
    note: Text = ""


class WritesMade(Model):
    """A batch of canaries, in the order they completed."""

    type: Literal["writes-made"] = "writes-made"
    ticket: int
    service: ServiceName
    writes: tuple[Write, ...]


class WatchStopRequested(Model):
    """The watch is told to stop; what it still holds it reports first."""

    type: Literal["watch-stop-requested"] = "watch-stop-requested"
    service: ServiceName
    kind: Literal["probe", "ledger"]
    deadline: Stamp


class WatchEnded(Model):
    """The watch stopped, or nobody knows of it any more."""

    type: Literal["watch-ended"] = "watch-ended"
    ticket: int
    service: ServiceName
    kind: Literal["probe", "ledger"]
    outcome: Outcome


class LedgerReadStarted(Model):
    """The ledger is to be read back, strongly, through every node, until two reads agree."""

    type: Literal["ledger-read-started"] = "ledger-read-started"
    service: ServiceName
    deadline: Stamp


class Span(Model):
    """The canaries ``first`` to ``last``, both included, written under one watch's ticket."""

    ticket: int
    first: int
    last: int


WRITE_PATH = "write-path"
"""The name of the node in a :class:`NodeRead` that was read where the canaries were written.

It is what the service's users would get; every other node is only compared with it.
"""


class NodeRead(Model):
    """What one node had in the read that two reads agreed on."""

    node: str
    reachable: bool
    found: tuple[Span, ...] = ()
    duplicates: tuple[Span, ...] = ()
    note: Text = ""


class LedgerRead(Model):
    """What was found when the ledger was read back."""

    type: Literal["ledger-read"] = "ledger-read"
    ticket: int
    service: ServiceName
    nodes: tuple[NodeRead, ...] = ()
    reads: int = 0
    outcome: Outcome


class StepStarted(Model):
    """Written before the step is attempted, never after."""

    type: Literal["step-started"] = "step-started"
    step: StepId
    deadline: Stamp


class FaultPrepared(Model):
    """What the undo will need, written before the fault is applied."""

    type: Literal["fault-prepared"] = "fault-prepared"
    step: StepId
    ticket: int
    receipt: Receipt


class Progressed(Model):
    """Something worth keeping happened inside a step: a task of a playbook, a line of output."""

    type: Literal["progressed"] = "progressed"
    step: StepId
    ticket: int
    what: Text
    outcome: Literal["started", "ok", "changed", "skipped", "failed", "unreachable"]
    note: Text = ""
    seconds: float | None = None


class StepExpired(Model):
    """The deadline passed; the worker has been told to stop."""

    type: Literal["step-expired"] = "step-expired"
    step: StepId


class StepEnded(Model):
    """The step's one and only outcome."""

    type: Literal["step-ended"] = "step-ended"
    step: StepId
    ticket: int
    outcome: Outcome
    by: Text = ""
    """The person or the means (``--yes-as``) that answered a person's step."""


class StepSkipped(Model):
    """The step was never attempted."""

    type: Literal["step-skipped"] = "step-skipped"
    step: StepId
    because: Text


class UndoStarted(Model):
    """Written before a standing fault is undone."""

    type: Literal["undo-started"] = "undo-started"
    step: StepId
    deadline: Stamp


class UndoExpired(Model):
    """The undo's deadline passed; the worker has been told to stop."""

    type: Literal["undo-expired"] = "undo-expired"
    step: StepId


class UndoEnded(Model):
    """How that undo ended. ``Done`` means: read back and found as it was before."""

    type: Literal["undo-ended"] = "undo-ended"
    step: StepId
    ticket: int
    outcome: Outcome


class StragglerReported(Model):
    """A worker that had been given up spoke after all."""

    type: Literal["straggler-reported"] = "straggler-reported"
    step: StepId
    ticket: int
    undo: bool
    outcome: Outcome


class PersonSaid(Model):
    """What a person said, in which role; also what was refused, with the reason."""

    type: Literal["person-said"] = "person-said"
    person: Text
    """Who; authenticated by whoever took it down, as ``means`` says."""
    role: RoleName
    means: Text = ""
    """How it came: ``console``, ``terminal``, ``--yes-as``."""
    saying: Saying
    refused: Text = ""
    """Why it counts for nothing; empty if it counts."""


class Escalated(Model):
    """A message that nobody acknowledged was sent again, by another way or to somebody else."""

    type: Literal["escalated"] = "escalated"
    step: StepId
    ticket: int
    to: RoleName
    channel: Text = ""


class AbortOrdered(Model):
    """No new work: heal what stands, read the ledgers, close."""

    type: Literal["abort-ordered"] = "abort-ordered"
    by: Text
    why: Text


class ExerciseClosed(Model):
    """The last record."""

    type: Literal["exercise-closed"] = "exercise-closed"


Event = Annotated[
    ExerciseOpened
    | ConductorResumed
    | WatchStarted
    | SamplesTaken
    | WritesMade
    | WatchStopRequested
    | WatchEnded
    | LedgerReadStarted
    | LedgerRead
    | StepStarted
    | FaultPrepared
    | Progressed
    | StepExpired
    | StepEnded
    | StepSkipped
    | UndoStarted
    | UndoExpired
    | UndoEnded
    | StragglerReported
    | PersonSaid
    | Escalated
    | AbortOrdered
    | ExerciseClosed,
    Field(discriminator="type"),
]

Report = (
    SamplesTaken
    | WritesMade
    | WatchEnded
    | LedgerRead
    | FaultPrepared
    | Progressed
    | StepEnded
    | UndoEnded
)
"""What a crew may say; each carries the ticket of the work it speaks of."""


class Record(Model):
    """One line of the journal: an event, its place and its time."""

    seq: int
    prev: str
    at: Stamp
    event: Event


RECORD: TypeAdapter[Record] = TypeAdapter(Record)
