"""The way from the controller to the hosts: every request has a number, and may fare badly.

A request is what the real :mod:`drill.hosts.warden` says in one call, over the
real :class:`drill.ports.Remote` of a fake host; a host that heard it acts, also
when nobody listens any more.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from exercise.stories import SECOND
from simulation.hosts import SimHost
from simulation.virtual import World

from drill.errors import RefusedError, RemoteError
from drill.ports import Access
from drill.testing.cancels import HandCancel
from drill.testing.hosts import FakeRemote, access_to

LATENCY = 0.05
DEAF = 15.0
"""Seconds until a link that nobody answers on is taken for lost (keepalives of ssh(1))."""
Act = Callable[[Access, HandCancel], Any]
Hear = Callable[[Any], None]
ANOMALIES = (
    "lost",
    "reply-lost",
    "late",
    "twice",
    "cut",
    "down-before",
    "down-during",
    "down-after",
    "rival",
)
"""What can become of a request: it, or its answer, never arrives; it arrives so many seconds late,
or once more after them; nothing passes for so long; its host loses power for so long, before,
while or after it acts; somebody else's controller is at the host first."""


class LastSaid(FakeRemote):
    """Remembers the last thing that was said, which the network may say again."""

    def run(self, argv, cancel, *, stdin=b"", root=False):
        self.last = (argv, stdin)
        return super().run(argv, cancel, stdin=stdin, root=root)


class Network:
    """Delivers requests to hosts, and their answers to whoever still listens."""

    def __init__(self, world: World, anomalies: list[list[Any]], mark: Callable[[str], None]):
        self._world, self._mark = world, mark
        self._anomalies = {n: (kind, seconds) for n, kind, seconds in anomalies}
        self._numbers = count(1)
        self._cut_until = -1
        self.sent = 0

    def send(self, host: SimHost, what: str, act: Act, hear: Hear) -> None:
        """Send a request; ``hear`` is told the answer or the error, perhaps long after."""
        self.sent = next(self._numbers)
        kind, seconds = self._anomalies.get(self.sent, ("", 0))
        if kind:
            self._mark(f"{kind}: {what}")
        if kind == "cut":
            self._cut_until = self._world.ns + seconds * SECOND
        late = seconds if kind == "late" else 0

        def arrive() -> None:
            self._arrive(host, act, hear, kind, seconds)

        self._world.later(LATENCY + late, arrive)

    def _arrive(self, host: SimHost, act: Act, hear: Hear, kind: str, seconds: float) -> None:
        if kind == "rival":
            self._rival(host)
        if kind == "down-before":
            host.go_down(seconds)
        if kind == "lost" or self._is_cut():
            self._world.later(DEAF, lambda: hear(RemoteError("the link was lost")))
            return
        if kind == "down-during":
            host.dies_for = seconds
        remote = LastSaid(host)
        access = replace(access_to(host), remote=remote, secret=b"this run")
        answer = answered(act, access)
        host.dies_for = None
        if kind == "down-after":
            host.go_down(seconds)
        if kind == "twice":
            self._world.later(seconds, lambda: self._again(host, remote))
        deaf = kind in {"reply-lost", "down-after"}
        self._world.later(
            DEAF if deaf else LATENCY,
            lambda: hear(RemoteError("the link was lost") if deaf or self._is_cut() else answer),
        )

    def _is_cut(self) -> bool:
        return self._world.ns < self._cut_until

    def _again(self, host: SimHost, remote: LastSaid) -> None:
        argv, stdin = remote.last
        if host.powered:
            host.command(argv, stdin)

    def _rival(self, host: SimHost) -> None:
        """Another run meddles with what it finds, then breaks something itself and dies."""
        if not host.powered:
            return
        access = replace(access_to(host), secret=b"another run")
        host.meddle(access)


def answered(act: Act, access: Access) -> Any:
    """Return an answer, or the error that stands for it."""
    try:
        return act(access, HandCancel())
    except (RefusedError, RemoteError) as error:
        return error
