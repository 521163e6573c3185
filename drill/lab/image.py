"""The operating system image that all hosts share, built once by mmdebstrap(1).

It is made inside the lab's own id range, from the package sources of this
machine's distribution, and kept under the digest of its recipe: another package
list is another image.
"""

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import NoReturn

from drill.errors import LabError
from drill.lab.home import Home
from drill.lab.identity import fork_mapped, lab_owner
from drill.lab.kernel import Space, unshare
from drill.model.base import Model

_PACKAGES = (
    "systemd-sysv",
    "dbus",
    "openssh-server",
    "sudo",
    "python3",
    "python3-psycopg2",
    "procps",
    "iproute2",
    "iputils-ping",
    "nftables",
    "curl",
    "ca-certificates",
    "openssl",
    "socat",
    "postgresql",
    "haproxy",
    "nginx",
    "libfaketime",
    "pgbackrest",
    "restic",
    "dnsmasq",
)
_EXCLUDED = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/locale/*",
    "/usr/share/info/*",
    "/usr/lib/*/libLLVM*",  # 110 MB, only for PostgreSQL's JIT, which provisioning turns off
    "/usr/lib/llvm-*",
    "/usr/lib/postgresql/*/lib/bitcode/*",
)
_POCKETS = ("", "-updates", "-security")
"""The suites of a stable release: Debian and Ubuntu name them alike."""
_CARRIED = ("http", "https", "Check-Valid-Until", "Check-Date", "Retries", "ForceIPv4")
"""What of this machine's APT settings (proxies, clocks) a build needs too; ``Acquire::*``."""


class Recipe(Model):
    """All that decides what is in an image, but for the day of its build."""

    codename: str
    architecture: str
    packages: tuple[str, ...] = _PACKAGES
    excluded: tuple[str, ...] = _EXCLUDED
    prepare: str

    @property
    def key(self) -> str:
        """Name of its directory."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def recipe(more: tuple[str, ...] = ()) -> Recipe:
    """Write the recipe for this machine, whose release the guest runs, with ``more`` packages."""
    return Recipe(
        codename=_codename(),
        architecture=platform.machine(),
        packages=(*_PACKAGES, *sorted(set(more) - set(_PACKAGES))),
        prepare=resources.files("drill.lab").joinpath("prepare-image.sh").read_text(),
    )


def ensure_image(home: Home, more: tuple[str, ...], say: Callable[[str], None]) -> Path:
    """Find or build the image with ``more`` packages than all have; answer its root directory.

    Raises:
        LabError: mmdebstrap failed; names its log.
    """
    wanted = recipe(more)
    place = home.images / wanted.key
    with home.lock(f"image-{wanted.key}"):
        if not place.exists():
            say(f"building the {wanted.codename} image (once, under a minute)")
            _build(home, wanted, place)
    return place / "rootfs"


def _build(home: Home, wanted: Recipe, place: Path) -> None:
    staging = home.images / f"{wanted.key}.building"
    shutil.rmtree(staging, ignore_errors=True)
    root = staging / "rootfs"
    root.mkdir(parents=True)
    if lab_owner() != os.geteuid():
        os.chown(root, lab_owner(), lab_owner())
    log = staging / "build.log"
    argv = _mmdebstrap(wanted, root)
    with log.open("w") as lines:
        child = fork_mapped(lambda: _run_build(argv, wanted.prepare, lines.fileno()))
        _, ending = os.waitpid(child, 0)
    if ending != 0:
        last = "\n".join(f"  {line}" for line in log.read_text().splitlines()[-6:])
        raise LabError(f"lab: mmdebstrap could not build the image; {log} ends with\n{last}")
    staging.rename(place)


def _run_build(argv: list[str], prepare: str, log: int) -> NoReturn:
    try:
        os.dup2(log, 1)
        os.dup2(log, 2)
        unshare(Space.MOUNT | Space.PID)
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/tmp",  # noqa: S108 - nothing is kept there; root's own is closed to the lab
            "DRILL_PREPARE": prepare,
        }
        built = subprocess.run(
            argv, env=environment, cwd="/", stdin=subprocess.DEVNULL, check=False
        )
        os._exit(built.returncode)
    finally:
        os._exit(1)


def _mmdebstrap(wanted: Recipe, root: Path) -> list[str]:
    options = [f"--aptopt={line}" for line in _apt_settings()]
    options += [f"--dpkgopt=path-exclude={path}" for path in wanted.excluded]
    options += [f"--include={','.join(wanted.packages)}"]
    options += ['--customize-hook=printf %s "$DRILL_PREPARE" | chroot "$1" /bin/sh']
    fixed = ["mmdebstrap", "--variant=minbase", "--mode=root", '--aptopt=Acquire::Languages "none"']
    return [*fixed, *options, wanted.codename, str(root), *_apt_sources(wanted.codename)]


def _apt_sources(codename: str) -> list[str]:
    """Return this machine's own sources of its distribution, as one-line entries."""
    fields = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    lines = _ask(["apt-get", "indextargets", "--format", fields, "Created-By: Packages"])
    pockets = {codename + pocket for pocket in _POCKETS}
    return sorted({f"deb {line}" for line in lines if line.split(" ")[1] in pockets})


def _apt_settings() -> list[str]:
    names = [f"Acquire::{name}" for name in _CARRIED]
    lines = _ask(["apt-config", "dump", "--format", '%F "%v";%n', *names])
    return [line for line in lines if not line.endswith(' "";')]


def _codename() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        name, _, value = line.partition("=")
        if name == "VERSION_CODENAME":
            return shlex.split(value)[0]
    raise LabError("lab: needs Debian or Ubuntu, whose packages the hosts are made of")


def _ask(argv: list[str]) -> list[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
