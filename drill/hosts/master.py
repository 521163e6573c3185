"""Warm connections of OpenSSH's own client, for the programs that start ssh themselves.

Each is a master (ssh_config(5), ``ControlMaster``) with one session of its own,
in which ``cat`` sends back what it is sent. That session is its lifeline: when
this process ends, however, ``cat`` has no more to read, and the connection ends.
It also shows whether the other end answers before anybody is sent there, which
``ssh -O check`` does not: without it a host that lost its power would be found
out seconds later, in the middle of somebody's work.
"""

import os
import select
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from itertools import count
from tempfile import mkdtemp
from threading import Lock
from time import monotonic
from typing import IO
from weakref import finalize

from drill.ports import Cancel, SshLogin

_OPEN = 2.0
"""Seconds that opening may take, until what is due is begun without it."""
_BACK = 1.0
"""Seconds that an answer may take on a connection that answered before."""
_SLICE = 0.05
_CHUNK = 1 << 12
_LONGEST = 40
"""Characters of a directory in which there is room for a socket's name (unix(7)) of ssh's."""


class Masters:
    """The masters of this process, one for each login; they end with this value."""

    def __init__(self) -> None:
        self._masters: dict[SshLogin, Master] = {}
        self._lock = Lock()

    def path(self, login: SshLogin, options: Sequence[str], cancel: Cancel) -> str:
        """Return ssh's ``ControlPath`` of a connection that is alive; empty: there is none."""
        with self._lock:
            if login not in self._masters:
                self._masters[login] = Master(login, options)
            master = self._masters[login]
        return master.path if master.answers(cancel) else ""


class Master:
    """One connection; it is opened when it is first asked for, and again when it is lost."""

    def __init__(self, login: SshLogin, options: Sequence[str]) -> None:
        home = mkdtemp(prefix="drill-")
        self.path = f"{home}/%C"  # of host, port and user: nobody becomes another by it
        self._fits = len(home) <= _LONGEST
        where = ["-p", str(login.port), "-l", login.user, "-i", str(login.key)]
        own = ["-T", "-o", "ControlMaster=yes", "-o", "ControlPersist=no", "-S", self.path]
        self._argv = ["ssh", *options, *where, *own, "--", login.host, "exec cat"]
        self._children: list[subprocess.Popen[bytes]] = []
        self._beats = count()
        self._answered = False
        self._lock = Lock()
        finalize(self, _end, self._children, home)

    def answers(self, cancel: Cancel) -> bool:
        """Tell whether the other end answers, now; it is given a short while to."""
        if not self._fits:
            return False
        with self._lock:
            if self._answered and self._beat(_BACK, cancel):
                return True
            if self._answered or not self._children or self._children[0].poll() is not None:
                self._open()
            self._answered = self._beat(_OPEN, cancel)
            return self._answered

    def _open(self) -> None:
        _kill(self._children)
        child = subprocess.Popen(
            self._argv,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is drill's to hear
        )
        self._children.append(child)

    def _beat(self, seconds: float, cancel: Cancel) -> bool:
        """Send something new, and tell whether it comes back."""
        word, heard, until = b"drill %d\n" % next(self._beats), b"", monotonic() + seconds
        there, back = (stream.fileno() for stream in _ends(self._children[0]))
        try:
            os.write(there, word)
        except BrokenPipeError:
            return False
        while monotonic() < until and not cancel.requested():
            if select.select([back], [], [], _SLICE)[0]:
                came = os.read(back, _CHUNK)
                heard += came
                if word in heard or not came:
                    return bool(came)
        return False


def _ends(child: "subprocess.Popen[bytes]") -> Iterator[IO[bytes]]:
    return (end for end in (child.stdin, child.stdout) if end is not None)


def _kill(children: "list[subprocess.Popen[bytes]]") -> None:
    while children:
        child = children.pop()
        child.kill()
        child.wait()
        for end in _ends(child):
            end.close()


def _end(children: "list[subprocess.Popen[bytes]]", home: str) -> None:
    _kill(children)
    shutil.rmtree(home, ignore_errors=True)
