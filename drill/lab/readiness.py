"""Waiting for hosts to answer SSH."""

import socket
import time
from ipaddress import IPv4Address

from drill.lab.spec import LabSpec

_PAUSE = 0.02
_CONNECT = 0.03
"""Seconds for a connection: the kernel answers a SYN at once, or the host is not up yet."""
_GREETING = 0.5
"""Seconds for the banner: sshd may have to wait for a busy machine."""


def await_ssh(spec: LabSpec, *, limit: float) -> tuple[str, ...]:
    """Wait until each host says its SSH banner; answer those that did not within ``limit`` s."""
    deadline = time.monotonic() + limit
    waiting = {name: spec.management.of(index).ip for index, name in enumerate(spec.hosts)}
    while waiting and time.monotonic() < deadline:
        waiting = {name: at for name, at in waiting.items() if not _greets(at)}
        if waiting:
            time.sleep(_PAUSE)
    return tuple(waiting)


def _greets(address: IPv4Address) -> bool:
    """Try once. No name resolution: its codecs may be closed to the lab's root."""
    try:
        with socket.socket() as link:
            link.settimeout(_CONNECT)
            link.connect((str(address), 22))
            link.settimeout(_GREETING)
            return link.recv(4) == b"SSH-"
    except OSError:
        return False
