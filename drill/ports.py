"""What drill asks of the world, and what it lends to those who do the work.

The laws that every implementation keeps:

* Whoever blocks, blocks on nothing but its ``cancel``: a time-out really stops
  the work, at the far end too.
* A plug-in is lent the one target of its step and cannot look up another.
* What a plug-in raises becomes ``Indeterminate`` at the boundary, in one place.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from socket import socket
from typing import ClassVar, Literal, Protocol, TypeVar, runtime_checkable

from drill.model.base import Model, Text
from drill.model.events import Event, NodeRead, Receipt, Record, Report
from drill.model.names import Parameters, ServiceName, StepId, TargetName
from drill.model.outcome import Outcome
from drill.model.services import OBSERVER
from drill.model.steps import Step
from drill.model.targets import Target
from drill.model.time import Stamp

P_contra = TypeVar("P_contra", bound=Model, contravariant=True)


class Clock(Protocol):
    """Tells the time. It cannot sleep: only a crew can wait."""

    def now(self) -> Stamp:
        """Return the current stamp."""
        ...


class Cancel(Protocol):
    """The stop signal and the deadline of one piece of work; asked often by whoever blocks."""

    def requested(self) -> bool:
        """Tell whether to stop: somebody asked for it, or the deadline passed."""
        ...

    def wait(self, seconds: float) -> bool:
        """Sleep, unless asked to stop; tell whether to stop."""
        ...

    def remaining(self) -> float:
        """Return the seconds left before the deadline; 0 when asked to stop."""
        ...

    def on_request(self, stop: Callable[[], None]) -> None:
        """Have ``stop`` called once, from another thread, when asked to stop."""
        ...


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ran to its end on a target."""

    exit: int
    out: str
    err: str


class Remote(Protocol):
    """One target's shell, over a warm connection with a pinned host key."""

    def run(
        self, argv: Sequence[str], cancel: Cancel, *, stdin: bytes = b"", root: bool = False
    ) -> Completed:
        """Run ``argv`` (a list, never a shell line) to its end.

        On ``cancel`` the remote process group is killed before this returns.

        Raises:
            RemoteError: the host cannot be reached or the link was lost; nobody
                knows whether the command ran to its end.
            HostKeyError: the host is not who it was.
        """
        ...


class Power(Protocol):
    """What the hypervisor, the rack's PDU or the switch can do to one target, from outside it."""

    def off(self) -> None:
        """Cut its links, then its power, as an outage does: no goodbye to any peer."""
        ...

    def on(self) -> None:
        """Give it power and links again."""
        ...

    def is_on(self) -> bool:
        """Read the actual state."""
        ...

    def replace_disk(self) -> None:
        """Cut its power for good: what was on its disk is gone; boot it from a bare system."""
        ...

    def freeze(self, seconds: float) -> None:
        """Stop all of it where it is; after ``seconds`` it goes on by itself, whoever is left."""
        ...

    def keep_frozen(self, seconds: float) -> None:
        """Let those seconds begin anew.

        Raises:
            RefusedError: it goes on already.
        """
        ...

    def thaw(self) -> None:
        """Let it go on now."""
        ...

    def is_frozen(self) -> bool:
        """Tell whether it is frozen by :meth:`freeze`, and has not gone on yet."""
        ...

    def link(self, up: bool) -> None:
        """Plug its data link in or out; the management link stays."""
        ...

    def link_is_up(self) -> bool:
        """Read the actual state."""
        ...


@dataclass(frozen=True, slots=True)
class SshLogin:
    """How a target is reached over SSH; files, because ansible and ssh read files."""

    host: str
    port: int
    user: str
    key: Path
    known_hosts: Path


Dial = Callable[[str, int, Cancel], socket]
"""Opens a TCP connection to a host and a port, as a place elsewhere would.

Raises:
    OSError: it is refused, or nothing answered in time.
    RemoteError: that place itself cannot be reached.
"""


@dataclass(frozen=True, slots=True)
class Access:
    """The one target a plug-in is lent, and the ways to reach it.

    ``remote``, ``power`` and ``login`` are ``None`` where the target has no such
    way: the observer itself has none of the three.
    """

    target: Target
    remote: Remote | None = None
    power: Power | None = None
    login: SshLogin | None = None
    base: Path = field(default_factory=Path)
    """Where the scenario's relative paths begin."""
    environment: str = ""
    group: str = ""
    """What the target's own consent must name, word for word; nothing: it consents to nothing."""
    dial: "Dial | None" = None
    """How connections are opened from there; ``None``: from this machine."""
    secret: bytes = field(default_factory=lambda: token_bytes(32), repr=False)
    """The run's own: who has it may inject and renew what the run armed on the target."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Something worth keeping that happened inside a step, said while it runs."""

    what: str
    outcome: Literal["started", "ok", "changed", "skipped", "failed", "unreachable"]
    note: str = ""
    seconds: float | None = None


Say = Callable[[Progress], None]


class Action(Protocol[P_contra]):
    """Changes a target: a recovery step."""

    params: ClassVar[type[Model]]

    def apply(self, on: Access, params: P_contra, cancel: Cancel, say: Say) -> Outcome:
        """Do it, once; the engine never retries."""
        ...


class Fault(Protocol[P_contra]):
    """Breaks a target, and mends it.

    ``prepare`` captures what ``undo`` needs and changes nothing: its receipt is
    durable in the journal before ``apply`` is called. ``undo`` must be safe
    after any ``apply``, finished or not, and safe to repeat; its ``Done`` means
    that the captured state was read back.
    """

    params: ClassVar[type[Model]]
    removal: ClassVar[str]
    """How the undo works, in a sentence for ``drill plan`` and the report."""

    def prepare(self, on: Access, params: P_contra, cancel: Cancel) -> Receipt:
        """Capture what the undo needs; of a :class:`Leased` fault, arm the lease."""
        ...

    def apply(self, on: Access, params: P_contra, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Break it, and verify that it is broken."""
        ...

    def undo(self, on: Access, params: P_contra, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Mend it, and read back."""
        ...


@runtime_checkable
class Leased(Protocol[P_contra]):
    """What a :class:`Fault` is too, if the target itself ends it when nobody renews it."""

    def renew(self, on: Access, params: P_contra, receipt: Receipt, cancel: Cancel) -> float:
        """Let the lease begin anew; return how many seconds it lasts.

        Raises:
            RefusedError: there is no lease any more: the target has ended the fault.
            RemoteError: nobody knows.
        """
        ...


class Reading(Model):
    """One observation. ``unknown``: the observer itself could not look."""

    state: Literal["good", "bad", "unknown"]
    by: Text = ""
    """The instance that answered, in its own words."""
    note: Text = ""


class Probe(Protocol[P_contra]):
    """Observes, and changes nothing that matters."""

    params: ClassVar[type[Model]]

    def observe(self, on: Access, params: P_contra, cancel: Cancel) -> Reading:
        """Look once, over a new connection, within ``cancel.remaining()``."""
        ...


@dataclass(frozen=True, slots=True)
class Canary:
    """One uniquely numbered write: ``n`` of the watch ``ticket`` of the exercise ``run``."""

    run: str
    ticket: int
    n: int


@dataclass(frozen=True, slots=True)
class Receipted:
    """How one canary ended; ``info``: nobody can know whether it was committed."""

    outcome: Literal["ok", "fail", "info"]
    by: str = ""
    note: str = ""


class Ledger(Protocol[P_contra]):
    """Writes canaries through the real write path, and reads them back through every node."""

    params: ClassVar[type[Model]]

    def open(self, params: P_contra, run: str, cancel: Cancel) -> None:
        """Make the place the canaries go to, if it is not there."""
        ...

    def write(self, params: P_contra, canary: Canary, cancel: Cancel) -> Receipted:
        """Send one canary; several calls run side by side."""
        ...

    def read(self, params: P_contra, run: str, cancel: Cancel) -> tuple[NodeRead, ...]:
        """Read every canary of the run once, strongly, through every node."""
        ...

    def close(self, params: P_contra, run: str, cancel: Cancel) -> None:
        """Remove the canaries of the run, and let go of all connections."""
        ...


class Journal(Protocol):
    """Append-only. When ``sync`` returns, what was appended survives a power cut."""

    def append(self, event: Event, at: Stamp) -> Record:
        """Add one record; nothing may be acted upon before the next ``sync``."""
        ...

    def sync(self) -> None:
        """Make all that was appended durable, with one write and one flush.

        Raises:
            JournalError: it could not be; nothing written earlier is lost.
        """
        ...

    @property
    def low(self) -> bool:
        """Tell whether only the reserve that is kept for healing is left."""
        ...

    def __iter__(self) -> Iterator[Record]:
        """Read every record from the first, verifying the chain."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """Work for a crew. The ticket is the journal record that ordered it."""

    ticket: int
    id: StepId
    step: Step
    deadline: Stamp
    undo: Receipt | None = None
    """The receipt, if the step's fault is to be undone rather than applied."""
    answer: str | None = None
    """Given beforehand for a person's step."""


@dataclass(frozen=True, slots=True)
class WatchOrder:
    """A service to be watched until the order is cancelled."""

    ticket: int
    service: ServiceName
    kind: Literal["probe", "ledger"]
    uses: str
    with_: Parameters
    every: timedelta
    within: timedelta
    run: str
    vantages: tuple[TargetName, ...] = (OBSERVER,)
    """Where a probe looks from."""
    needed: int = 1
    """How many of those must see the service well."""


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """A ledger to be read back."""

    ticket: int
    service: ServiceName
    uses: str
    with_: Parameters
    run: str
    deadline: Stamp


class Crew(Protocol):
    """Works on orders side by side, and reports on each by its ticket."""

    def start(self, order: Order | WatchOrder | ReadOrder) -> None:
        """Begin; never blocks."""
        ...

    def proceed(self, ticket: int) -> None:
        """Tell a fault that its receipt is safe in the journal; never blocks."""
        ...

    def cancel(self, ticket: int) -> None:
        """Ask a worker to stop; never blocks."""
        ...

    def wait(self, until: Stamp | None) -> tuple[Report, ...]:
        """Block until reports arrive, the time comes, or ``nudge``: the one blocking call."""
        ...

    def nudge(self) -> None:
        """Have ``wait`` return; safe in a signal's catcher."""
        ...
