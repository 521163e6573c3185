"""Provisioned disks, kept: what a lab's playbook made of bare hosts, as read-only layers.

They are made once in a lab of their own, whose hosts are shut down in order,
and kept under the digest of all that went into them.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from drill.errors import LabError
from drill.hosts.fabric import Fabric
from drill.lab.boot import boot
from drill.lab.erase import erase
from drill.lab.facts import LabFacts, running
from drill.lab.home import Home, LabHome
from drill.lab.keys import pin_hosts
from drill.lab.launch import read_run, stop
from drill.lab.provision import provision
from drill.lab.shutdown import shut_down
from drill.lab.spec import LabSpec

_GENERATION = 1
"""Raise it when the same playbook gives other disks because the lab's code changed."""

Say = Callable[[str], None]


def ensure_layers(
    home: Home, spec: LabSpec, playbook: Path, rootfs: Path, *, fresh: bool, say: Say
) -> Path:
    """Find or make the provisioned disks: a directory per host, and one of secrets.

    Raises:
        LabError: the playbook is not there or failed.
    """
    digest = _digest(spec, playbook, rootfs)
    place = home.layers / digest
    with home.lock(f"layers-{digest}"):
        if fresh and place.exists():
            _assert_unused(home, place)
            erase(place)
        if not place.exists():
            builder = home.lab(f"making-{digest}")
            say("provisioning bare hosts (once for this lab file and playbook)")
            _make(builder, spec, playbook, rootfs, say)
            _keep(builder, tuple(spec.hosts), place)
    return place


def lend_secrets(layers: Path, lab: LabHome) -> None:
    """Give a lab the secrets that its disks were provisioned with."""
    shutil.rmtree(lab.secrets, ignore_errors=True)
    shutil.copytree(layers / "_secrets", lab.secrets)
    lab.secrets.chmod(0o700)


def _digest(spec: LabSpec, playbook: Path, rootfs: Path) -> str:
    if not playbook.is_file():
        raise LabError(f"lab {spec.name}: its playbook {playbook} is not there")
    total = hashlib.sha256(f"{_GENERATION} {rootfs.parent.name}".encode())
    total.update(spec.model_copy(update={"name": "any"}).model_dump_json().encode())
    for file in sorted(each for each in playbook.parent.rglob("*") if each.is_file()):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(playbook.parent)} {content}\n".encode())
    return total.hexdigest()[:12]


def _assert_unused(home: Home, place: Path) -> None:
    for name in home.names():
        run = read_run(home.lab(name))
        if run is not None and run.blueprint.layers == place:
            raise LabError(f"lab {name}: stands on these disks; `drill lab down` it first")


def _make(builder: LabHome, spec: LabSpec, playbook: Path, rootfs: Path, say: Say) -> None:
    stop(builder)
    erase(builder.path)
    shutil.rmtree(builder.secrets, ignore_errors=True)
    builder.secrets.mkdir(mode=0o700)
    named = spec.model_copy(update={"name": builder.name})
    try:
        boot(builder, named, rootfs, None, lambda _mark: None)
        pin_hosts(builder, named)
        facts = _facts(builder)
        provision(facts, playbook, say)
        say("shutting the provisioned hosts down")
        shut_down(Fabric(facts.fabric), tuple(spec.hosts))
    finally:
        stop(builder)


def _facts(builder: LabHome) -> LabFacts:
    facts = running(builder.name)
    if facts is None:
        raise LabError(f"lab {builder.name}: died as soon as it was up; see {builder.log}")
    return facts


def _keep(builder: LabHome, hosts: tuple[str, ...], place: Path) -> None:
    """Move the disks to where layers are kept, all at once or not at all."""
    staging = place.with_suffix(".making")
    erase(staging)
    staging.mkdir(mode=0o711)
    for host in hosts:
        (builder.hosts / host / "upper").rename(staging / host)
    builder.secrets.rename(staging / "_secrets")
    os.sync()
    staging.rename(place)
    erase(builder.path)
    builder.known_hosts.unlink(missing_ok=True)
