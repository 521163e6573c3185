"""Stands in for ``ansible-playbook``: has the fork server run it, and ends as it ends.

Run by ansible-runner, as ``shim.py PLACE ansible-playbook ARGUMENT...``, with
nothing but the standard library: its start is part of every playbook's time. It
lends its terminal, its environment and its directory to the child that the
server forks. Where no server takes the work, it becomes the program itself.
"""

import fcntl
import json
import os
import signal
import socket
import sys
import termios
from contextlib import suppress

MOST = 1 << 16
"""Bytes of a request; a longer one is no work for the server."""
BEGUN = b"begun"
"""What the server says before it forks: from here on nobody else may do the work."""
LOST = 250
"""The exit status where the server fell and took the child with it."""


def address(place: int) -> str:
    """Return where the socket is in an open directory, however long its name (unix(7))."""
    return f"/proc/self/fd/{place}/socket"


def main(place: str, argv: list[str]) -> int:
    """Return the exit status of the playbook."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # giving the terminal up is no reason to end
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        if _taken(server, place, argv):
            return int(server.recv(MOST) or LOST)
    _own_terminal(termios.TIOCSCTTY)
    return os.execvp(argv[0], argv)  # noqa: S606  no shell is wanted


def _taken(server: socket.socket, place: str, argv: list[str]) -> bool:
    """Tell whether the server has begun."""
    here = os.getcwd()  # noqa: PTH109  to import pathlib would take longer than all of this
    request = json.dumps({"argv": argv, "env": dict(os.environ), "cwd": here}).encode()
    if len(request) > MOST:
        return False
    _own_terminal(termios.TIOCNOTTY)  # only one session can have it: the child's
    with suppress(OSError):
        server.connect(address(os.open(place, os.O_PATH)))
        socket.send_fds(server, [request], [0, 1, 2])
        return server.recv(MOST) == BEGUN
    return False


def _own_terminal(how: int) -> None:
    with suppress(OSError):  # there is none
        fcntl.ioctl(0, how, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
