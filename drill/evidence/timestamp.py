"""A time-stamping authority's word that a journal was there at a moment (RFC 3161).

It is what proves *when*: a key says who, and a clock that the sealer can set says nothing.
What is stamped is ``checkpoints.txt``, the journal's end; the answer is a file of the bundle
like any other, so that the sums and the signature hold each of its bytes. An auditor without
drill runs ``openssl ts -verify -data checkpoints.txt -in checkpoints.tsr -CAfile CA``.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import Any

from drill.errors import EvidenceError, PluginError

STAMP = "checkpoints.tsr"


def stamp_of(text: bytes, ask: Callable[[bytes], bytes]) -> bytes:
    """Return an authority's answer about a text.

    Args:
        text: what was there.
        ask: sends a question to the authority, and returns its answer.

    Raises:
        EvidenceError: the answer is none, or is about something else.
        PluginError: the package that reads it is not installed.
    """
    client = _client()
    question = client.TimestampRequestBuilder().data(text).build()
    answer = ask(question.as_bytes())
    told = _read(client, answer)
    if told.status != 0:
        raise EvidenceError(f"the time-stamping authority declines: {told.status_string}")
    said = told.tst_info
    if said.nonce != question.nonce or said.message_imprint.message != _sha512(text):
        raise EvidenceError("the time-stamping authority answers another question")
    return answer


def stamped(answer: bytes, text: bytes, roots: bytes) -> datetime:
    """Return when an authority saw a text.

    Args:
        answer: what it answered.
        text: what it was asked about.
        roots: the certificates of those whom the auditor trusts, as PEM.

    Raises:
        EvidenceError: it is no answer about this text of anybody trusted.
        PluginError: the package that reads it is not installed.
    """
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415  heavy

    client = _client()
    told = _read(client, answer)
    builder = client.VerifierBuilder()
    try:
        for root in load_pem_x509_certificates(roots):
            builder = builder.add_root_certificate(root)
        builder.build().verify_message(told, text)
    except (client.VerificationError, ValueError) as error:
        raise EvidenceError(f"the time stamp does not count: {error}") from error
    when: datetime = told.tst_info.gen_time
    return when


def _read(client: ModuleType, answer: bytes) -> Any:
    try:
        return client.decode_timestamp_response(answer)
    except ValueError as error:
        raise EvidenceError("the answer is no time stamp (RFC 3161)") from error


def _sha512(text: bytes) -> bytes:
    return hashlib.sha512(text).digest()


def _client() -> ModuleType:
    try:
        return import_module("rfc3161_client")
    except ImportError as error:
        raise PluginError(
            "time stamps need rfc3161-client: pip install 'drill[timestamp]'"
        ) from error
