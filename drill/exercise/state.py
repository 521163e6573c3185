"""Where an exercise stands. Only :mod:`drill.exercise.evolve` makes new ones."""

from __future__ import annotations  # rpds' maps cannot be subscripted at run time

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Literal, NamedTuple

from rpds import HashTrieMap, HashTrieSet

from drill.model.events import ExerciseOpened, Receipt
from drill.model.names import RoleName, ServiceName, StepId
from drill.model.outcome import Outcome
from drill.model.steps import After
from drill.model.time import Stamp

HEALS = "taken up after a crash: healing first"
"""Why an interrupted exercise stops that had begun and that nobody approved to go on."""


class Phase(Enum):
    """A step's phase; the last four are final."""

    PENDING = "pending"
    RUNNING = "running"
    EXPIRED = "expired"
    DONE = "done"
    FAILED = "failed"
    INDETERMINATE = "indeterminate"
    SKIPPED = "skipped"


FINAL = frozenset({Phase.DONE, Phase.FAILED, Phase.INDETERMINATE, Phase.SKIPPED})


class Standing(Enum):
    """Whether a fault stands in the world, as far as we know.

    ``STANDING`` from the moment its receipt is written: it may be applied at any
    moment after. ``STUCK``: several undos did not succeed.
    """

    NONE = "none"
    STANDING = "standing"
    UNDOING = "undoing"
    UNDONE = "undone"
    STUCK = "stuck"


class Claim(NamedTuple):
    """What the people at the table said of a step that machines would do."""

    takes: timedelta
    works: bool
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class StepState:
    """One step's story so far."""

    phase: Phase = Phase.PENDING
    ticket: int = -1
    """The record that ordered the attempt."""
    asked: int = 0
    """The ``boot_ns`` of that record, or of the resume after it: what was seen before is old."""
    deadline: Stamp | None = None
    outcome: Outcome | None = None
    standing: Standing = Standing.NONE
    receipt: Receipt | None = None
    undo_ticket: int = -1
    undo_deadline: Stamp | None = None
    undo_expired: bool = False
    undo_tries: int = 0
    undo_again: bool = False
    """The apply, given up long ago, spoke while it was being undone: that undo proves nothing."""
    undo_ended: Stamp | None = None
    undo_told: bool = False
    """It was undone once, or stuck: whoever waited for that has been told, and is told no more."""
    stood_from: Stamp | None = None
    """Since when the fault stands."""
    since: Stamp | None = None
    """When it was started, on the exercise clock: later by each hold since."""
    accepted_by: str = ""
    """Who has taken the task on."""
    escalations: int = 0
    """How many of the message's escalations have come."""
    claim: Claim | None = None


class WatchPhase(Enum):
    """A watch's phase."""

    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"
    READING = "reading"
    READ = "read"


@dataclass(frozen=True, slots=True)
class WatchState:
    """One probe's or ledger's story so far.

    ``good_since`` and ``bad_since`` are the ``boot_ns`` at which the unbroken run
    of such samples began, ``seen`` when the newest sample began.
    """

    phase: WatchPhase = WatchPhase.IDLE
    ticket: int = -1
    deadline: Stamp | None = None
    outcome: Outcome | None = None
    good_since: int | None = None
    bad_since: int | None = None
    seen: int = 0
    heard: Stamp | None = None
    """When the newest sample that told good or bad began; before there is one, the watch."""
    acknowledged: int = 0


WatchKind = Literal["probe", "ledger"]
Watch = tuple[ServiceName, WatchKind]


class Dependent(NamedTuple):
    """An edge, seen from where it begins."""

    step: StepId
    """The step at its end."""
    edge: After
    ends: bool
    """It does not let the step start: it ends the fault of that step (``until``)."""


@dataclass(frozen=True, slots=True)
class RunState:
    """The exercise's story so far."""

    opened: ExerciseOpened | None = None
    began: Stamp | None = None
    steps: HashTrieMap[StepId, StepState] = field(default_factory=HashTrieMap)
    dependents: HashTrieMap[StepId, tuple[Dependent, ...]] = field(default_factory=HashTrieMap)
    unmet: HashTrieMap[StepId, int] = field(default_factory=HashTrieMap)
    """How many edges of a pending step have not come true yet."""
    ready: tuple[StepId, ...] = ()
    """Pending, with every edge true, in the order in which they became so."""
    timed: tuple[StepId, ...] = ()
    """As ``ready``, but with a moment on the exercise clock, which may lie ahead."""
    doomed: tuple[StepId, ...] = ()
    """Pending, with an edge that can never come true."""
    busy: HashTrieSet[StepId] = field(default_factory=HashTrieSet)
    """A worker is, or should be, at work on the step or its undo."""
    standing: tuple[StepId, ...] = ()
    """Faults that stand, oldest first."""
    due: HashTrieSet[StepId] = field(default_factory=HashTrieSet)
    """Faults whose ``until`` has come."""
    stood: float = 0.0
    """Seconds that faults stood which stand no more, all together."""
    left: int = 0
    """Steps that are not final."""
    watches: HashTrieMap[Watch, WatchState] = field(default_factory=HashTrieMap)
    stopping: str = ""
    """Why no new work starts; empty while it does."""
    aborted: bool = False
    interrupted: bool = False
    """Taken up after it had begun, and nobody approved that more than healing goes on."""
    idle_since: Stamp | None = None
    """Since when nobody is at work on any step."""
    begun: bool = False
    """Some step was attempted."""
    held_since: Stamp | None = None
    """Since when the exercise clock stands; an exercise that stops is never held."""
    shift: timedelta = timedelta()
    """By how much its clock is behind the time since it began: earlier holds, less all jumps."""
    kept: HashTrieMap[StepId, Stamp] = field(default_factory=HashTrieMap)
    """Steps that start only when they are released, since when they are kept back."""
    released: HashTrieSet[StepId] = field(default_factory=HashTrieSet)
    """Steps that wait for no moment any more, nor are kept back by the next hold."""
    present: HashTrieSet[tuple[str, RoleName]] = field(default_factory=HashTrieSet)
    """Who is there, and in which role."""
    ended: bool = False
    """A facilitator said that the hot wash is over."""
    closed: bool = False
