"""``service.stop``: a systemd unit is stopped."""

from typing import ClassVar

from drill.faults.lifeline import spare_lifeline
from drill.faults.units import Unit, UnitName, running_unit, start, unit_of
from drill.hosts.access import remote_of
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Outcome
from drill.ports import Access, Cancel


class StopParams(Model):
    """Which unit."""

    unit: UnitName


class Stop:
    """Stops a unit the way an operator would; an automatic restart does not apply."""

    params: ClassVar[type[Model]] = StopParams
    removal: ClassVar[str] = "the unit is started again and seen to be active"

    def prepare(self, on: Access, params: StopParams, cancel: Cancel) -> Receipt:
        """Capture whether it runs and whether it starts at boot."""
        spare_lifeline(params.unit)
        unit = running_unit(remote_of(on), params.unit, cancel)
        return {"active": unit.active, "enabled": unit.enabled}

    def apply(self, on: Access, params: StopParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Stop it, and see that it stopped."""
        del receipt
        remote = remote_of(on)
        stopped = remote.run(["systemctl", "stop", "--", params.unit], cancel, root=True)
        unit = unit_of(remote, params.unit, cancel)
        if unit.active in {"inactive", "failed"}:
            return Done(note=f"{params.unit} is {unit.active}")
        return Failed(error=f"{params.unit} is still {unit.active}", evidence=stopped.err)

    def undo(self, on: Access, params: StopParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Start it, unless it runs, and compare it with what was captured."""
        remote = remote_of(on)
        unit = unit_of(remote, params.unit, cancel)
        if unit.active != "active":
            unit = start(remote, "start", params.unit, cancel)
        return _compared(unit, receipt)


def _compared(unit: Unit, receipt: Receipt) -> Outcome:
    now = {"active": unit.active, "enabled": unit.enabled}
    if now == receipt:
        return Done(note=f"{unit.name} is active again")
    return Failed(error=f"{unit.name} was {dict(receipt)} and is {now}")
