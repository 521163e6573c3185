"""The router: a process that does nothing but hold a network namespace that forwards."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from drill.lab import network
from drill.lab.kernel import Space, unshare
from drill.lab.spec import LabSpec

_GO = b"+"


def fork_router(spec: LabSpec) -> tuple[int, Callable[[], None]]:
    """Start the router; answer its pid, and what to call once its wires are plugged in."""
    born_r, born_w = os.pipe()
    wired_r, wired_w = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(wired_w)
        _route(spec, born_w, wired_r)
    os.close(born_w)
    os.close(wired_r)
    os.read(born_r, 1)

    def start() -> None:
        os.write(wired_w, _GO)
        os.close(wired_w)
        ready = os.read(born_r, 1)
        os.close(born_r)
        if ready != _GO:
            raise OSError("the router could not set up its legs")

    return child, start


def _route(spec: LabSpec, born: int, wired: int) -> NoReturn:
    unshare(Space.NET)
    os.write(born, _GO)
    if os.read(wired, 1) != _GO:
        os._exit(1)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    network.ip_batch(network.legs(spec))
    os.write(born, _GO)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    while True:
        signal.pause()
