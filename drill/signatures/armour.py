"""The form of an SSH signature: one spelling, read strictly. Pure."""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

from drill.errors import SignatureError

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n"
_HEAD = b"SSHSIG" + struct.pack(">I", 1)
_HASH = b"sha512"
_LINE = 70
"""Characters in a line of the armour, as ssh-keygen breaks it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What an armoured signature holds, as PROTOCOL.sshsig lays it out."""

    public: bytes
    """The public key, in the form that goes over the wire (RFC 4253, 6.6)."""
    namespace: str
    algorithm: bytes
    made: bytes
    """The raw signature of :func:`told`."""

    @property
    def kind(self) -> str:
        """Return the kind of the key: ``ssh-ed25519`` and so on."""
        size = int.from_bytes(self.public[:4], "big")
        return self.public[4 : 4 + size].decode("ascii", errors="replace")

    @property
    def fingerprint(self) -> str:
        """Return the key's name, as ssh-keygen prints it."""
        digest = base64.b64encode(hashlib.sha256(self.public).digest())
        return f"SHA256:{digest.decode().rstrip('=')}"


def told(text: bytes, namespace: str) -> bytes:
    """Return the bytes that a key really signs."""
    parts = (namespace.encode(), b"", _HASH, hashlib.sha512(text).digest())
    return b"SSHSIG" + b"".join(map(string, parts))


def armoured(signature: Signature) -> str:
    """Return a signature as ssh-keygen writes it."""
    raw = string(signature.algorithm) + string(signature.made)
    parts = (signature.public, signature.namespace.encode(), b"", _HASH, raw)
    text = base64.b64encode(_HEAD + b"".join(map(string, parts))).decode()
    lines = (text[at : at + _LINE] + "\n" for at in range(0, len(text), _LINE))
    return _BEGIN + "".join(lines) + _END


def read(text: str) -> Signature:
    """Return what an armoured signature holds; each has one spelling only.

    Raises:
        SignatureError: it is none, or is written in another way than ssh-keygen writes it.
    """
    body = text.removeprefix(_BEGIN).removesuffix(_END)
    try:
        blob = base64.b64decode(body.replace("\n", ""), validate=True)
        public, namespace, _, _, raw = _strings(blob.removeprefix(_HEAD))
        algorithm, made = _strings(raw)
        found = Signature(public, namespace.decode(), algorithm, made)
    except (binascii.Error, ValueError) as error:
        raise SignatureError("it is no SSH signature") from error
    if armoured(found) != text:
        raise SignatureError("it is no SSH signature as ssh-keygen writes one")
    return found


def string(part: bytes) -> bytes:
    """Return a string as it goes over the wire (RFC 4251, 5)."""
    return struct.pack(">I", len(part)) + part


def _strings(blob: bytes) -> list[bytes]:
    found = []
    while blob:
        size = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + size:
            raise ValueError("cut short")
        found.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    return found
