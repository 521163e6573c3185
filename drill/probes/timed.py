"""Sockets under one deadline, whatever library reads from them.

A time-out of a socket starts anew with every byte, so a far side that trickles
holds its reader for ever. These ask a :class:`Leash` before each wait, and
leave what a library sets by ``settimeout`` alone.
"""

import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, cast

from typing_extensions import Buffer, override

from drill.ports import Cancel


class Leash:
    """Whose time it is: a connection that is held for later gets the next one's cancel."""

    def __init__(self, cancel: Cancel) -> None:
        self.cancel = cancel

    def left(self) -> float:
        """Return the seconds left; see :func:`time_left`."""
        return time_left(self.cancel)


def time_left(cancel: Cancel) -> float:
    """Return the seconds left, which are more than none.

    Raises:
        TimeoutError: none are left. A zero would make a socket non-blocking.
    """
    left = cancel.remaining()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


class Shorter(Cancel):
    """A cancel with less time than the one it is made of."""

    def __init__(self, cancel: Cancel, seconds: float) -> None:
        self._cancel = cancel
        self._until = time.monotonic() + seconds

    @override
    def requested(self) -> bool:
        return self.remaining() <= 0

    @override
    def wait(self, seconds: float) -> bool:
        self._cancel.wait(min(seconds, self.remaining()))
        return self.requested()

    @override
    def remaining(self) -> float:
        return max(0.0, min(self._cancel.remaining(), self._until - time.monotonic()))

    @override
    def on_request(self, stop: Callable[[], None]) -> None:
        self._cancel.on_request(stop)


class TimedSocket(socket.socket):
    """A plain socket on a leash."""

    def __init__(
        self, family: int, kind: int, proto: int, leash: Leash, fileno: int | None = None
    ) -> None:
        super().__init__(family, kind, proto, fileno)
        self.leash = leash

    @override
    def settimeout(self, value: float | None, /) -> None:
        """Ignore it: the leash alone decides."""

    @override
    def connect(self, address: Any, /) -> None:
        self._arm()
        super().connect(address)

    @override
    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        self._arm()
        return super().recv(bufsize, flags)

    @override
    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0, /) -> int:
        self._arm()
        return super().recv_into(buffer, nbytes, flags)

    @override
    def send(self, data: Buffer, flags: int = 0, /) -> int:
        self._arm()
        return super().send(data, flags)

    @override
    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        self._arm()  # its time-out counts over the whole, unlike that of recv
        super().sendall(data, flags)

    def _arm(self) -> None:
        super().settimeout(self.leash.left())


class TimedTls(ssl.SSLSocket):
    """A TLS socket on a leash; OpenSSL's own waits count over the whole of a read or a write."""

    leash: Leash

    @override
    def settimeout(self, value: float | None, /) -> None:
        """Ignore it: the leash alone decides."""

    @override
    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        self.arm()
        return super().read(len, buffer)

    @override
    def send(self, data: Buffer, flags: int = 0) -> int:  # sendall is made of sends
        self.arm()
        return super().send(data, flags)

    def arm(self) -> None:
        """Let the next wait last as long as there is time."""
        super().settimeout(self.leash.left())


def secured(sock: TimedSocket, context: ssl.SSLContext, name: str) -> TimedTls:
    """Shake hands by TLS with ``name``; what is returned is on the same leash.

    Raises:
        OSError: it failed, and the connection is closed.
    """
    context.sslsocket_class = TimedTls
    wrapped = context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
    tls = cast("TimedTls", wrapped)
    try:
        tls.leash = sock.leash
        tls.arm()
        tls.do_handshake()
    except OSError:
        tls.close()
        raise
    return tls
