"""Signing without ssh-keygen, and holding a signature against the key that came with it.

Both by ``cryptography``, for Ed25519 and RSA keys: these sign one text in one way only,
so that the signature is byte for byte the one that ssh-keygen would have made.
"""

import base64
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)

from drill.errors import SignatureError
from drill.signatures.armour import Signature, armoured, told

_ED25519, _RSA = b"ssh-ed25519", b"rsa-sha2-512"
KINDS = frozenset({"ssh-ed25519", "ssh-rsa"})
"""The kinds of key that this module knows."""


def sign(text: bytes, key: Path, namespace: str) -> str:
    """Return the armoured signature of a text.

    Raises:
        SignatureError: the key cannot be read, has a passphrase, or is of another kind.
    """
    try:
        private = load_ssh_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"{key} cannot sign without ssh-keygen: {error}") from error
    what = told(text, namespace)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        algorithm, made = _ED25519, private.sign(what)
    elif isinstance(private, rsa.RSAPrivateKey):
        algorithm, made = _RSA, private.sign(what, padding.PKCS1v15(), hashes.SHA512())
    else:
        raise SignatureError(f"{key} cannot sign without ssh-keygen: it is neither Ed25519 nor RSA")
    line = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return armoured(Signature(base64.b64decode(line.split()[1]), namespace, algorithm, made))


def assert_made(signature: Signature, text: bytes) -> None:
    """Hold a signature against a text and the key that came with it.

    Raises:
        SignatureError: that key never signed that text, or is none that this module knows.
    """
    what = told(text, signature.namespace)
    try:
        key = load_ssh_public_key(
            signature.kind.encode() + b" " + base64.b64encode(signature.public)
        )
        if isinstance(key, ed25519.Ed25519PublicKey) and signature.algorithm == _ED25519:
            key.verify(signature.made, what)
        elif isinstance(key, rsa.RSAPublicKey) and signature.algorithm == _RSA:
            key.verify(signature.made, what, padding.PKCS1v15(), hashes.SHA512())
        else:
            raise SignatureError(f"a {signature.kind} key did not sign so")
    except InvalidSignature as error:
        raise SignatureError("it is a signature of other bytes: one of them was changed") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError("the key within it is none, or was changed") from error
