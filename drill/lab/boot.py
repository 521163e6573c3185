"""One boot of one lab, from an image and perhaps provisioned disks."""

from collections.abc import Callable
from pathlib import Path

from drill.errors import LabError
from drill.lab import cgroups
from drill.lab.blueprint import Blueprint, Mark
from drill.lab.home import LabHome
from drill.lab.keys import ensure_key, public_half
from drill.lab.launch import reap, start
from drill.lab.papers import papers_of
from drill.lab.spec import LabSpec


def boot(
    lab: LabHome,
    spec: LabSpec,
    rootfs: Path,
    layers: Path | None,
    say: Callable[[Mark], None],
) -> None:
    """Start a lab that is not up; returns when every host answers SSH.

    Raises:
        LabError: it did not come up; nothing of it is left running.
    """
    parent = cgroups.parent()
    if parent is None:
        raise LabError(f"lab {lab.name}: lost its place for cgroups; see `drill doctor`")
    reap(lab)
    key = ensure_key(lab.home)
    blueprint = Blueprint(
        spec=spec,
        directory=lab.path,
        alive=lab.alive,
        run=lab.run,
        rootfs=rootfs,
        layers=layers,
        cgroup=parent / lab.cgroup,
        authorized_key=public_half(key),
        papers={name: papers_of(lab, name, key) for name in spec.hosts},
    )
    start(blueprint, say)
