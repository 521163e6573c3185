"""``host.power-off``: the host loses its power, without a goodbye to anybody."""

from typing import ClassVar

from drill.errors import RefusedError
from drill.faults.boots import awaited, boot_of
from drill.faults.leasing import Reverts
from drill.hosts.access import power_of, remote_of
from drill.hosts.warden import consent
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Outcome
from drill.ports import Access, Cancel, Power, Remote


class PowerOffParams(Model):
    """There is nothing to choose."""


class PowerOff:
    """Cuts links and power at once, from outside; the disk stays as it was.

    A host without power cannot end this fault: it has no lease, and is for
    hosts only whose consent calls them disposable.
    """

    params: ClassVar[type[Model]] = PowerOffParams
    needs: ClassVar[str] = "a disposable host; a power port"
    reverts: ClassVar[Reverts] = "undo"
    removal: ClassVar[str] = (
        "the power is switched on, and the host is up and answers over SSH; "
        "no lease: nobody else does it if drill cannot"
    )

    def prepare(self, on: Access, params: PowerOffParams, cancel: Cancel) -> Receipt:
        """Capture which boot it is in, and how its link is."""
        del params
        power = power_of(on)
        if not power.is_on():
            raise RefusedError(f"{on.target.name} is off already: nothing to break")
        consent(on, "host.power-off", cancel)
        boot = boot_of(remote_of(on), cancel)
        return {"boot": boot, "link": power.link_is_up(), "lease": "none", "tier": "none"}

    def apply(
        self, on: Access, params: PowerOffParams, receipt: Receipt, cancel: Cancel
    ) -> Outcome:
        """Switch it off, and read the switch."""
        del params, receipt, cancel
        power = power_of(on)
        power.off()
        if power.is_on():
            return Failed(error=f"{on.target.name} still has power")
        return Done(note=f"{on.target.name} is off")

    def undo(self, on: Access, params: PowerOffParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Switch it on, wait until it is up, and put its link back as it was."""
        del params
        power, remote = power_of(on), remote_of(on)
        if not power.is_on():
            power.on()
        missing = awaited(f"{on.target.name} has power, but", remote, cancel)
        if missing is not None:
            return missing
        return _linked(on.target.name, power, remote, receipt, cancel)


def _linked(name: str, power: Power, remote: Remote, receipt: Receipt, cancel: Cancel) -> Outcome:
    wanted = bool(receipt["link"])
    if power.link_is_up() != wanted:
        power.link(wanted)
    if power.link_is_up() != wanted:
        return Failed(error=f"the link of {name} is not as it was")
    again = "booted anew" if boot_of(remote, cancel) != receipt["boot"] else "never went off"
    return Done(note=f"{name} is up; it {again}")
