"""One connection to Redis under one deadline: no retry, no pool, no hidden reconnection.

The client library speaks the protocol; the socket is ours (:mod:`drill.probes.timed`).
"""

import select
import socket
import ssl
from typing import Annotated, Any

import redis
from pydantic import AfterValidator, Field
from redis.connection import parse_url
from typing_extensions import override

from drill.ports import Cancel
from drill.probes.net import connect
from drill.probes.timed import Leash, secured

_PORT = 6379


def _redis(url: str) -> str:
    try:
        known = parse_url(url)
    except ValueError:
        # the library's complaint may quote it, and it may hold a password
        raise ValueError("a URL is written like redis://:password@10.20.0.11:6379/0") from None
    if "host" not in known:
        raise ValueError("a URL of Redis names a host")
    return url


RedisUrl = Annotated[
    str,
    AfterValidator(_redis),
    Field(min_length=1, description="redis:// or, with TLS, rediss://; a secret."),
]


class _Connection(redis.Connection):
    """The library's connection, over a socket that is open already."""

    def __init__(self, sock: socket.socket, **settings: Any) -> None:
        self._open = sock
        super().__init__(
            protocol=2,
            driver_info=None,
            decode_responses=True,
            encoding_errors="replace",
            **settings,
        )

    @override
    def _connect(self) -> socket.socket:
        return self._open


class RedisLink:
    """An open connection that has logged in; ``by`` is the server's own address."""

    def __init__(self, url: str, cancel: Cancel) -> None:
        known = parse_url(url)
        host, port = str(known["host"]), int(known.get("port", _PORT))
        plain = connect(host, port, cancel)
        self._leash: Leash = plain.leash
        self._sock: socket.socket = plain
        if url.startswith("rediss:"):
            context = ssl.create_default_context(cafile=known.get("ssl_ca_certs"))
            self._sock = secured(plain, context, host)
        login = {key: known[key] for key in ("db", "username", "password") if key in known}
        self._connection = _Connection(self._sock, host=host, port=port, **login)
        try:
            self._connection.connect()
            self.by = self._served_by(cancel)
        except BaseException:
            self.close()
            raise

    def ask(self, cancel: Cancel, *words: str | int) -> Any:
        """Send one command, and return its reply.

        Raises:
            redis.ResponseError: the server refused it.
            redis.RedisError, OSError: the connection was lost, or the time is over.
        """
        self._leash.cancel = cancel
        self._connection.send_command(*words)
        return self._connection.read_response()

    def section(self, name: str, cancel: Cancel) -> dict[str, str]:
        """Return a section of the server's INFO."""
        lines = str(self.ask(cancel, "INFO", name)).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def quiet(self) -> bool:
        """Tell whether the idle connection may be used: an idle server says but its goodbye."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.disconnect()
        self._sock.close()

    def _served_by(self, cancel: Cancel) -> str:
        """Return the server's address as it sees it: behind a proxy, that of who answered."""
        try:
            words = str(self.ask(cancel, "CLIENT", "INFO")).split()
        except redis.ResponseError:  # before Redis 6.2, or not permitted
            return "{}:{}".format(*self._sock.getpeername()[:2])
        return dict(word.split("=", 1) for word in words if "=" in word).get("laddr", "")
