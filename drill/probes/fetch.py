"""One page over one new connection, under one deadline: no redirect, retry, keep-alive or proxy.

Not by an HTTP library: their read time-outs start anew with every byte, and
what they add (pools, redirects, retries, proxies) is what a sample must not have.
"""

import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Annotated, cast
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, JsonValue

from drill.ports import Cancel, Dial
from drill.probes.lookup import asking
from drill.probes.net import connect
from drill.probes.timed import TimedSocket, TimedTls, secured

_MOST = 1 << 20
"""Bytes of an answer that are read; what a probe asks for is far smaller."""

UNANSWERED = (OSError, HTTPException)
"""What :func:`fetch` raises."""


def _http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a URL is written like http://10.20.0.10:8080/health")
    if parts.username is not None:
        raise ValueError("name and password do not belong in a URL; use headers with $secret:")
    _ = parts.port  # raises where it is no port
    return url


HttpUrl = Annotated[
    str, AfterValidator(_http), Field(description="A URL, http or https, without credentials.")
]
Headers = Annotated[
    Mapping[str, str],
    Field(max_length=64, description="Headers to send; authorization by $secret:."),
]


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered."""

    status: int
    served_by: str
    """What its header X-Served-By says."""
    body: bytes

    def fields(self) -> Mapping[str, JsonValue]:
        """Return the JSON object, or none at all: whatever a broken service sends is an answer."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}


@dataclass(frozen=True, slots=True)
class Client:
    """Whom the one who asks trusts, who tells him names, and where he is: else as this machine."""

    authority: str = ""
    """The certificates to trust, in PEM."""
    resolvers: tuple[str, ...] = ()
    """The name servers to ask, in their order; another place asks its own."""
    dial: Dial | None = None
    """How another place opens connections."""


def fetch(
    url: str,
    headers: Mapping[str, str],
    cancel: Cancel,
    query: str = "",
    client: Client | None = None,
) -> Page:
    """Get ``url``, with ``query`` added to its own, as ``client`` would.

    Raises:
        OSError, HTTPException: there is no answer; see :data:`UNANSWERED`.
    """
    parts = urlsplit(url)
    link = HTTPConnection(cast("str", parts.hostname), _port(parts))
    link.sock = _connected(parts, client or Client(), cancel)
    try:
        link.request(
            "GET",
            _path(parts, query),
            headers={"Host": parts.netloc, "Connection": "close", **headers},
        )
        answer = link.getresponse()
        return Page(answer.status, answer.getheader("X-Served-By", ""), answer.read(_MOST))
    finally:
        link.close()


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _connected(url: SplitResult, client: Client, cancel: Cancel) -> TimedSocket | TimedTls:
    host = cast("str", url.hostname)
    resolve = asking(client.resolvers, cancel) if client.resolvers else socket.getaddrinfo
    sock = connect(host, _port(url), cancel, resolve, client.dial)
    if url.scheme != "https":
        return sock
    try:
        context = ssl.create_default_context(cadata=client.authority or None)
    except ssl.SSLError:
        sock.close()
        raise
    return secured(sock, context, host)


def _path(url: SplitResult, query: str) -> str:
    both = "&".join(part for part in (url.query, query) if part)
    return (url.path or "/") + (f"?{both}" if both else "")
