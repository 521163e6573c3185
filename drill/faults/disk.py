"""``host.disk-lost``: the disk is gone with all that was on it, and the host boots a bare system.

No lease can end it, and no undo: the host must call itself disposable, and what
is lost must be seen to be restorable before. The undo looks whether somebody
has rebuilt the host, and is honest when nobody has.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.errors import RefusedError
from drill.faults.boots import awaited, boot_of
from drill.faults.leasing import Reverts
from drill.faults.service import UnitName
from drill.hosts.access import Argv, power_of, remote_of
from drill.hosts.warden import consent, remove
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Outcome
from drill.ports import Access, Cancel


class DiskLostParams(Model):
    """By what all can be restored, and what must run again."""

    restorable: Annotated[
        Argv,
        Field(
            description="Ends with 0, on the target, only if what is on its disk can be restored: "
            "a look into the backups. A list, never a shell line."
        ),
    ]
    unit: UnitName


class DiskLost:
    """Cuts the power, takes the disk away, and boots the host from a bare system."""

    params: ClassVar[type[Model]] = DiskLostParams
    needs: ClassVar[str] = "a disposable host; a power port; a backup of it all"
    reverts: ClassVar[Reverts] = "never"
    removal: ClassVar[str] = (
        "needs a recovery: undo only looks whether the unit runs again; no lease, no undo"
    )

    def prepare(self, on: Access, params: DiskLostParams, cancel: Cancel) -> Receipt:
        """See that it runs, that no fault is in its care, and that all of it can be restored."""
        remote = remote_of(on)
        if not power_of(on).is_on():
            raise RefusedError(f"{on.target.name} is off: nothing to break")
        consent(on, "host.disk-lost", cancel)
        remove(remote, cancel)  # declines while a fault's way back is on that disk
        if not _runs(on, params, cancel):
            raise RefusedError(f"{params.unit} does not run: nobody could tell when it does again")
        tried = remote.run(params.restorable, cancel, root=True)
        if tried.exit:
            why = (tried.err or tried.out).strip()[:500]
            raise RefusedError(f"{on.target.name} could not be restored: {why}")
        return {"boot": boot_of(remote, cancel), "lease": "none", "tier": "none"}

    def apply(
        self, on: Access, params: DiskLostParams, receipt: Receipt, cancel: Cancel
    ) -> Outcome:
        """Have the disk exchanged, wait for the bare system, and see that nothing is on it."""
        power_of(on).replace_disk()
        remote = remote_of(on)
        missing = awaited(f"{on.target.name} has a new disk, but", remote, cancel)
        if missing is not None:
            return missing
        if boot_of(remote, cancel) == receipt["boot"] or _runs(on, params, cancel):
            return Failed(error=f"{on.target.name} is as it was")
        return Done(note=f"{on.target.name} has an empty disk with a bare system")

    def undo(self, on: Access, params: DiskLostParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Look whether it was rebuilt; nothing is written."""
        del receipt
        power = power_of(on)
        if not power.is_on():
            power.on()
        missing = awaited(f"{on.target.name} has power, but", remote_of(on), cancel)
        if missing is not None:
            return missing
        if not _runs(on, params, cancel):
            return Failed(error=f"{on.target.name} must be rebuilt: {params.unit} does not run")
        return Done(note=f"{params.unit} runs again on {on.target.name}")


def _runs(on: Access, params: DiskLostParams, cancel: Cancel) -> bool:
    argv = ["systemctl", "show", "--property=ActiveState", "--", params.unit]
    return "ActiveState=active" in remote_of(on).run(argv, cancel).out.split()
