"""What all leased faults share: the target captures, breaks, renews and puts back by itself.

The fault's own knowledge is in :mod:`drill.lease`, which runs there. Here are
its words for a scenario, and the way to it.
"""

from datetime import timedelta
from typing import Annotated, ClassVar, Generic, Literal, TypeVar

from pydantic import Field, JsonValue

from drill.hosts import warden
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Outcome
from drill.model.time import Duration
from drill.ports import Access, Cancel

Reverts = Literal["itself", "undo", "failback", "never"]
"""How a fault ends: the target ends it by itself; only drill's undo does; it takes people's
failback; or only a recovery from a restore point."""


class LeaseParams(Model):
    """What every leased fault is told."""

    lease: Annotated[
        Duration,
        Field(
            ge=timedelta(seconds=5),
            le=timedelta(seconds=900),
            description="The target ends the fault by itself when drill has not been heard of "
            "for so long. Whole seconds.",
        ),
    ] = timedelta(seconds=60)


P = TypeVar("P", bound=LeaseParams)


class Leasing(Generic[P]):
    """A fault of the target's catalogue, under a lease; see :class:`drill.ports.Leased`."""

    name: ClassVar[str]
    """What the catalogue calls it."""
    params: ClassVar[type[Model]]
    removal: ClassVar[str]
    needs: ClassVar[str] = ""
    """What the target needs for it, besides Python and root, in a few words."""
    reverts: ClassVar[Reverts] = "itself"
    unmeddled: ClassVar[str] = ""
    """Why nobody else can change what it did, if so: then its undo finds no such change."""

    def asked(self, on: Access, params: P) -> dict[str, JsonValue]:
        """Return the catalogue's words for ``params``."""
        del on
        return params.model_dump(mode="json", exclude={"lease"})

    def prepare(self, on: Access, params: P, cancel: Cancel) -> Receipt:
        """Have it captured, written down and armed; the receipt says where to find it."""
        seconds = int(params.lease.total_seconds())
        return warden.arm(on, self.name, self.asked(on, params), seconds, cancel)

    def apply(self, on: Access, params: P, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Have it broken, at most once, and seen to be."""
        del params
        return warden.inject(on, receipt, cancel)

    def renew(self, on: Access, params: P, receipt: Receipt, cancel: Cancel) -> float:
        """Let the lease begin anew; return its seconds."""
        del params
        return warden.renew(on, receipt, cancel)

    def undo(self, on: Access, params: P, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Have it put back and read back."""
        del params
        return warden.undo(on, receipt, cancel)
