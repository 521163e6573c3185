"""What a story is made of: one tale for each step and each service.

All times are nanoseconds of the exercise clock. ``seq`` numbers say which
record a fact rests on.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from drill.measure.clocks import ExerciseClock
from drill.model.events import (
    AbortOrdered,
    ExerciseOpened,
    LedgerRead,
    Progressed,
    Receipt,
    Record,
)
from drill.model.names import ServiceName, StepId
from drill.model.outcome import Done, Outcome
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


@dataclass(slots=True)
class StepTale:
    """One step's records."""

    started: Fact | None = None
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
    notes: list[str] = field(default_factory=list)
    records: list[int] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Tell whether it ended done, and in time."""
        return isinstance(self.outcome, Done) and self.expired is None


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
