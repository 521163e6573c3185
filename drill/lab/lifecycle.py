"""Up, down, purge: the commands, each safe beside another one of itself."""

from collections.abc import Callable
from pathlib import Path

from drill.errors import LabError
from drill.lab.boot import boot
from drill.lab.erase import erase
from drill.lab.facts import LabFacts, running
from drill.lab.home import LabHome, home
from drill.lab.image import ensure_image
from drill.lab.keys import pin_hosts
from drill.lab.launch import read_run, reap, stop
from drill.lab.layers import ensure_layers, lend_secrets
from drill.lab.obstacles import obstacles
from drill.lab.spec import LabSpec, load

Say = Callable[[str], None]


def up(
    file: Path,
    *,
    name: str | None = None,
    fresh: bool = False,
    bare: bool = False,
    say: Say = lambda _line: None,
) -> LabFacts:
    """Bring a lab up, building what is missing; one that is up already is left as it is.

    ``fresh`` provisions again instead of starting from the kept disks; ``bare``
    leaves the hosts without their services.

    Raises:
        LabError: this machine cannot, or another lab of this name is up.
    """
    missing = obstacles()
    if missing:
        listed = "\n".join(f"  {obstacle}" for obstacle in missing)
        raise LabError(f"lab: this machine cannot host one:\n{listed}")
    spec = load(file)
    spec = spec.model_copy(update={"name": name}) if name else spec
    place = home()
    lab = place.lab(spec.name)
    with place.lock(f"lab-{spec.name}"):
        run = read_run(lab)
        if run is not None and run.blueprint.spec != spec:
            raise LabError(f"lab {spec.name}: another file's lab is up; `drill lab down` it first")
        if run is None:
            _start(lab, spec, None if bare else spec.playbook(file), fresh, say)
        pin_hosts(lab, spec)
        facts = running(spec.name)
    if facts is None:
        raise LabError(f"lab {spec.name}: died as soon as it was up; see {lab.log}")
    return facts


def down(name: str) -> bool:
    """End a lab; tell whether it was up. Its last disks stay, for a look, until the next up."""
    place = home()
    with place.lock(f"lab-{name}"):
        lab = place.lab(name)
        was_up = stop(lab)
        reap(lab)
        return was_up


def purge(name: str) -> None:
    """End a lab and forget all that is its own; images and provisioned disks stay."""
    place = home()
    with place.lock(f"lab-{name}"):
        lab = place.lab(name)
        stop(lab)
        reap(lab)
        erase(lab.path)
        erase(lab.secrets)
        lab.known_hosts.unlink(missing_ok=True)


def purge_kept() -> None:
    """Forget the images and provisioned disks: the next up builds them anew.

    Raises:
        LabError: a lab that is up stands on them.
    """
    place = home()
    standing = [name for name in place.names() if place.lab(name).is_alive()]
    if standing:
        raise LabError(f"lab {standing[0]}: stands on what is kept; `drill lab down` it first")
    for directory in (*place.layers.iterdir(), *place.images.iterdir()):
        erase(directory)


def reap_all() -> None:
    """Remove what labs left whose outer process was killed."""
    place = home()
    for name in place.names():
        reap(place.lab(name))


def _start(lab: LabHome, spec: LabSpec, playbook: Path | None, fresh: bool, say: Say) -> None:
    rootfs = ensure_image(lab.home, spec.packages, say)
    layers = None
    if playbook is not None:
        layers = ensure_layers(lab.home, spec, playbook, rootfs, fresh=fresh, say=say)
        lend_secrets(layers, lab)
    boot(lab, spec, rootfs, layers, lambda mark: say(f"{mark.step} up after {mark.seconds:.2f} s"))
