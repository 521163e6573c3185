"""``host.reboot``: the host goes down in good order, and comes back by itself."""

from typing import ClassVar

from drill.errors import RemoteError
from drill.faults.boots import TRY, awaited, boot_of, phase_of
from drill.faults.leasing import Reverts
from drill.hosts.access import remote_of
from drill.hosts.patience import AtMost, until
from drill.hosts.warden import consent
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.ports import Access, Cancel, Remote


class RebootParams(Model):
    """There is nothing to choose."""


class Reboot:
    """Has systemd reboot the host: services stop, peers hear a goodbye, all starts again.

    It ends without drill, so it has no lease. For a host that goes without a
    goodbye see :class:`drill.faults.host.PowerOff`.
    """

    params: ClassVar[type[Model]] = RebootParams
    needs: ClassVar[str] = "systemd"
    reverts: ClassVar[Reverts] = "itself"
    removal: ClassVar[str] = "the host comes back by itself, and is seen to be up"

    def prepare(self, on: Access, params: RebootParams, cancel: Cancel) -> Receipt:
        """Capture which boot it is in."""
        del params
        consent(on, "host.reboot", cancel)
        return {"boot": boot_of(remote_of(on), cancel), "lease": "none", "tier": "none"}

    def apply(self, on: Access, params: RebootParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Ask systemd once, and see the host go."""
        del params
        remote, boot = remote_of(on), str(receipt["boot"])
        accepted = False
        try:
            told = remote.run(["systemctl", "reboot"], cancel, root=True)
            if told.exit:
                return Failed(error=f"systemd declines to reboot: {told.err.strip()}")
            accepted = True
        except RemoteError:
            pass  # it may go before it answers; then another boot must be seen
        if not until(lambda: _has_gone(remote, boot, cancel, silent=accepted), cancel):
            return Indeterminate(error=f"{on.target.name} was not seen to go")
        return Done(note=f"{on.target.name} reboots")

    def undo(self, on: Access, params: RebootParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Wait until it is up."""
        del params
        missing = awaited(f"{on.target.name}:", remote_of(on), cancel)
        if missing is not None:
            return missing
        same = boot_of(remote_of(on), cancel) == receipt["boot"]
        return Done(note=f"{on.target.name} is up; it {'never went' if same else 'booted anew'}")


def _has_gone(remote: Remote, boot: str, cancel: Cancel, *, silent: bool) -> bool:
    """Tell whether a host goes down, or is in another boot; or if ``silent``, does not answer."""
    once = AtMost(cancel, TRY)
    try:
        return boot_of(remote, once) != boot or phase_of(remote, once) == "stopping"
    except RemoteError:
        return silent and not cancel.requested()
