"""``host.freeze``: the host stops where it is, as a hypervisor's pause or a hung kernel does."""

from typing import ClassVar

from drill.errors import RefusedError, RemoteError
from drill.faults.boots import TRY
from drill.faults.leasing import LeaseParams, Reverts
from drill.hosts.access import power_of, remote_of
from drill.hosts.patience import AtMost, until
from drill.hosts.warden import consent
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.ports import Access, Cancel, Remote


class FreezeParams(LeaseParams):
    """For how long it lasts when drill is not heard of."""


class Freeze:
    """Stops all processes of the host from outside; connections stay open, and nobody answers.

    The host itself can end nothing then, so the lease is kept by the power
    port, which is the lab's fabric. That is why the host's consent must call
    it disposable. What else is leased on the host, goes on when it thaws.
    """

    params: ClassVar[type[Model]] = FreezeParams
    needs: ClassVar[str] = "a disposable host; a power port"
    reverts: ClassVar[Reverts] = "itself"
    removal: ClassVar[str] = "the host is thawed from outside, and answers over SSH"

    def prepare(self, on: Access, params: FreezeParams, cancel: Cancel) -> Receipt:
        """See that it runs, and consents."""
        power = power_of(on)
        if not power.is_on() or power.is_frozen():
            raise RefusedError(f"{on.target.name} does not run: nothing to break")
        consent(on, "host.freeze", cancel)
        return {"ttl": params.lease.total_seconds(), "tier": "power port"}

    def apply(self, on: Access, params: FreezeParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Freeze it, and read back that it is."""
        del receipt, cancel
        power = power_of(on)
        power.freeze(params.lease.total_seconds())
        if not power.is_frozen():
            return Failed(error=f"{on.target.name} still runs")
        return Done(note=f"{on.target.name} is frozen")

    def renew(self, on: Access, params: FreezeParams, receipt: Receipt, cancel: Cancel) -> float:
        """Have the power port wait anew; return its seconds."""
        del receipt, cancel
        power_of(on).keep_frozen(params.lease.total_seconds())
        return params.lease.total_seconds()

    def undo(self, on: Access, params: FreezeParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Thaw it, unless it runs, and hear it answer."""
        del params, receipt
        power, remote = power_of(on), remote_of(on)
        if power.is_frozen():
            power.thaw()
        if power.is_frozen():
            return Failed(error=f"{on.target.name} is still frozen")
        if not until(lambda: _answers(remote, AtMost(cancel, TRY)), cancel):
            return Indeterminate(error=f"{on.target.name} is thawed, but does not answer yet")
        return Done(note=f"{on.target.name} answers")


def _answers(remote: Remote, cancel: Cancel) -> bool:
    try:
        return remote.run(["true"], cancel).exit == 0
    except RemoteError:
        return False
