"""What a fault is, on the host: four small functions and the words it takes."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from drill.lease.machine import Machine
from drill.lease.requests import Values


class Job(NamedTuple):
    """A fault at work: its record, and how more is written of it before it acts."""

    machine: Machine
    record: Values
    save: Callable[[], None]

    @property
    def params(self) -> Values:
        """Return what it was told."""
        params: Values = self.record["params"]
        return params

    @property
    def captured(self) -> Values:
        """Return what was there before."""
        captured: Values = self.record["captured"]
        return captured

    @property
    def table(self) -> str:
        """Return the name of the nftables table that is this token's own."""
        return f"drill_{self.record['token']}"

    def intend(self, **values: Any) -> None:
        """Write down what will be done next."""
        self.record["intent"] = values
        self.save()


Capture = Callable[[Machine, Values], Values]


class Fault(NamedTuple):
    """One kind of fault.

    ``capture`` changes nothing and declines what could not be put back;
    ``state`` is what must be the same again; ``undo`` is safe after any part of
    ``apply``, lifts only what is its own, and may be repeated; what it returns,
    if anything, is told instead of "as it was".
    """

    fields: Values
    optional: tuple[str, ...]
    capture: Capture
    state: Callable[[Job], Values]
    apply: Callable[[Job], str]
    undo: Callable[[Job], str | None]
