"""Numbered canaries in any store: what is the same, whatever keeps them.

A ledger is a :class:`StoreLedger` and one :class:`Store`: the little that
differs from one kind of store to the next. Two laws hold for all:

* Only a proof makes a write ``ok`` (acknowledged, without reservation) or
  ``fail`` (certainly not there). Whatever was sent and not answered is ``info``.
* A place is never keyed by the canary's number: a write that was applied twice
  must be seen, not merged.
"""

import threading
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar, Generic, Protocol, TypeVar

from pydantic import AfterValidator, Field

from drill.model.base import Model
from drill.model.events import WRITE_PATH, NodeRead, Span
from drill.model.time import Duration
from drill.ports import Canary, Cancel, Receipted
from drill.probes.timed import Shorter

Number = tuple[int, int]
"""A canary's: the ticket of its watch, and its number there."""


def _without_write_path(nodes: Mapping[str, str]) -> Mapping[str, str]:
    if WRITE_PATH in nodes:
        raise ValueError(f"no node may be called {WRITE_PATH}: that is where the canaries go")
    return nodes


Nodes = Annotated[
    Mapping[str, str],
    AfterValidator(_without_write_path),
    Field(max_length=64, description="Every node by name, each reached directly; secrets."),
]
Patience = Annotated[Duration, Field(description="How long one node may take to be read.")]


class LedgerParams(Model):
    """What every ledger is told; each kind adds where its write path leads."""

    nodes: Nodes = {}
    patience: Patience = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Found:
    """What one node had.

    ``position``: how far a primary had written before it was read, in the store's own
    words. A replica that got as far has all of it.
    """

    found: tuple[Span, ...] = ()
    duplicates: tuple[Span, ...] = ()
    note: str = ""
    position: str = ""


class Store(Protocol):
    """One store through one open connection; used by one thread at a time.

    Its methods raise what the ledger names in ``troubles`` when the store refuses
    or is lost, and ``TimeoutError`` when the time is over.
    """

    def make(self, run: str, cancel: Cancel) -> None:
        """Make the place, if it is not there; somebody else may make it at the same moment."""
        ...

    def write(self, canary: Canary, cancel: Cancel) -> Receipted:
        """Send one canary; what it raises means that nobody knows."""
        ...

    def read(self, run: str, written: str, cancel: Cancel) -> Found:
        """Read all canaries of the run; a replica first waits until it has got to ``written``."""
        ...

    def remove(self, run: str, cancel: Cancel) -> None:
        """Remove them; that there are none is no error."""
        ...

    def usable(self) -> bool:
        """Tell whether the idle connection is still open, as far as can be told without asking."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


P = TypeVar("P", bound=LedgerParams)


class StoreLedger(ABC, Generic[P]):
    """Writes canaries over held connections, as an application's pool does."""

    params: ClassVar[type[Model]]
    troubles: ClassVar[tuple[type[Exception], ...]]
    """What :meth:`reach` and a :class:`Store` raise; ``OSError`` is among them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: defaultdict[str, list[Store]] = defaultdict(list)

    @abstractmethod
    def write_path(self, params: P) -> str:
        """Return the address through which the service's users write."""

    @abstractmethod
    def reach(self, params: P, address: str, cancel: Cancel) -> Store:
        """Open a connection."""

    def open(self, params: P, run: str, cancel: Cancel) -> None:
        """Make the place the canaries go to, if it is not there."""
        store = self._take(params, cancel)
        try:
            store.make(run, cancel)
        except BaseException:
            store.close()
            raise
        self._give(params, store)

    def write(self, params: P, canary: Canary, cancel: Cancel) -> Receipted:
        """Send one canary; ``ok`` only if it was acknowledged without reservation."""
        try:
            store = self._take(params, cancel)
        except self.troubles as error:
            return Receipted("fail", note=f"not sent: {_brief(error)}")
        try:
            receipted = store.write(canary, cancel)
        except self.troubles as error:
            store.close()
            return Receipted("info", note=f"no word of its commit: {_brief(error)}")
        if receipted.outcome == "ok":
            self._give(params, store)
        else:
            store.close()  # the next write shall find the way anew
        return receipted

    def read(self, params: P, run: str, cancel: Cancel) -> tuple[NodeRead, ...]:
        """Read through the write path first, then every node up to what that had written."""
        address = self.write_path(params)
        first, written = self._read_node(params, (WRITE_PATH, address), (run, ""), cancel)
        nodes = list(params.nodes.items())
        if not nodes:
            return (first,)
        with ThreadPoolExecutor(len(nodes)) as side_by_side:
            reads = side_by_side.map(
                lambda node: self._read_node(params, node, (run, written), cancel)[0], nodes
            )
            return (first, *reads)

    def close(self, params: P, run: str, cancel: Cancel) -> None:
        """Remove the run's canaries, and let go of all connections."""
        self._drop_idle(params)
        store = self.reach(params, self.write_path(params), cancel)
        try:
            store.remove(run, cancel)
        finally:
            store.close()

    def _read_node(
        self, params: P, node: tuple[str, str], what: tuple[str, str], cancel: Cancel
    ) -> tuple[NodeRead, str]:
        """Read one node, its name and its address, within its own patience."""
        name, address = node
        within = Shorter(cancel, params.patience.total_seconds())
        try:
            store = self.reach(params, address, within)
            try:
                found = store.read(*what, within)
            finally:
                store.close()
        except self.troubles as error:
            return NodeRead(node=name, reachable=False, note=_brief(error)), ""
        read = NodeRead(
            node=name,
            reachable=True,
            found=found.found,
            duplicates=found.duplicates,
            note=found.note,
        )
        return read, found.position

    def _take(self, params: P, cancel: Cancel) -> Store:
        """Return an idle connection that is still open, or a new one."""
        while True:
            with self._lock:
                idle = self._idle[params.model_dump_json()]
                if not idle:
                    break
                store = idle.pop()
            if store.usable():
                return store
            store.close()
        return self.reach(params, self.write_path(params), cancel)

    def _give(self, params: P, store: Store) -> None:
        with self._lock:
            self._idle[params.model_dump_json()].append(store)

    def _drop_idle(self, params: P) -> None:
        with self._lock:
            stores = self._idle.pop(params.model_dump_json(), [])
        for store in stores:
            store.close()


def found_of(numbers: Iterable[Number], note: str = "", position: str = "") -> Found:
    """Return what a node had, from each number as often as it was there."""
    counts = Counter(numbers)
    twice = (number for number, count in counts.items() if count > 1)
    return Found(spans_of(counts), spans_of(twice), note, position)


def spans_of(numbers: Iterable[Number]) -> tuple[Span, ...]:
    """Return the numbers as spans without holes.

    >>> spans_of([(1, 3), (1, 1), (1, 2), (2, 3)])
    (Span(ticket=1, first=1, last=3), Span(ticket=2, first=3, last=3))
    """
    spans: list[list[int]] = []
    for ticket, n in sorted(set(numbers)):
        if spans and spans[-1][0] == ticket and spans[-1][2] == n - 1:
            spans[-1][2] = n
        else:
            spans.append([ticket, n, n])
    return tuple(Span(ticket=ticket, first=first, last=last) for ticket, first, last in spans)


def caught_up(there: Callable[[], str], cancel: Cancel) -> str:
    """Wait until ``there`` returns nothing; return what it says if it never does.

    Half the time at most is waited: what a replica has must still be read.
    """
    patience = Shorter(cancel, cancel.remaining() / 2)
    said = there()
    while said and not patience.wait(_PAUSE):
        said = there()
    return said


_PAUSE = 0.05
"""Seconds between two looks at how far a replica has got."""


def _brief(error: Exception) -> str:
    """Return an error's words. Unlike its text, they are bounded and one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
