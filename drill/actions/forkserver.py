"""The fork server: has imported ansible once, and forks a child for each playbook.

A process of its own, which :mod:`drill.actions.warm` starts: ``python -m
drill.actions.forkserver DESCRIPTOR``, the number of the socket that it listens
on. Its standard input is its lifeline: when that ends, drill is gone, and all
that was forked goes too. It makes no thread and runs no playbook itself, so that
every child is forked from the same clean state.
"""

import gc
import json
import os
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from ansible.plugins import loader
from ansible.plugins.loader import PluginLoader

from drill.actions.forked import BUILT, Request, play
from drill.actions.shim import BEGUN, MOST
from drill.hosts.marked import end_here

_WHOLE = (loader.become_loader, loader.connection_loader, loader.shell_loader)
"""The kinds that every playbook loads all of."""
_SOME: Mapping[PluginLoader, Sequence[str]] = {
    loader.action_loader: ("command", "copy", "normal"),
    loader.cache_loader: ("memory",),
    loader.callback_loader: ("default", "junit", "minimal", "oneline", "tree"),
    loader.filter_loader: ("default",),
    loader.inventory_loader: ("yaml",),
    loader.strategy_loader: ("linear",),
    loader.test_loader: ("defined",),
}
"""What most playbooks load; of the callbacks not the one that tells ansible-runner, which belongs
to the run that it is loaded in."""


def main(descriptor: int) -> None:
    """Serve until standard input ends."""
    _preload()
    BUILT.mkdir()
    gc.freeze()  # what is here stays: no child shall copy it by looking for garbage in it
    with socket.socket(fileno=descriptor) as listening:
        Server(listening).serve()


def _preload() -> None:
    loader.init_plugin_loader()
    for whole in _WHOLE:
        list(whole.all(class_only=True))
    for some, names in _SOME.items():
        for name in names:
            some.get(f"ansible.builtin.{name}", class_only=True)


class Server:
    """Watches the lifeline, whoever asks for a playbook, and the children."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._watched = selectors.DefaultSelector()
        self._marks: dict[int, str] = {}
        self._alive = True

    def serve(self) -> None:
        """Take requests until the lifeline ends; then end what is left."""
        self._watch(0, self._end)
        self._watch(self._listening.fileno(), self._accept)
        while self._alive:
            for key, _ in self._watched.select():
                if key.fd in self._watched.get_map():  # the one before may have ended it
                    key.data()
        for mark in self._marks.values():
            end_here(mark)

    def _watch(self, descriptor: int, then: Callable[[], None]) -> None:
        self._watched.register(descriptor, selectors.EVENT_READ, then)

    def _end(self) -> None:
        self._alive = False

    def _accept(self) -> None:
        shim = self._listening.accept()[0]
        if _owner(shim) == os.geteuid():
            self._watch(shim.fileno(), partial(self._hear, shim))
        else:
            shim.close()

    def _hear(self, shim: socket.socket) -> None:
        """Take the one request of a shim; or its end, which is an end of no work."""
        self._watched.unregister(shim)
        message, lent, _, _ = socket.recv_fds(shim, MOST, 3)
        try:
            if message:
                shim.send(BEGUN)
                self._fork(shim, Request(**json.loads(message)), lent)
        except OSError:  # the shim is gone, or there is no room for another process
            shim.close()
        finally:
            for descriptor in lent:
                os.close(descriptor)

    def _fork(self, shim: socket.socket, request: Request, lent: list[int]) -> None:
        server = os.getpid()
        child = os.fork()
        if not child:
            play(request, lent, server)
        ended = os.pidfd_open(child)
        self._marks[child] = request.mark
        self._watch(shim.fileno(), partial(self._abandon, ended, shim))
        self._watch(ended, partial(self._reap, child, ended, shim))

    def _abandon(self, ended: int, shim: socket.socket) -> None:
        """Kill the child of a shim that was killed."""
        self._watched.unregister(shim)
        signal.pidfd_send_signal(ended, signal.SIGKILL)

    def _reap(self, child: int, ended: int, shim: socket.socket) -> None:
        """Tell the shim how its child ended."""
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        del self._marks[child]
        for watched in (ended, shim.fileno()):
            if watched in self._watched.get_map():
                self._watched.unregister(watched)
        with suppress(OSError), shim:  # it may be gone
            shim.send(b"%d" % (code if code >= 0 else 128 - code))
        os.close(ended)


def _owner(peer: socket.socket) -> int:
    """Return the user at the other end (unix(7), SO_PEERCRED)."""
    told = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    user: int = struct.unpack("3i", told)[1]
    return user


if __name__ == "__main__":
    main(int(sys.argv[1]))
