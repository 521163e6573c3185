"""The ways to reach a target that a plug-in cannot do without, and the words for its shell."""

from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from drill.errors import RefusedError
from drill.model.names import IN_SIGHT, TargetName
from drill.model.services import OBSERVER
from drill.model.targets import Target
from drill.ports import Access, Power, Remote, SshLogin

Argv = Annotated[tuple[str, ...], Field(min_length=1, max_length=256, json_schema_extra=IN_SIGHT)]
"""A command: a list, never a shell line, and in sight of all on the target."""
Exits = Annotated[
    tuple[Annotated[int, Field(ge=0, le=255)], ...], Field(min_length=1, max_length=16)
]
"""Exit statuses."""


class Grounds(Protocol):
    """Where an exercise is held: the targets of its plan, and the ways to reach them."""

    @property
    def identity(self) -> str:
        """Name these very grounds: others may have the same names."""
        ...

    def access(self, name: TargetName | None) -> Access:
        """Return the way to one target; for ``None``, to the observer itself."""
        ...

    def vantage(self, name: TargetName) -> Access:
        """Return where a probe stands that looks from a target, or from the observer."""
        ...

    def addresses(self, name: TargetName) -> tuple[str, ...]:
        """Return all that a deny-list may call a target by, besides its name."""
        ...

    def secrets(self) -> dict[str, str]:
        """Return the secrets that the place itself knows."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...


def observer_at(address: str, base: Path) -> Access:
    """Return the observer's own place: nothing leads into it."""
    return Access(Target(name=OBSERVER, site=OBSERVER, address=address), base=base)


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
