"""Waiting for hosts to answer SSH, and for services to work."""

import socket
import time
from ipaddress import IPv4Address

from drill.lab.spec import LabSpec, Ready

_PAUSE = 0.02
_CONNECT = 0.03
"""Seconds for a connection: the kernel answers a SYN at once, or the host is not up yet."""
_GREETING = 0.5
"""Seconds for the banner: sshd may have to wait for a busy machine."""

_ANSWER = 2.0
"""Seconds for a page."""


def await_ssh(spec: LabSpec, *, limit: float) -> tuple[str, ...]:
    """Wait until each host says its SSH banner; answer those that did not within ``limit`` s."""
    deadline = time.monotonic() + limit
    waiting = {name: spec.management.of(index).ip for index, name in enumerate(spec.hosts)}
    while waiting and time.monotonic() < deadline:
        waiting = {name: at for name, at in waiting.items() if not _greets(at)}
        if waiting:
            time.sleep(_PAUSE)
    return tuple(waiting)


def await_page(page: Ready, *, limit: float) -> bool:
    """Wait until a page answers 200; tell whether it did within ``limit`` seconds."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if _serves(page):
            return True
        time.sleep(_PAUSE)
    return False


def _serves(page: Ready) -> bool:
    """Ask once, in HTTP/1.0 (RFC 1945): the answer begins ``HTTP/1.x 200``."""
    try:
        with _connect(page.address, page.port, _ANSWER) as link:
            link.sendall(f"GET {page.path} HTTP/1.0\r\n\r\n".encode("ascii"))
            return link.recv(12).endswith(b" 200")
    except OSError:
        return False


def _greets(address: IPv4Address) -> bool:
    try:
        with _connect(address, 22, _CONNECT) as link:
            link.settimeout(_GREETING)
            return link.recv(4) == b"SSH-"
    except OSError:
        return False


def _connect(address: IPv4Address, port: int, limit: float) -> socket.socket:
    """Connect without name resolution: its codecs may be closed to the lab's root."""
    link = socket.socket()
    link.settimeout(limit)
    try:
        link.connect((str(address), port))
    except OSError:
        link.close()
        raise
    return link
