"""One target's power switch and link, as the lab's fabric offers them."""

from drill.errors import LabError, RefusedError
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

    def replace_disk(self) -> None:
        """Cut its power, and boot it from an empty disk with the bare system."""
        self._fabric.replace_disk(self._host)

    def freeze(self, seconds: float) -> None:
        """Stop it where it is, for so long at most."""
        self._fabric.freeze(self._host, seconds)

    def keep_frozen(self, seconds: float) -> None:
        """Let the fabric's seconds begin anew.

        Raises:
            RefusedError: it goes on already.
        """
        try:
            self._fabric.keep_frozen(self._host, seconds)
        except LabError as error:
            raise RefusedError(str(error)) from error

    def thaw(self) -> None:
        """Let it go on."""
        self._fabric.thaw(self._host)

    def is_frozen(self) -> bool:
        """Read the actual state; what somebody froze for good is not drill's."""
        state = self._fabric.state().hosts[self._host]
        return state.frozen and state.thaws

    def link(self, up: bool) -> None:
        """Plug its data link in or out."""
        self._fabric.link(self._host, up)

    def link_is_up(self) -> bool:
        """Read the actual state."""
        return self._fabric.state().hosts[self._host].link
