"""A host's disk: one image that all share, and an upper layer that is its own."""

import os
import shutil
import stat
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from drill.lab.kernel import MountFlag, mount
from drill.lab.spec import LabSpec

_QUIET = MountFlag.NOSUID | MountFlag.NODEV
_SILENT = _QUIET | MountFlag.NOEXEC

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "fuse")
_LINKS = {
    "ptmx": "pts/ptmx",
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}


def blank(directory: Path) -> None:
    """Give a host an empty upper layer; what its last one held is gone."""
    for name in ("upper", "work", "root"):
        shutil.rmtree(directory / name, ignore_errors=True)
        (directory / name).mkdir(parents=True)


def volumes_of(directory: Path, volumes: Mapping[str, int]) -> dict[str, Path]:
    """Return where each volume of a host is kept, while the lab is up."""
    return {path: directory / "volumes" / str(n) for n, path in enumerate(volumes)}


def make_volumes(directory: Path, volumes: Mapping[str, int]) -> None:
    """Give a host empty volumes, in this mount namespace: they outlive the host's own."""
    shutil.rmtree(directory / "volumes", ignore_errors=True)
    for path, place in volumes_of(directory, volumes).items():
        place.mkdir(parents=True)
        mount("tmpfs", place, "tmpfs", _QUIET, f"mode=755,size={volumes[path]}m")


def personalise(directory: Path, name: str, spec: LabSpec, authorized_key: str) -> None:
    """Write what makes a host itself: its name, its neighbours, its SSH keys."""
    etc = directory / "upper" / "etc"
    (etc / "ssh").mkdir(parents=True)
    (etc / "hostname").write_text(f"{name}\n")
    neighbours = "".join(f"{host.address} {each}\n" for each, host in spec.hosts.items())
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n{neighbours}")
    (etc / "resolv.conf").write_text("options timeout:1 attempts:1\n")
    host_key = etc / "ssh" / "ssh_host_ed25519_key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(host_key)],
        check=True,
    )
    keys = directory / "upper" / "root" / ".ssh"
    keys.mkdir(mode=0o700, parents=True)
    keys.parent.chmod(0o700)
    (keys / "authorized_keys").write_text(f"{authorized_key}\n")


_KEYS = "ssh_host_ed25519_key", "ssh_host_ed25519_key.pub", "ssh_known_hosts"


def keys_of(directory: Path) -> Mapping[str, bytes]:
    """Return by what others know a host, and it knows them."""
    place = directory / "upper/etc/ssh"
    return {name: (place / name).read_bytes() for name in _KEYS}


def put_keys(directory: Path, keys: Mapping[str, bytes]) -> None:
    """Let a new disk be known as the old one was."""
    for name, content in keys.items():
        path = directory / "upper/etc/ssh" / name
        path.write_bytes(content)
        path.chmod(0o644 if name == "ssh_known_hosts" else path.stat().st_mode)


def write(directory: Path, files: Mapping[str, str]) -> None:
    """Write a host's own files, readable by all: path below its root to content."""
    for name, content in files.items():
        path = directory / "upper" / name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(0o644)


def introduce(hosts: Path, spec: LabSpec) -> None:
    """Have each host know all by their SSH keys, once all have theirs (sshd(8))."""
    known = "".join(
        f"{name},{host.address} {host_key(hosts / name)}\n" for name, host in spec.hosts.items()
    )
    for name in spec.hosts:
        write(hosts / name, {"etc/ssh/ssh_known_hosts": known})


def host_key(directory: Path) -> str:
    """Return the public half of a host's SSH key: type and base64."""
    line = (directory / "upper/etc/ssh/ssh_host_ed25519_key.pub").read_text()
    return " ".join(line.split()[:2])


def make_devices(own: Path) -> None:
    """Make the lab a /dev/fuse of its own, if this is the machine's root: theirs may be his alone.

    Where udev opens it to everybody (0666), an ordinary user's lab can borrow it.
    """
    real = Path("/dev/fuse")
    if os.geteuid() != 0 or not real.exists():
        return
    own.mkdir(exist_ok=True)
    node = own / real.name
    with suppress(FileExistsError, PermissionError):  # in a container, root may make no nodes
        os.mknod(node, stat.S_IFCHR, real.stat().st_rdev)
        node.chmod(0o666)


def assemble(directory: Path, lower: tuple[Path, ...], devices: Path) -> Path:
    """Mount a host's root file system in this mount namespace; answer where.

    A node of ``devices`` is lent in the place of this machine's.

    ``volatile`` spares the sync of the whole machine's disk at each unmount; the
    upper layer still outlives the host, in the machine's page cache.
    """
    root = directory / "root"
    shutil.rmtree(directory / "work" / "work" / "incompat", ignore_errors=True)
    layers = f"lowerdir={':'.join(map(str, lower))}"
    mine = f"upperdir={directory / 'upper'},workdir={directory / 'work'}"
    mount("overlay", root, "overlay", 0, f"{layers},{mine},userxattr,volatile")
    mount("proc", root / "proc", "proc", _SILENT)
    mount("sysfs", root / "sys", "sysfs", _SILENT | MountFlag.RDONLY)
    mount("cgroup2", root / "sys/fs/cgroup", "cgroup2", _SILENT)
    mount("tmpfs", root / "run", "tmpfs", _QUIET, "mode=755")
    mount("tmpfs", root / "tmp", "tmpfs", _QUIET, "mode=1777")
    _make_dev(root / "dev", devices)
    return root


def attach(root: Path, volumes: Mapping[str, Path]) -> None:
    """Mount a host's volumes; an empty one first takes what the disk has there."""
    for path, place in volumes.items():
        there = root / path.lstrip("/")
        if not any(place.iterdir()):
            subprocess.run(["cp", "-a", f"{there}/.", str(place)], check=True)
        mount(str(place), there, None, MountFlag.BIND)


def _make_dev(dev: Path, own: Path) -> None:
    """Fill /dev: device nodes cannot be made in a user namespace, only borrowed."""
    mount("tmpfs", dev, "tmpfs", MountFlag.NOSUID, "mode=755,size=1m")
    for name in _DEVICES:
        real = own / name if (own / name).exists() else Path("/dev") / name
        if real.exists():
            (dev / name).touch()
            mount(str(real), dev / name, None, MountFlag.BIND)
    for name in ("pts", "shm", "mqueue"):
        (dev / name).mkdir()
    pts = "newinstance,ptmxmode=0666,mode=620,gid=5"
    mount("devpts", dev / "pts", "devpts", MountFlag.NOSUID | MountFlag.NOEXEC, pts)
    mount("tmpfs", dev / "shm", "tmpfs", _QUIET, "mode=1777")
    for name, target in _LINKS.items():
        (dev / name).symlink_to(target)
