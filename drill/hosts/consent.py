"""Making a host's consent: the marker that an owner writes and signs, and the host verifies.

Three files of ``/etc/drill``, root's own and nobody else's to write: what the
host agrees to, an SSH signature of it (ssh-keygen(1), ``-Y sign``), and who may
sign. The signing key never comes to the host, nor to whoever runs exercises.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from pydantic import AwareDatetime, Field, PlainSerializer

from drill.errors import SafetyError
from drill.model.base import Model

PLACE = Path("/etc/drill")
_NAMESPACE = "drill-consent"


class Marker(Model):
    """What a host agrees to; see :data:`drill.lease.consent.MARKER` for who reads it."""

    environment: Annotated[str, Field(pattern=r"^[a-z0-9._-]{1,64}$")]
    group: Annotated[str, Field(pattern=r"^[a-z0-9._-]{1,64}$")]
    classes: tuple[str, ...]
    """The first words of faults' names, such as ``service``, ``network`` or ``file``."""
    expires: Annotated[AwareDatetime, PlainSerializer(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"))]
    """In UTC."""
    host: str
    """The content of the host's ``/etc/machine-id``: a copied marker is no consent."""
    live_ok: bool = False
    """Whether faults are allowed although ``environment`` is ``production``."""
    disposable: bool = False
    """Whether faults are allowed that no lease on the host can end, as a loss of power."""


def make(marker: Marker, key: Path) -> Mapping[str, bytes]:
    """Return the files for ``/etc/drill``, by name.

    Args:
        marker: what the host agrees to.
        key: the owner's private SSH key; its public half lies beside it.

    Raises:
        SafetyError: it cannot be signed.
    """
    said = marker.model_dump_json(indent=1).encode() + b"\n"
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    with TemporaryDirectory(prefix="drill-") as place:
        file = Path(place, "consent.json")
        file.write_bytes(said)
        argv = ["ssh-keygen", "-q", "-Y", "sign", "-n", _NAMESPACE, "-f", str(key), str(file)]
        signed = subprocess.run(argv, capture_output=True, text=True, check=False)
        if signed.returncode:
            raise SafetyError(f"{key} cannot sign a consent: {signed.stderr.strip()}")
        signature = file.with_name("consent.json.sig").read_bytes()
    signer = f'{_NAMESPACE} namespaces="{_NAMESPACE}" {public}\n'.encode()
    return {"consent.json": said, "consent.json.sig": signature, "allowed_signers": signer}
