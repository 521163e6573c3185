"""One target's power switch and link, as the lab's fabric offers them."""

from drill.hosts.fabric import Fabric


class FabricPower:
    """A :class:`~drill.ports.Power`: the switches of one host, and of no other."""

    def __init__(self, fabric: Fabric, host: str) -> None:
        self._fabric = fabric
        self._host = host

    def off(self) -> None:
        """Cut its links, then its power."""
        self._fabric.power_off(self._host)

    def on(self) -> None:
        """Give it power and links again."""
        self._fabric.power_on(self._host)

    def is_on(self) -> bool:
        """Read the actual state."""
        return self._fabric.state().hosts[self._host].power == "on"

    def link(self, up: bool) -> None:
        """Plug its data link in or out."""
        self._fabric.link(self._host, up)

    def link_is_up(self) -> bool:
        """Read the actual state."""
        return self._fabric.state().hosts[self._host].link
