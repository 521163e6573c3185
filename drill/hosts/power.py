"""One target's power switch and link, as its hypervisor, PDU or switch offers them."""

from collections.abc import Mapping
from typing import Literal, Protocol


class Machine(Protocol):
    """One machine, as the fabric reports it."""

    @property
    def power(self) -> Literal["on", "off"]:
        """Whether it has power."""
        ...

    @property
    def link(self) -> bool:
        """Whether its data link is plugged in."""
        ...


class Machines(Protocol):
    """All machines, as the fabric reports them."""

    @property
    def hosts(self) -> Mapping[str, Machine]:
        """Each machine by its name."""
        ...


class Switches(Protocol):
    """What the lab's fabric offers, and what an adapter to another hypervisor has to."""

    def power_off(self, host: str) -> object:
        """Cut its links, then its power."""
        ...

    def power_on(self, host: str) -> object:
        """Give it power, and links."""
        ...

    def link(self, host: str, up: bool) -> object:
        """Plug its data link in or out."""
        ...

    def state(self) -> Machines:
        """Read the actual state of everything."""
        ...


class HostPower:
    """A :class:`~drill.ports.Power`: the switches of one host, and of no other."""

    def __init__(self, switches: Switches, host: str) -> None:
        self._switches = switches
        self._host = host

    def off(self) -> None:
        """Cut its links, then its power."""
        self._switches.power_off(self._host)

    def on(self) -> None:
        """Give it power and links again."""
        self._switches.power_on(self._host)

    def is_on(self) -> bool:
        """Read the actual state."""
        return self._switches.state().hosts[self._host].power == "on"

    def link(self, up: bool) -> None:
        """Plug its data link in or out."""
        self._switches.link(self._host, up)

    def link_is_up(self) -> bool:
        """Read the actual state."""
        return self._switches.state().hosts[self._host].link
