"""What a story is made of: one tale for each step and each service.

All times are nanoseconds of the exercise clock. ``seq`` numbers say which
record a fact rests on.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from drill.measure.clocks import ExerciseClock
from drill.model.events import (
    AbortOrdered,
    Escalated,
    ExerciseOpened,
    LedgerRead,
    PersonSaid,
    Progressed,
    Receipt,
    Record,
)
from drill.model.names import ServiceName, StepId
from drill.model.outcome import Done, Outcome
from drill.model.sayings import Claimed
from drill.model.scenario import Scenario


class Look(NamedTuple):
    """One sample of a probe."""

    start: int
    end: int
    state: str
    by: str
    seq: int


class Writing(NamedTuple):
    """One canary."""

    invoke: int
    complete: int | None
    outcome: str
    by: str
    ticket: int
    n: int


class Fact(NamedTuple):
    """Something happened: when, and by which record."""

    at: int
    seq: int


class Said(NamedTuple):
    """What a person said, and when."""

    at: int
    seq: int
    event: PersonSaid

    @property
    def counts(self) -> bool:
        """Tell whether it was heard; what was refused changes nothing."""
        return not self.event.refused


class Sent(NamedTuple):
    """A message that was sent again."""

    at: int
    event: Escalated


class Jump(NamedTuple):
    """The exercise clock was put forward."""

    at: int
    by: int


@dataclass(slots=True)
class Hold:
    """A pause of the exercise clock."""

    begins: int
    by: str
    why: str
    ends: int | None = None


@dataclass(slots=True)
class StepTale:
    """One step's records."""

    started: Fact | None = None
    deadline: int | None = None
    """Until when it was to be over, when it was started."""
    prepared: Fact | None = None
    receipt: Receipt = field(default_factory=dict)
    expired: Fact | None = None
    ended: Fact | None = None
    outcome: Outcome | None = None
    by: str = ""
    skipped: str = ""
    progress: list[Progressed] = field(default_factory=list)
    undo_started: Fact | None = None
    undo_ended: Fact | None = None
    undo_outcome: Outcome | None = None
    undo_tries: int = 0
    """By the conductor that conducts now, since the last that succeeded."""
    undo_again: bool = False
    """It was applied while it was being undone: that undo proves nothing."""
    stuck: bool = False
    """So many undos did not succeed that none follows: a person must act."""
    undos: list[int] = field(default_factory=list)
    """When each undo began."""
    kept: bool = False
    """It waits for the facilitator."""
    released: bool = False
    """It waits no longer for its moment."""
    accepted_by: str = ""
    """Who took the task on."""
    claim: Claimed | None = None
    """What was said of it at a table."""
    said: list[Said] = field(default_factory=list)
    """All that people said about it and that counts."""
    escalated: list[Sent] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    records: list[int] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Tell whether it ended done, and in time."""
        return isinstance(self.outcome, Done) and self.expired is None

    @property
    def defaulted(self) -> bool:
        """Tell whether nobody decided, and the plan's default was applied."""
        return isinstance(self.outcome, Done) and self.outcome.defaulted


@dataclass(slots=True)
class ServiceTale:
    """One service's samples and canaries, and how its ledger was read back."""

    looks: list[Look] = field(default_factory=list)
    writes: list[Writing] = field(default_factory=list)
    tickets: set[int] = field(default_factory=set)
    """Tickets of ledger watches."""
    complete: set[int] = field(default_factory=set)
    """Those that said all they knew before they ended."""
    read_started: Fact | None = None
    read: LedgerRead | None = None
    read_seq: int = -1


class Line(NamedTuple):
    """A record that belongs in the log; samples and canaries do not."""

    at: int
    record: Record


@dataclass(slots=True)
class Story:
    """Everything the journal says, sorted."""

    opened: ExerciseOpened
    clock: ExerciseClock
    steps: dict[StepId, StepTale]
    services: dict[ServiceName, ServiceTale]
    log: list[Line] = field(default_factory=list)
    sayings: list[Said] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    jumps: list[Jump] = field(default_factory=list)
    aborted: AbortOrdered | None = None
    aborted_at: int | None = None
    closed_at: int | None = None
    resumed: int = 0
    records: int = 0
    last: int = 0
    """When the last record was written."""

    @property
    def scenario(self) -> Scenario:
        """The resolved scenario."""
        return self.opened.scenario
