"""One command on one SSH channel (RFC 4254, section 6.5)."""

from threading import Event

import paramiko

from drill.hosts.group import split_mark
from drill.hosts.output import Kept
from drill.ports import Completed

_CHUNK = 1 << 16
_SILENT = 3
_GULP = 64
"""Chunks taken in before whoever waits may look whether it is time to stop."""
INPUT = 1 << 20
"""Bytes a command may be given: they fit the window that OpenSSH opens, so sending never blocks."""


class Session:
    """A command that runs; whoever waits for it wakes up for its output and at its end."""

    def __init__(self, channel: paramiko.Channel, line: str, stdin: bytes) -> None:
        self._channel = channel
        self._woken = Event()
        self._out, self._err = Kept(), Kept()
        self._silence = 0
        # Its end wakes us through this one too; each awakening costs, and errors are in no hurry.
        channel.in_buffer.set_event(self._woken)
        channel.exec_command(line)
        if stdin:
            channel.sendall(stdin)
        channel.shutdown_write()

    def wait(self, seconds: float) -> None:
        """Take in what came, then wait for more, or for the end."""
        channel = self._channel
        self._woken.clear()  # before looking: what comes while we look wakes us
        self._silence = self._silence + 1 if channel.exit_status_ready() else 0
        for _ in range(_GULP):  # not "while": one that never stops must not keep us from asking
            if not channel.recv_ready() and not channel.recv_stderr_ready():
                break
            if channel.recv_ready():
                self._out.add(channel.recv(_CHUNK))
            if channel.recv_stderr_ready():
                self._err.add(channel.recv_stderr(_CHUNK))
            self._silence = 0
        if not (channel.closed or channel.recv_ready() or channel.recv_stderr_ready()):
            self._woken.wait(seconds)

    def ended(self) -> bool:
        """Tell whether it ended and all its output was taken in.

        A daemon it left behind may hold its output open for ever, so the end of
        the output is not waited for where the command is over and all is silent.
        """
        channel = self._channel
        over = channel.closed or self._silence > _SILENT
        return over and not (channel.recv_ready() or channel.recv_stderr_ready())

    def broken(self) -> bool:
        """Tell whether the connection went away below it: how it ended nobody knows."""
        transport = self._channel.transport
        return self._channel.exit_status < 0 and not (transport and transport.is_active())

    def group(self) -> int | None:
        """Return the process group at the far end, once it was told."""
        return split_mark(self._err.raw())[0]

    def completed(self) -> Completed:
        """Return how it ended; an exit of -1 is a signal's doing."""
        err = self._err.text().encode()
        _, rest = split_mark(err)
        return Completed(self._channel.exit_status, self._out.text(), rest.decode())
