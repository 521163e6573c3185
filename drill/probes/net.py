"""New connections, and what their errors mean."""

import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator

from drill.errors import RemoteError
from drill.ports import Cancel, Dial, Reading
from drill.probes.timed import Leash, TimedSocket

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

ServerAddress = Annotated[str, AfterValidator(lambda text: str(ipaddress.ip_address(text)))]

Resolve = Callable[..., Sequence[tuple[Any, Any, int, str, Any]]]


class NoRouteError(OSError):
    """This machine has no route to the address: the observer's own trouble."""


def connect(
    host: str,
    port: int,
    cancel: Cancel,
    resolve: Resolve = socket.getaddrinfo,
    dial: Dial | None = None,
) -> TimedSocket:
    """Open a new TCP connection to the first address of ``host`` that accepts it.

    With ``dial`` it is opened, and the name resolved, at another place.

    The name is resolved each time: a cached answer would pin the probe to a
    dead or to a surviving instance.

    Raises:
        OSError: none did, or the time is over.
        NoRouteError: this machine cannot send to any of the addresses, or that
            other place cannot be reached.
    """
    if dial is not None:
        return _dialled(dial, host, port, cancel)
    failure: Exception = OSError(f"{host} has no address")
    leash = Leash(cancel)
    for family, kind, proto, _, address in resolve(host, port, type=socket.SOCK_STREAM):
        sock = TimedSocket(family, kind, proto, leash)
        try:
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = judged(error, family, address)
        else:
            return sock
    raise failure


def _dialled(dial: Dial, host: str, port: int, cancel: Cancel) -> TimedSocket:
    try:
        sock = dial(host, port, cancel)
    except RemoteError as error:
        raise NoRouteError(f"the vantage point: {error}"[:200]) from error
    return TimedSocket(sock.family, sock.type, sock.proto, Leash(cancel), sock.detach())


def judged(error: OSError, family: int, address: Any) -> Exception:
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
    if isinstance(error, OSError) and _is_own(error):
        return Reading(state="unknown", note=f"the observer: {error.strerror}")
    return Reading(state="bad", note=f"{type(error).__name__}: {error}"[:200])


def _is_own(error: OSError) -> bool:
    """Tell the observer's own trouble. The number of an SSL error is OpenSSL's: 1 is no EPERM."""
    return error.errno in OWN_ERRORS and not isinstance(error, ssl.SSLError)
