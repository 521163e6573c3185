"""TCP connections that a host opens for us: what is seen from there (RFC 4254, section 7.2).

Names are resolved there too. The caller holds one end of a pair of sockets, so
that TLS and time limits work as on any socket; a thread carries the bytes.
"""

import select
import socket
import threading
from contextlib import closing, suppress

import paramiko

from drill.errors import RemoteError
from drill.ports import Cancel

_CHUNK = 65_536
_OURS = ("127.0.0.1", 0)
"""Who asks, as RFC 4254 wants to know; servers only log it."""
_REFUSED = 2
"""SSH_OPEN_CONNECT_FAILED (RFC 4254, section 5.1): the server tried, and could not connect."""


def dialled(transport: paramiko.Transport, host: str, port: int, cancel: Cancel) -> socket.socket:
    """Return a connection that the host at the far end opened.

    Raises:
        ConnectionRefusedError: it could not connect.
        TimeoutError: nothing came of it in time.
        RemoteError: it does not connect for others.
        SSHException: the link is lost.
    """
    limit = cancel.remaining()
    if limit <= 0:
        raise TimeoutError("no answer in time")
    try:
        channel = transport.open_channel("direct-tcpip", (host, port), _OURS, timeout=limit)
    except paramiko.ChannelException as error:
        if error.code == _REFUSED:
            raise ConnectionRefusedError(f"{host} port {port}: {error.text}") from error
        raise RemoteError(f"it opens no connections for us: {error.text}") from error
    except paramiko.SSHException as error:
        if transport.is_active() and cancel.remaining() <= 0:
            raise TimeoutError("no answer in time") from error
        raise
    near, far = socket.socketpair()
    threading.Thread(target=_carry, args=(channel, far), name="tunnel", daemon=True).start()
    return near


def _carry(channel: paramiko.Channel, far: socket.socket) -> None:
    """Carry bytes both ways until both ends have said all."""
    # Around the closing too: it tells the far end, and fails where the link is lost already.
    with suppress(OSError, EOFError), closing(far), closing(channel):
        ends: list[paramiko.Channel | socket.socket] = [channel, far]
        while True:
            for end in select.select(ends, [], [])[0]:
                said = end.recv(_CHUNK)
                if end is far and not said:
                    return  # nobody listens any more: an answer would reach nobody
                if said:
                    (channel if end is far else far).sendall(said)
                else:
                    ends.remove(channel)
                    far.shutdown(socket.SHUT_WR)
