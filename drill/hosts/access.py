"""The ways to reach a target that a plug-in cannot do without."""

from drill.errors import RefusedError
from drill.ports import Access, Power, Remote, SshLogin


def remote_of(on: Access) -> Remote:
    """Return the target's shell.

    Raises:
        RefusedError: it has none.
    """
    if on.remote is None:
        raise RefusedError(f"{on.target.name} has no shell; give it an SSH login")
    return on.remote


def login_of(on: Access) -> SshLogin:
    """Return how the target is reached over SSH.

    Raises:
        RefusedError: it is not.
    """
    if on.login is None:
        raise RefusedError(f"{on.target.name} has no SSH login; give it one")
    return on.login


def power_of(on: Access) -> Power:
    """Return the target's power switch.

    Raises:
        RefusedError: drill cannot switch it.
    """
    if on.power is None:
        raise RefusedError(f"{on.target.name} has no power switch that drill can reach")
    return on.power
