"""What every surface shows: one fold of the journal, computed in one place.

The terminal, the report and ``--json`` print these values and compute nothing.
Times are seconds since the exercise clock began, that is since the first
record, unless a field says otherwise; ``None`` means *not measured*, and never
zero or the planned value.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import AwareDatetime

from drill.model.base import Model
from drill.model.form import Form
from drill.model.lessons import (
    AssumptionView,
    ControlView,
    FindingView,
    LimitView,
    SupplierView,
)
from drill.model.names import RoleName, ServiceName, StepId
from drill.model.overview import About, Realism
from drill.model.people import HoldView, RatingView, RoleView, SayingView


class Interval(Model):
    """A measured duration in seconds: the true value lies within, ``hi`` ``None`` is infinity."""

    lo: float
    hi: float | None

    @property
    def width(self) -> float | None:
        """Return how uncertain it is, in seconds."""
        return None if self.hi is None else self.hi - self.lo


class Verdict(StrEnum):
    """How an objective came out. A person never types one."""

    MET = "met"
    MISSED = "missed"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"
    NOT_MEASURED = "not measured"
    NOT_APPLICABLE = "not applicable"


class Grade(StrEnum):
    """What a number rests on."""

    A = "A"  # an independent machine probe
    B = "B"  # the executor's own record
    C = "C"  # a human time stamp by an identified observer
    D = "D"  # an estimate or a claim


class MarkView(Model):
    """One of the marks T0c to T11 of one service (or of the exercise: ``service`` is None)."""

    name: str
    title: str
    service: ServiceName | None = None
    at: float | None = None
    wall: AwareDatetime | None = None
    grade: Grade | None = None
    records: tuple[int, ...] = ()
    note: str = ""


class ObjectiveView(Model):
    """One promise and what became of it."""

    service: ServiceName
    measure: str
    """``RTO``, ``MBCO`` or ``RPO``."""
    target: float
    counted_from: str
    """The mark a time is counted from; empty for an RPO."""
    actual: Interval | None
    text: str
    """``actual`` as it is printed: ``3.21 to 3.48 s``, ``< 0.12 s``, ``not recovered``."""
    verdict: Verdict
    reason: str
    grade: Grade
    records: tuple[int, ...] = ()


class DurationView(Model):
    """A measure between two marks: detection, decision, RTA from each start, WRT, clean-up."""

    name: str
    service: ServiceName | None
    begins: str
    ends: str
    actual: Interval | None
    """Gross: it never stops."""
    net: Interval | None = None
    """On the exercise clock, without holds and with jumps."""
    grade: Grade | None


class AvailabilityView(Model):
    """The probe's samples of a service, ready to be drawn."""

    service: ServiceName
    every: float
    samples: tuple[tuple[float, str], ...]
    """Start of each sample and ``good``, ``bad`` or ``unknown``."""
    outages: tuple[tuple[float, float | None], ...]
    answered_by: Mapping[str, int]
    detection_floor: float | None
    """The largest gap between sample starts: a shorter outage could have been missed."""
    baseline: tuple[int, int]
    """Good samples and all samples before the first fault: the negative control."""
    saw_fault: bool
    """The positive control."""
    restored: Interval | None
    """When it came back, on the exercise clock."""


class LedgerSet(Model):
    """One set of canaries, by number, with a few named."""

    name: str
    meaning: str
    count: int
    examples: tuple[str, ...] = ()


class LedgerView(Model):
    """What the ledger of acknowledged writes says."""

    service: ServiceName
    every: float
    written: int
    acknowledged: int
    refused: int
    unknown: int
    sets: tuple[LedgerSet, ...]
    nodes: Mapping[str, str]
    """Node to what was found there, or why it could not be read."""
    reads: int
    note: str = ""


class StoreView(Model):
    """One store, as its ledger was read back."""

    service: ServiceName
    whole_until: Interval | None
    """Up to when every acknowledged write is there, on the exercise clock; ``None``: to the end."""
    beyond: int
    """Writes found there that were sent after the consistency point."""


class ConsistencyView(Model):
    """Up to when several stores agree with each other."""

    point: Interval | None
    """On the exercise clock; ``None``: nothing is lost in any of them."""
    stores: tuple[StoreView, ...]


class StepView(Model):
    """One step: planned and actual."""

    id: StepId
    kind: str
    uses: str
    """The plug-in, the question, the message or the task."""
    on: str = ""
    by: RoleName | str = ""
    """The role asked; for a technical step empty."""
    options: Mapping[str, str] = {}
    """A decision's options and what each means."""
    default: str = ""
    """The option taken when nobody decides within ``timeout``."""
    answered_by: str = ""
    after: tuple[str, ...] = ()
    story: str = ""
    phase: str
    """pending, running, expired, done, failed, indeterminate, skipped."""
    late: bool = False
    ready: float | None = None
    started: float | None = None
    ended: float | None = None
    planned_start: float | None = None
    planned_end: float | None = None
    expect: float | None = None
    timeout: float | None = None
    note: str = ""
    evidence: str = ""
    progress: tuple["ProgressView", ...] = ()
    told_to: tuple[RoleName, ...] = ()
    """The roles that a story inject is told to; none: everybody."""
    expected: str = ""
    """What people ought to do: for staff only."""
    questions: tuple[str, ...] = ()
    """What an evaluator is to find out: for staff only."""
    decoy: bool = False
    """It has nothing to do with the disruption: for staff only."""
    contingency: bool = False
    """It starts only if others are missed: for staff only."""
    kept_back: bool = False
    """It waits for the facilitator to release it: for staff only."""
    due: float | None = None
    """When its moment on the exercise clock comes (``at``), in net seconds: for staff only."""
    defaulted: bool = False
    """Nobody decided in time, and the plan's default was applied."""
    accepted_by: str = ""
    """Who has taken a task on."""
    claimed: float | None = None
    """How long the people at the table say that it would take, in seconds."""
    deadline: float | None = None
    """Until when it must be answered, on the exercise clock; moved by holds."""
    escalations: tuple["EscalationView", ...] = ()
    lane: str = ""
    """Who it is waiting for: the role, or the target."""
    slack: float | None = None
    """How much later the plan has it end without the whole being later, in seconds."""
    critical: bool = False
    """On the chain of steps that decided when the service came back."""
    records: tuple[int, ...] = ()


class EscalationView(Model):
    """A message that was sent again, by another way or to somebody else."""

    at: float
    to: RoleName
    channel: str = ""


class ProgressView(Model):
    """A task inside a step."""

    what: str
    outcome: str
    note: str = ""
    seconds: float | None = None


class LeaseView(Model):
    """The host's own promise to end a fault."""

    tier: str
    """``A``: by a unit of systemd, also after a reboot; ``B``: by a process of its own."""
    seconds: float
    """How long it waits for the next word."""
    lost: bool
    """Nobody renewed it in time: the host ended the fault by itself."""


LEFT = frozenset({"prepared", "standing", "undoing", "stuck"})
"""How a fault stands that may still be in the world."""


class FaultView(Model):
    """A fault in the world, from receipt to proof of removal."""

    step: StepId
    fault: str
    target: str
    standing: str
    """prepared, standing, undoing, undone, stuck, never-applied."""
    prepared: float | None = None
    applied: float | None = None
    undone: float | None = None
    proof: str = ""
    lease: LeaseView | None = None
    """``None``: the host cannot end it, only drill can."""
    records: tuple[int, ...] = ()

    @property
    def left(self) -> bool:
        """Whether it may still be in the world."""
        return self.standing in LEFT


class DutyView(Model):
    """A time limit that a law, a contract or a standard sets."""

    name: str
    text: str
    source: str
    within: float
    begins: float | None
    ends: float | None
    took: float | None = None
    """Seconds, gross: holds count, and so does time that was jumped; so far, if it is not over."""
    net: float | None = None
    """Seconds on the exercise clock, without holds."""
    verdict: Verdict
    """By gross time."""
    step: str = ""
    """The step that must be done within it."""
    records: tuple[int, ...] = ()


class ClaimView(Model):
    """What was said of a step at a table, and what was measured when it was done."""

    step: StepId
    """Empty for what is claimed of a whole service."""
    what: str
    claimed: float | None
    """Seconds, as the people at the table said."""
    planned: float | None
    """Seconds, as the plan expects."""
    measured: float | None
    """Seconds, of the live exercise."""
    run: str = ""
    """The exercise in which it was claimed."""


class LogLine(Model):
    """One line of the log."""

    seq: int
    at: float
    wall: AwareDatetime
    what: str
    step: str = ""
    text: str = ""


class View(Model):
    """An exercise, as everyone sees it."""

    run: str
    mode: str
    scenario: str
    title: str
    purpose: str
    threat: str
    announced: bool | None = None
    """Whether those exercised knew of it beforehand."""
    digest: str
    opened: AwareDatetime
    closed: AwareDatetime | None
    clock: float
    """Seconds since the first record: of the last record if closed, else now."""
    phase: str
    """baseline, running, settling, healing, reading, closed."""
    aborted: str
    """Who aborted it and why; empty if nobody did."""
    resumed: int
    verdict: Verdict
    summary: str
    """The verdict in one or two sentences."""
    exit_status: int
    objectives: tuple[ObjectiveView, ...]
    durations: tuple[DurationView, ...]
    marks: tuple[MarkView, ...]
    steps: tuple[StepView, ...]
    faults: tuple[FaultView, ...]
    availability: tuple[AvailabilityView, ...]
    ledgers: tuple[LedgerView, ...]
    consistency: ConsistencyView | None = None
    """``None``: fewer than two stores were read back."""
    clock_notes: tuple[str, ...]
    """Steps and suspends of the clocks that were seen."""
    log: tuple[LogLine, ...]
    targets: tuple[tuple[str, str, str], ...]
    """Name, site, address."""
    facilitated: bool = False
    held: bool = False
    """The exercise clock stands."""
    gross: float = 0.0
    """Seconds since the first record, holds and all."""
    net: float = 0.0
    """The exercise clock: without holds."""
    story_began: AwareDatetime | None = None
    """When the story begins, if it has a time of its own."""
    holds: tuple[HoldView, ...] = ()
    roles: tuple[RoleView, ...] = ()
    sayings: tuple[SayingView, ...] = ()
    ratings: tuple[RatingView, ...] = ()
    duties: tuple[DutyView, ...] = ()
    claims: tuple[ClaimView, ...] = ()
    findings: tuple[FindingView, ...] = ()
    about: About | None = None
    realism: Realism | None = None
    owners: Mapping[ServiceName, RoleName] = {}
    """Who accepts each service."""
    plan: str = ""
    """The plan under test: one of ``files``."""
    limits: tuple[LimitView, ...] = ()
    """What this exercise does not prove."""
    assumptions: tuple[AssumptionView, ...] = ()
    suppliers: tuple[SupplierView, ...] = ()
    controls: tuple[ControlView, ...] = ()
    """Only in a report: which controls it is evidence of."""
    form: Form = Form()
    """Only in a report: what people filled in afterwards."""
    approvals: tuple[tuple[str, str], ...] = ()
    """Who approved the plan, and the fingerprint of the key that signed."""
    environment: Mapping[str, str]
    files: Mapping[str, str]
    records: int
    head: str
    """SHA-256 of the journal's last line."""
