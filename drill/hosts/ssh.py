"""A target's shell over SSH: one warm connection, shared by threads, one channel a command.

A command that is told to stop is ended at the far end: closing a channel
leaves it running, because nothing tells it. The group it runs in is killed
through a second channel, and only then does :meth:`SshRemote.run` return.
"""

from collections.abc import Sequence
from contextlib import closing, suppress
from socket import socket
from threading import BoundedSemaphore, Lock

import paramiko

from drill.errors import RemoteError, StoppedError
from drill.hosts.group import announced, elevated, ending
from drill.hosts.session import INPUT, Session
from drill.hosts.transport import connect
from drill.hosts.tunnel import dialled
from drill.ports import Cancel, Completed, SshLogin

CHANNELS = 8
"""Commands side by side on a connection: two below sshd's ``MaxSessions``, for the stopping."""

_SLICE = 0.1
_OPEN = 5.0
_END = 5.0
_GRACE = 10
_ASKED = 20
"""How often a server that opens no session is asked again."""
_NEARLY = 0.9
"""The share of a time limit after which no answer is what it was waited for."""


class SshRemote:
    """A :class:`~drill.ports.Remote` over SSH. The login shell must understand POSIX ``sh``."""

    def __init__(self, login: SshLogin) -> None:
        self._login = login
        self._transport: paramiko.Transport | None = None
        self._connecting = Lock()
        self._slots = BoundedSemaphore(CHANNELS)

    def run(
        self, argv: Sequence[str], cancel: Cancel, *, stdin: bytes = b"", root: bool = False
    ) -> Completed:
        """Run ``argv`` to its end; see :meth:`drill.ports.Remote.run`.

        Raises:
            StoppedError: ``cancel`` came first; the process group is dead.
            RemoteError: the link was lost, or the group could not be killed.
            HostKeyError: the host is not who it was.
        """
        if len(stdin) > INPUT:
            raise ValueError(f"a command takes at most {INPUT} bytes of input")
        root = root and self._login.user != "root"
        self._take_slot(cancel)
        try:
            return self._run(announced(elevated(argv, root)), stdin, root, cancel)
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise RemoteError(f"{self._login.host}: the link was lost: {error}") from error
        finally:
            self._slots.release()

    def dial(self, host: str, port: int, cancel: Cancel) -> socket:
        """Open a TCP connection from the host; see :data:`drill.ports.Dial`."""
        try:
            return dialled(self._connected(cancel)[0], host, port, cancel)
        except (paramiko.SSHException, EOFError) as error:
            self.close()
            raise RemoteError(f"{self._login.host}: the link was lost: {error}") from error

    def close(self) -> None:
        """Let go of the connection; a later command opens a new one."""
        with self._connecting:
            if self._transport is not None:
                self._transport.close()
                self._transport = None

    def _take_slot(self, cancel: Cancel) -> None:
        while not self._slots.acquire(timeout=_SLICE):
            if cancel.requested():
                raise StoppedError(f"{self._login.host}: stopped while it waited for its turn")

    def _run(self, line: str, stdin: bytes, root: bool, cancel: Cancel) -> Completed:
        with closing(self._channel(cancel)) as channel:
            session = Session(channel, line, stdin)
            while not session.ended():
                session.wait(_SLICE)
                if not session.ended() and cancel.requested():
                    self._stop(session, root)
            if session.broken():
                raise RemoteError(f"{self._login.host}: the link was lost while a command ran")
            return session.completed()

    def _channel(self, cancel: Cancel) -> paramiko.Channel:
        """Open a channel, on a new connection if the warm one turns out to be dead.

        A server may still count a session that has just ended: then it is asked again.
        """
        transport, fresh = self._connected(cancel)
        for _ in range(_ASKED):
            limit = min(_OPEN, cancel.remaining())
            late = cancel.remaining() - limit * _NEARLY
            try:
                return transport.open_session(timeout=limit)
            except (paramiko.SSHException, OSError, EOFError):
                if not transport.is_active() or cancel.remaining() <= late:
                    break  # the connection is dead, or answers nothing any more
                cancel.wait(_SLICE)
        else:
            raise RemoteError(
                f"{self._login.host} opens no more sessions; raise sshd's MaxSessions"
            )
        self._drop(transport)
        if fresh or cancel.requested():
            raise RemoteError(f"{self._login.host}: the link was lost before a command began")
        return self._channel(cancel)

    def _connected(self, cancel: Cancel) -> tuple[paramiko.Transport, bool]:
        with self._connecting:
            if self._transport is not None and self._transport.is_active():
                return self._transport, False
            if self._transport is not None:
                self._transport.close()
            self._transport = connect(self._login, cancel)
            return self._transport, True

    def _drop(self, transport: paramiko.Transport) -> None:
        with self._connecting:
            if self._transport is transport:
                self._transport = None
        transport.close()

    def _stop(self, session: Session, root: bool) -> None:
        """End the command's group, then say so by raising."""
        for _ in range(_GRACE):  # it may just be starting, and not have told its group yet
            if session.group() is not None or session.ended():
                break
            session.wait(_SLICE)
        group = session.group()
        where = self._login.host
        if group is None:
            raise RemoteError(f"{where}: told to stop before the command showed that it had begun")
        if not self._end(group, root):
            raise RemoteError(
                f"{where}: told to stop, but process group {group} could not be ended"
            )
        raise StoppedError(f"{where}: told to stop; process group {group} was ended")

    def _end(self, group: int, root: bool) -> bool:
        transport = self._transport
        if transport is None or not transport.is_active():
            return False
        with (
            suppress(paramiko.SSHException, OSError, EOFError),
            closing(transport.open_session(timeout=_END)) as channel,
        ):
            session = Session(channel, announced(ending(group, root)), b"")
            for _ in range(round(_END / _SLICE)):
                if session.ended():
                    return session.completed().exit == 0
                session.wait(_SLICE)
        return False
