"""The SSH key that opens every host of every lab of one home, and who the hosts are."""

import subprocess
from pathlib import Path

from drill.lab import disk
from drill.lab.home import Home, LabHome
from drill.lab.spec import LabSpec


def ensure_key(home: Home) -> Path:
    """Find or make the private key."""
    key = home.path / "keys" / "id_ed25519"
    with home.lock("key"):
        if not key.exists():
            key.parent.mkdir(mode=0o700, exist_ok=True)
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "drill-lab", "-f", str(key)],
                check=True,
            )
    return key


def public_half(key: Path) -> str:
    """Return the line for ``authorized_keys``."""
    return key.with_suffix(".pub").read_text().strip()


def pin_hosts(lab: LabHome, spec: LabSpec) -> None:
    """Write known_hosts: nobody ever answers "yes" to a host of the lab."""
    lines = []
    for index, (name, host) in enumerate(spec.hosts.items()):
        key = disk.host_key(lab.hosts / name)
        names = f"{spec.management.of(index).ip},{host.address},{name}"
        lines.append(f"{names} {key}\n")
    lab.known_hosts.write_text("".join(lines))
