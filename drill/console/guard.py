"""The gate before every route: by which name, from which page, how large, and what goes out.

A page of somebody else in a participant's browser can reach this console too, also on loopback
(DNS rebinding, cross-site requests): so each request must name a host that people were told,
and what changes anything, or streams, must come from a page of this console.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
EVENTS = "/events"
"""The one route that reads and streams: guarded as if it changed something."""
_SAFE = frozenset({"GET", "HEAD"})
_HERE = "same-origin"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": _HERE,
    "Cross-Origin-Resource-Policy": _HERE,
    "Referrer-Policy": _HERE,  # a link is a credential; `no-referrer` would make each Origin null
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer; besides, nothing is stored anywhere unless a route says so."""


@dataclass(frozen=True)
class Names:
    """By which names the console is reached."""

    hosts: frozenset[str] = LOOPBACK
    """As they stand in a URL, in lower case, without a port."""
    https: bool = False
    """A proxy before it speaks TLS."""

    def knows(self, host: str) -> bool:
        """Tell whether a request's ``Host`` is one of them."""
        return _bare(host) in self.hosts

    def origin(self, host: str) -> str:
        """Return the origin of a page that was got by a ``Host``."""
        return f"{'https' if self.https else 'http'}://{host}".lower()


class Guard:
    """Lets through what may come in, and puts the headers on all that goes out."""

    def __init__(self, app: ASGIApp, names: Names) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; anything but HTTP is not spoken here."""
        if scope["type"] != "http":
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.update(HEADERS)
            await send(message)

        status, why = refusal(self._names, scope["method"], scope["path"], Headers(scope=scope))
        answer = PlainTextResponse(why, status) if status else self._app
        await answer(scope, receive, dressed)


def refusal(names: Names, method: str, path: str, headers: Headers) -> tuple[int, str]:
    """Return the status and the reason with which a request is turned away; 0 lets it in."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not names.knows(hosts[0]):
        return 421, "drill console: not reached by a name it was told; see --host"
    if method in _SAFE and path != EVENTS:
        return 0, ""
    if _is_foreign(headers, names.origin(hosts[0])) or (
        method not in _SAFE and not _is_told(headers)
    ):
        return 403, "drill console: this did not come from a page of its own"
    return 0, ""


def _is_foreign(headers: Headers, own: str) -> bool:
    """Tell whether the browser says that another page sent it."""
    sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    return any(site != _HERE for site in sites) or any(one.lower() != own for one in origins)


def _is_told(headers: Headers) -> bool:
    """Tell whether the browser says at all which page sent it; every one does for a POST."""
    return "origin" in headers or "sec-fetch-site" in headers


def _bare(host: str) -> str:
    """Return a host without its port; an IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()
