"""``host.power-off``: the host loses its power, without a goodbye to anybody."""

from typing import ClassVar

from drill.errors import HostKeyError, RefusedError, RemoteError
from drill.hosts.access import power_of, remote_of
from drill.hosts.patience import AtMost, until
from drill.hosts.warden import consent
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.ports import Access, Cancel, Power, Remote

_TRY = 3.0
_STARTED = 19
"""Place of the start in ``/proc/PID/stat`` after the name in parentheses (proc(5))."""
_UP = frozenset({"running", "degraded"})
"""What ``systemctl is-system-running`` says when the boot is over (systemctl(1))."""


class PowerOffParams(Model):
    """There is nothing to choose."""


class PowerOff:
    """Cuts links and power at once, from outside; the disk stays as it was.

    A host without power cannot end this fault: it has no lease, and is for
    hosts only whose consent calls them disposable.
    """

    params: ClassVar[type[Model]] = PowerOffParams
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
        boot = _boot(remote_of(on), cancel)
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
        wrong: list[HostKeyError] = []

        def up() -> bool:
            try:
                return bool(wrong) or _is_up(remote, AtMost(cancel, _TRY))
            except HostKeyError as error:
                wrong.append(error)
                return True
            except RemoteError:
                return False

        if not until(up, cancel, every=0.2):
            return Indeterminate(error=f"{on.target.name} has power, but it is not up yet")
        if wrong:
            return Failed(error=f"{on.target.name} has power, but is another host: {wrong[0]}")
        return _linked(on.target.name, power, remote, receipt, cancel)


def _linked(name: str, power: Power, remote: Remote, receipt: Receipt, cancel: Cancel) -> Outcome:
    wanted = bool(receipt["link"])
    if power.link_is_up() != wanted:
        power.link(wanted)
    if power.link_is_up() != wanted:
        return Failed(error=f"the link of {name} is not as it was")
    again = "booted anew" if _boot(remote, cancel) != receipt["boot"] else "never went off"
    return Done(note=f"{name} is up; it {again}")


def _boot(remote: Remote, cancel: Cancel) -> str:
    """Tell one boot from another, also of hosts that share a kernel."""
    files = ["/proc/sys/kernel/random/boot_id", "/proc/1/stat"]
    kernel, _, first = remote.run(["cat", "--", *files], cancel, root=True).out.partition("\n")
    return ":".join([kernel, *first.rpartition(")")[2].split()[_STARTED : _STARTED + 1]])


def _is_up(remote: Remote, cancel: Cancel) -> bool:
    return remote.run(["systemctl", "is-system-running"], cancel).out.strip() in _UP
