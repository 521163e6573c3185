"""The same target twice: simulated, and a real sshd behind a piece of wire."""

import os
import shlex
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from kills.relay import Relay

from drill.hosts.ssh import SshRemote
from drill.ports import Remote
from drill.testing.links import SimHost, SimLink, SimRemote
from drill.testing.sshd import LocalSshd


class Far(Protocol):
    """A target, and what may become of the way to it."""

    remote: Remote

    def deed(self, mark: str, seconds: float, exit_: int, *, stubborn: bool) -> list[str]:
        """Return a command that leaves a mark after some seconds."""

    def marks(self) -> set[str]: ...
    def kill_session(self) -> None: ...
    def stop_session(self) -> None: ...
    def continue_session(self) -> None: ...
    def cut(self, *, reset: bool) -> None: ...
    def silence(self, *, asks: bool, answers: bool) -> None: ...
    def stop_listening(self) -> None: ...
    def close(self) -> None: ...


class Simulated:
    def __init__(self, home: Path) -> None:
        self._host, self._link = SimHost(), SimLink()
        self.remote = SimRemote(self._host, self._link)

    def deed(self, mark, seconds, exit_, *, stubborn):
        return ["deed", mark, str(seconds), str(exit_)]

    def marks(self):
        return set(self._host.marks)

    def kill_session(self):
        self._link.breaks += 1

    def stop_session(self):
        self.silence(asks=False, answers=False)

    def continue_session(self):
        self.silence(asks=True, answers=True)

    def cut(self, *, reset):
        self._link.breaks += 1

    def silence(self, *, asks, answers):
        self._link.asks, self._link.answers = asks, answers

    def stop_listening(self):
        self._link.listens = False

    def close(self): ...


class Real:
    def __init__(self, home: Path) -> None:
        self._home = home
        for place in ("marks", "sshd"):
            (home / place).mkdir()
        self._sshd = LocalSshd(home / "sshd").start()
        self._relay = Relay(self._sshd.port)
        kind, key, *_ = (home / "sshd" / "host.pub").read_text().split()
        pinned = home / "known_hosts"
        pinned.write_text(f"[127.0.0.1]:{self._relay.port} {kind} {key}\n")
        login = replace(self._sshd.login, port=self._relay.port, known_hosts=pinned)
        self.remote = SshRemote(login)

    def deed(self, mark, seconds, exit_, *, stubborn):
        path = shlex.quote(str(self._home / "marks" / mark))
        ignore = "trap '' TERM; " if stubborn else ""
        end = "kill -KILL $$" if exit_ < 0 else f"touch {path}; exit {exit_}"
        return ["sh", "-c", f"{ignore}sleep {seconds}; {end}"]

    def marks(self):
        return {path.name for path in (self._home / "marks").iterdir()}

    def kill_session(self):
        self._signal(signal.SIGKILL)

    def stop_session(self):
        self._signal(signal.SIGSTOP)

    def continue_session(self):
        self._signal(signal.SIGCONT)

    def cut(self, *, reset):
        self._relay.cut(reset=reset)

    def silence(self, *, asks, answers):
        self._relay.silence(asks=asks, answers=answers)

    def stop_listening(self):
        os.kill(self._listener, signal.SIGKILL)

    def close(self):
        self.continue_session()
        self.remote.close()
        self._relay.close()
        self._sshd.stop()

    @property
    def _listener(self) -> int:
        return int((self._home / "sshd" / "sshd.pid").read_text())

    def _signal(self, number: signal.Signals) -> None:
        """Send it to sshd's processes of the connection, and to no command."""
        listed = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,comm="], text=True)
        rows = [line.split(maxsplit=2) for line in listed.splitlines()]
        found = {self._listener}
        for pid, ppid, name in sorted(rows, key=lambda row: int(row[0])):
            if int(ppid) in found and name.startswith("sshd"):
                found.add(int(pid))
                os.kill(int(pid), number)
