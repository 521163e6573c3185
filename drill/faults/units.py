"""systemd's units, as ``systemctl show`` tells of them (systemctl(1))."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from drill.errors import RefusedError
from drill.hosts.patience import until
from drill.ports import Cancel, Remote

UnitName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\@-]*$",
        max_length=255,
        description="The systemd unit, such as nginx.service.",
    ),
]

_SHOWN = "LoadState,ActiveState,UnitFileState,MainPID,ControlGroup"


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit was when it was looked at."""

    name: str
    loaded: bool
    active: str
    enabled: str
    main: int
    """The main process; 0: it has none."""
    cgroup: str


def unit_of(remote: Remote, name: str, cancel: Cancel) -> Unit:
    """Look at a unit.

    Raises:
        RefusedError: this is no systemd host.
    """
    shown = remote.run(["systemctl", "show", f"--property={_SHOWN}", "--", name], cancel)
    if shown.exit:
        raise RefusedError(f"systemctl cannot show {name}: {shown.err.strip()}")
    values = dict(line.partition("=")[::2] for line in shown.out.splitlines())
    return Unit(
        name=name,
        loaded=values.get("LoadState") == "loaded",
        active=values.get("ActiveState", ""),
        enabled=values.get("UnitFileState", ""),
        main=int(values.get("MainPID") or 0),
        cgroup=values.get("ControlGroup", ""),
    )


def running_unit(remote: Remote, name: str, cancel: Cancel) -> Unit:
    """Look at a unit that must be running, or the fault would prove nothing.

    Raises:
        RefusedError: it is not.
    """
    unit = unit_of(remote, name, cancel)
    if not unit.loaded:
        raise RefusedError(f"there is no unit {name}")
    if unit.active != "active":
        raise RefusedError(f"{name} is {unit.active}, not active: nothing to break")
    return unit


def start(remote: Remote, verb: str, name: str, cancel: Cancel) -> Unit:
    """``start`` or ``restart`` a unit, wait until it is active or ``cancel``, and look at it."""
    # A unit that failed too often is not started until that is forgotten.
    remote.run(["systemctl", "reset-failed", "--", name], cancel, root=True)
    remote.run(["systemctl", verb, "--", name], cancel, root=True)
    until(lambda: unit_of(remote, name, cancel).active in {"active", "failed"}, cancel)
    return unit_of(remote, name, cancel)
