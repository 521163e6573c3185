"""Asking a time-stamping authority over HTTP (RFC 3161, 3.4)."""

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from drill.errors import EvidenceError, UsageError

_SECONDS = 30.0
_MOST = 1 << 20
"""Bytes of an answer."""
_KINDS: Mapping[str, type[HTTPConnection]] = {"http": HTTPConnection, "https": HTTPSConnection}


def ask(url: str, question: bytes) -> bytes:
    """Return the authority's answer; nothing leads it elsewhere.

    Raises:
        UsageError: the URL is none.
        EvidenceError: it does not answer.
    """
    parts = urlsplit(url)
    kind = _KINDS.get(parts.scheme)
    if kind is None or not parts.hostname:
        raise UsageError(f"--timestamp {url}: give the authority's http:// or https:// URL")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    link = kind(parts.hostname, parts.port, timeout=_SECONDS)
    try:
        link.request("POST", path, question, {"Content-Type": "application/timestamp-query"})
        answer = link.getresponse()
        text: bytes = answer.read(_MOST)
    except (OSError, HTTPException) as error:
        raise EvidenceError(f"{url} does not answer: {error}") from error
    finally:
        link.close()
    if answer.status != 200:  # noqa: PLR2004  OK
        raise EvidenceError(f"{url} answers {answer.status} {answer.reason}")
    return text
