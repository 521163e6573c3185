"""``http.get``: whether the service answers, and answers correctly, and who answered.

A 200 is not health. ``token: fresh`` has the service do its work: a number
never used before is sent as ``?token=``, the service writes it, reads it back
and returns it in the JSON field ``token``. No cache and no shallow health page
can return it.
"""

import json
import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from secrets import token_hex
from typing import Annotated, ClassVar, Literal, cast
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, JsonValue

from drill.model.base import Model
from drill.ports import Access, Cancel, Reading
from drill.probes.net import NoRouteError, TimedSocket, connect, reading_of, time_left

_MOST = 1 << 20
"""Bytes of an answer that are read; a health page is far smaller."""


def _http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a URL is written like http://10.20.0.10:8080/health")
    if parts.username is not None:
        raise ValueError("name and password do not belong in a URL; use headers with $secret:")
    _ = parts.port  # raises where it is no port
    return url


class Expect(Model):
    """What a good answer looks like; all that is given must hold."""

    status: Annotated[int, Field(ge=100, le=599, description="The HTTP status.")] = 200
    token: Annotated[
        Literal["fresh"] | None,
        Field(description="Send ?token=<new> and expect it back in the JSON field `token`."),
    ] = None
    json_: Annotated[
        Mapping[str, JsonValue] | None,
        Field(alias="json", description="Fields that the JSON answer must have, with their value."),
    ] = None
    text: Annotated[str, Field(description="Text that the answer must contain.")] = ""


class HttpGetParams(Model):
    """What ``http.get`` is told."""

    url: Annotated[str, AfterValidator(_http)]
    expect: Expect = Expect()
    headers: Mapping[str, str] = {}
    identity: Annotated[
        tuple[str, ...],
        Field(description="JSON fields that say who answered; none of them: X-Served-By."),
    ] = ("app", "database")


class HttpGet:
    """Gets one page over one new connection: no redirect, no retry, no keep-alive, no proxy."""

    params: ClassVar[type[Model]] = HttpGetParams

    def observe(
        self,
        on: Access,  # noqa: ARG002 - the URL says where
        params: HttpGetParams,
        cancel: Cancel,
    ) -> Reading:
        """Look once."""
        token = token_hex(8) if params.expect.token else ""
        try:
            status, served_by, body = _get(params, token, cancel)
        except (OSError, HTTPException, NoRouteError) as error:
            return reading_of(error)
        content = _parsed(body)
        by = " ".join(str(content[k]) for k in params.identity if k in content) or served_by
        fault = _fault(params.expect, status, body, content, token)
        return Reading(state="bad" if fault else "good", by=by, note=fault)


def _get(params: HttpGetParams, token: str, cancel: Cancel) -> tuple[int, str, bytes]:
    url = urlsplit(params.url)
    client = HTTPConnection(cast("str", url.hostname), _port(url))
    # http.client asks no more of a socket than TimedSocket has
    client.sock = _connected(url, cancel)
    try:
        client.request(
            "GET",
            _path(url, token),
            headers={"Host": url.netloc, "Connection": "close", **params.headers},
        )
        answer: HTTPResponse = client.getresponse()
        return answer.status, answer.getheader("X-Served-By", ""), answer.read(_MOST)
    finally:
        client.close()


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _connected(url: SplitResult, cancel: Cancel) -> TimedSocket:
    host = cast("str", url.hostname)
    sock = connect(host, _port(url), cancel)
    if url.scheme == "https":
        sock = _secured(sock, host, cancel)
    return TimedSocket(sock, cancel)


def _secured(sock: socket.socket, host: str, cancel: Cancel) -> socket.socket:
    try:
        sock.settimeout(time_left(cancel))
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except OSError:
        sock.close()
        raise


def _path(url: SplitResult, token: str) -> str:
    query = "&".join(part for part in (url.query, token and f"token={token}") if part)
    return (url.path or "/") + (f"?{query}" if query else "")


def _parsed(body: bytes) -> Mapping[str, JsonValue]:
    """Return the JSON object, or none at all: whatever a broken service sends is an answer."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _fault(
    expect: Expect, status: int, body: bytes, content: Mapping[str, JsonValue], token: str
) -> str:
    """Return what is wrong with the answer, or nothing."""
    if status != expect.status:
        return f"status {status}"
    if token and content.get("token") != token:
        return "the token did not come back"
    if expect.text and expect.text not in body.decode(errors="replace"):
        return "the expected text is missing"
    return _lacking(expect.json_ or {}, content)[:200]


def _lacking(expected: Mapping[str, JsonValue], content: Mapping[str, JsonValue]) -> str:
    """Return the first field that is not as expected; fields that nobody asked for are free."""
    for key, value in expected.items():
        found = content.get(key)
        if isinstance(value, Mapping) and isinstance(found, Mapping):
            if inner := _lacking(value, found):
                return f"{key}.{inner}"
        elif key not in content or found != value:
            return f"{key} is {found!r}"
    return ""
