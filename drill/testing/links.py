"""A simulated target behind a simulated link: what a command does when its connection suffers.

One fact rules the rest: nothing tells a command that its link was lost. It goes
on, and whoever asked for it cannot know.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Thread

from drill.errors import RemoteError, StoppedError
from drill.ports import Cancel, Completed

_SLICE = 0.01
_SIGNALLED = -1


@dataclass
class Deed:
    """A command under way: after ``seconds`` it leaves its mark, unless it is ended first."""

    mark: str
    seconds: float
    exit: int
    over: Event = field(default_factory=Event)
    killed: Event = field(default_factory=Event)


@dataclass
class SimHost:
    """Runs ``deed MARK SECONDS EXIT``; an exit of -1 is a signal, which comes before the mark."""

    marks: set[str] = field(default_factory=set)

    def begin(self, argv: Sequence[str]) -> Deed:
        """Begin a deed; nobody needs to listen to it."""
        _, mark, seconds, exit_ = argv
        deed = Deed(mark, float(seconds), int(exit_))
        Thread(target=self._go_on, args=(deed,), daemon=True).start()
        return deed

    def _go_on(self, deed: Deed) -> None:
        if not deed.killed.wait(deed.seconds) and deed.exit != _SIGNALLED:
            self.marks.add(deed.mark)
        deed.over.set()


@dataclass
class SimLink:
    """The way to a host. Its public attributes are its whole state."""

    listens: bool = True
    """New connections are taken."""
    asks: bool = True
    """What the client sends arrives."""
    answers: bool = True
    """What the host sends arrives."""
    breaks: int = 0
    """How often every connection there was has been reset or closed."""

    @property
    def passes(self) -> bool:
        """Tell whether both ends hear each other."""
        return self.asks and self.answers


class SimRemote:
    """A :class:`~drill.ports.Remote` of a simulated host, with a warm connection as the real one.

    In real time, because it is held against the real one.
    """

    def __init__(self, host: SimHost, link: SimLink) -> None:
        self._host, self._link = host, link
        self._warm: int | None = None

    def run(
        self, argv: Sequence[str], cancel: Cancel, *, stdin: bytes = b"", root: bool = False
    ) -> Completed:
        """Run ``argv`` to its end; see :meth:`drill.ports.Remote.run`."""
        del stdin, root
        connection = self._connected(cancel)
        deed = self._host.begin(argv)
        while True:
            if self._link.breaks != connection:
                raise RemoteError("the link was lost while a command ran")
            if deed.over.is_set() and self._link.answers:
                return Completed(deed.exit, "", "")
            if cancel.wait(_SLICE):
                self._stop(deed)

    def close(self) -> None:
        """Let go of the connection, also under a command that runs."""
        self._link.breaks += 1

    def _connected(self, cancel: Cancel) -> int:
        """Return the connection that is there, or a new one; neither is any good in silence."""
        warm = self._warm == self._link.breaks
        if not (warm or self._link.listens):
            raise RemoteError("connection refused")
        while not (self._link.passes or cancel.wait(_SLICE)):
            pass
        if warm and not self._link.passes:
            raise RemoteError("the link was lost: nobody answers")
        if cancel.requested():
            raise StoppedError("stopped before there was a connection; nothing ran")
        self._warm = self._link.breaks
        return self._warm

    def _stop(self, deed: Deed) -> None:
        """End the command, where the link allows it; then say so by raising."""
        if not self._link.passes:
            raise RemoteError("told to stop, but the command could not be ended")
        deed.killed.set()
        deed.over.wait()
        raise StoppedError("told to stop; the command was ended")
