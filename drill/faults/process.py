"""``process.kill`` and ``process.pause``: processes die, or hang, without a word."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from drill.errors import RefusedError
from drill.faults.processes import (
    Chosen,
    Process,
    chosen,
    keys_in,
    look,
    signal,
    unit_owning,
    written,
)
from drill.faults.units import running_unit, start, unit_of
from drill.hosts.access import remote_of
from drill.hosts.patience import AtMost, until
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.ports import Access, Cancel, Remote

_EFFECT = 5.0
"""Seconds within which a signal must show."""


class KillParams(Chosen):
    """Which processes, and by which signal. Of a unit: its main process."""

    signal: Annotated[Literal["KILL", "ABRT", "TERM"], Field(description="How they die.")] = "KILL"


class Kill:
    """Kills processes that belong to a systemd unit, which can therefore be brought back."""

    params: ClassVar[type[Model]] = KillParams
    removal: ClassVar[str] = "the unit that the processes belong to is brought back, if it is down"

    def prepare(self, on: Access, params: KillParams, cancel: Cancel) -> Receipt:
        """Capture which processes they are and which unit owns them."""
        remote = remote_of(on)
        victims = _victims(remote, params, cancel)
        if not victims:
            raise RefusedError(f"{params.text}: no such process, nothing to break")
        owners = {params.unit or unit_owning(remote, victim, cancel) for victim in victims}
        owner = owners.pop()
        if owners or not owner:
            raise RefusedError(f"{params.text}: not of one unit, so nobody could bring them back")
        running_unit(remote, owner, cancel)
        return {"unit": owner, "processes": written(victims)}

    def apply(self, on: Access, params: KillParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Kill exactly the captured ones, and see them gone."""
        remote, captured = remote_of(on), keys_in(receipt["processes"])
        victims = _left(remote, captured, cancel)
        if not victims:
            return Failed(error=f"{params.text}: they ended before they were killed")
        signal(remote, params.signal, victims, cancel)
        if until(lambda: not _left(remote, captured, cancel), AtMost(cancel, _EFFECT)):
            return Done(note=f"{len(victims)} killed")
        return Indeterminate(error=f"{params.text}: still there after SIG{params.signal}")

    def undo(self, on: Access, params: KillParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Bring the unit back, unless it came back by itself."""
        remote, owner = remote_of(on), str(receipt["unit"])
        wanted = len(keys_in(receipt["processes"]))
        active = unit_of(remote, owner, cancel).active == "active"
        if not active or len(_victims(remote, params, cancel)) < wanted:
            start(remote, "restart", owner, cancel)
        unit = unit_of(remote, owner, cancel)
        found = len(_victims(remote, params, cancel))
        if unit.active == "active" and found >= wanted:
            return Done(note=f"{owner} is active, {found} running")
        return Failed(error=f"{owner} is {unit.active}, {found} of {wanted} processes are back")


def _victims(remote: Remote, params: KillParams, cancel: Cancel) -> tuple[Process, ...]:
    processes = chosen(remote, params, cancel)
    if params.unit is None:
        return processes
    main = unit_of(remote, params.unit, cancel).main
    return tuple(process for process in processes if process.pid == main)


def _left(
    remote: Remote, captured: frozenset[tuple[int, int]], cancel: Cancel
) -> tuple[Process, ...]:
    found = look(remote, [pid for pid, _ in captured], cancel)
    return tuple(p for p in found if p.key in captured and p.state not in "ZX")


class Pause:
    """Stops processes where they are: their sockets stay open, and nobody answers."""

    params: ClassVar[type[Model]] = Chosen
    removal: ClassVar[str] = "the processes are told to continue, and seen to"

    def prepare(self, on: Access, params: Chosen, cancel: Cancel) -> Receipt:
        """Capture which processes there are, and which of them were stopped before."""
        processes = chosen(remote_of(on), params, cancel)
        stopped = [process for process in processes if process.state == "T"]
        if len(stopped) == len(processes):
            raise RefusedError(f"{params.text}: none is running, nothing to break")
        return {"processes": written(processes), "stopped": written(stopped)}

    def apply(self, on: Access, params: Chosen, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Stop them all, also those born meanwhile, and see that they are stopped."""
        del receipt
        remote = remote_of(on)

        def all_stopped() -> bool:
            running = _in_state(remote, params, cancel, stopped=False)
            signal(remote, "STOP", running, cancel)
            return not running

        if not until(all_stopped, AtMost(cancel, _EFFECT), every=0.02):
            return Indeterminate(error=f"{params.text}: some still run")
        paused = len(_in_state(remote, params, cancel, stopped=True))
        return Done(note=f"{paused} paused") if paused else Failed(error=f"{params.text}: all gone")

    def undo(self, on: Access, params: Chosen, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Let continue all but those that were stopped before."""
        remote, before = remote_of(on), keys_in(receipt["stopped"])

        def none_stopped() -> bool:
            stopped = _in_state(remote, params, cancel, stopped=True)
            ours = [process for process in stopped if process.key not in before]
            signal(remote, "CONT", ours, cancel)
            return not ours

        if until(none_stopped, cancel, every=0.02):
            return Done(note="all run again")
        return Failed(error=f"{params.text}: some are still stopped")


def _in_state(
    remote: Remote, params: Chosen, cancel: Cancel, *, stopped: bool
) -> tuple[Process, ...]:
    return tuple(p for p in chosen(remote, params, cancel) if (p.state == "T") == stopped)
