"""Connections that keep one deadline over all their parts, and what their errors mean."""

import errno
import io
import socket
from collections.abc import Callable, Sequence
from typing import Any

from typing_extensions import Buffer, override

from drill.ports import Cancel, Reading

OWN_ERRORS = {
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOBUFS,
    errno.ENOMEM,
    errno.EADDRNOTAVAIL,
    errno.EACCES,
    errno.EPERM,
    errno.ENETDOWN,
}
"""No descriptors, memory, ports, permission or network here: nothing was learnt of the service."""

_OWN_NAMES = {socket.EAI_MEMORY, socket.EAI_SYSTEM}


Resolve = Callable[..., Sequence[tuple[Any, Any, int, str, Any]]]


class NoRouteError(Exception):
    """This machine has no route to the address: the observer's own trouble."""


def time_left(cancel: Cancel) -> float:
    """Return the seconds left, which are more than none.

    Raises:
        TimeoutError: none are left. A zero would make a socket non-blocking.
    """
    left = cancel.remaining()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def connect(
    host: str, port: int, cancel: Cancel, resolve: Resolve = socket.getaddrinfo
) -> socket.socket:
    """Open a new TCP connection to the first address of ``host`` that accepts it.

    The name is resolved each time: a cached answer would pin the probe to a
    dead or to a surviving instance.

    Raises:
        OSError: none did, or the time is over.
        NoRouteError: this machine cannot send to any of the addresses.
    """
    failure: Exception = OSError(f"{host} has no address")
    for family, kind, proto, _, address in resolve(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, proto)
        try:
            sock.settimeout(time_left(cancel))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = _judged(error, family, address)
        else:
            return sock
    raise failure


def _judged(error: OSError, family: int, address: Any) -> Exception:
    """Tell "no route from here" from a router's "no route to there"; both are ENETUNREACH.

    Connecting a datagram socket sends nothing and only looks the route up.
    """
    if error.errno != errno.ENETUNREACH:
        return error
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as lookup:
            lookup.connect(address)
    except OSError:
        return NoRouteError(f"no route from the observer to {address[0]}")
    return error


def reading_of(error: Exception) -> Reading:
    """Say what a failed connection tells: of the service (bad), or of the observer (unknown).

    A name that does not resolve is ``bad``: whoever uses the service cannot
    reach it either.
    """
    if isinstance(error, NoRouteError):
        return Reading(state="unknown", note=str(error))
    if isinstance(error, socket.gaierror):
        return Reading(
            state="unknown" if error.errno in _OWN_NAMES else "bad", note=f"name: {error.strerror}"
        )
    if isinstance(error, TimeoutError):
        return Reading(state="bad", note="no answer in time")
    if isinstance(error, OSError) and error.errno in OWN_ERRORS:
        return Reading(state="unknown", note=f"the observer: {error.strerror}")
    return Reading(state="bad", note=f"{type(error).__name__}: {error}"[:200])


class _TimedReader(io.RawIOBase):
    """A socket's bytes under one deadline; ``settimeout`` alone starts anew with every byte."""

    def __init__(self, sock: socket.socket, cancel: Cancel) -> None:
        self._sock = sock
        self._cancel = cancel

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer) -> int:
        self._sock.settimeout(time_left(self._cancel))
        return self._sock.recv_into(buffer)


class TimedSocket:
    """As much of a socket as :mod:`http.client` uses, under one deadline."""

    def __init__(self, sock: socket.socket, cancel: Cancel) -> None:
        self._sock = sock
        self._cancel = cancel

    def sendall(self, payload: bytes) -> None:
        """Send it all; ``sendall`` of a socket counts its time-out over the whole."""
        self._sock.settimeout(time_left(self._cancel))
        self._sock.sendall(payload)

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 - it is always "rb"
        """Return what is read, as a file."""
        return io.BufferedReader(_TimedReader(self._sock, self._cancel))

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()
