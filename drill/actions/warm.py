"""Keeps ansible warm: a fork server for each set of settings that it reads only once.

ansible-playbook takes most of a second to import itself. Here it has been
imported already: what ansible-runner starts in its place is
:mod:`drill.actions.shim`, which has :mod:`drill.actions.forkserver` fork a child
for the playbook. All else stays ansible-runner's own. The server ends with this
process, however that ends, and where it cannot run, the playbooks run without it.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from weakref import finalize

from drill.actions import shim
from drill.hosts.marked import MARK

_BACKLOG = 64
_END = 10.0
_PLACE = "\0"
"""Stands for the place of a run in what is the same for all runs; no environment can hold it."""


class Warm:
    """The fork servers of this process, each started when it is first needed."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._servers: dict[frozenset[tuple[str, str]], Server] = {}
        self._starting = Lock()
        self._cold = _unable(program)
        self._told = False

    def command(self, env: Mapping[str, str], place: Path) -> list[str]:
        """Return what to start for ansible-playbook, to run with this environment."""
        server = None if self._cold else self._server(env, place)
        if server is None:
            return [self._program]
        return [sys.executable, "-I", "-S", shim.__file__, str(server.home), self._program]

    def complaint(self) -> str:
        """Return why playbooks run without a server, the first time that somebody asks."""
        if not self._cold or self._told:
            return ""
        self._told = True
        return self._cold

    def _server(self, env: Mapping[str, str], place: Path) -> "Server | None":
        settings = {name: value.replace(str(place), _PLACE) for name, value in env.items()}
        settings[MARK] = "0" * len(env[MARK])  # each child writes its own over it
        with self._starting:
            key = frozenset(settings.items())
            if key not in self._servers:
                self._servers[key] = Server(settings)
            server = self._servers[key]
        self._cold = server.fallen()
        return None if self._cold else server


class Server:
    """A fork server's process, its private directory and its lifeline."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.home = Path(mkdtemp(prefix="drill-"))
        (self.home / "ansible.cfg").touch()
        env = {name: value.replace(_PLACE, str(self.home)) for name, value in settings.items()}
        with _listening(self.home) as link, (self.home / "errors").open("wb") as errors:
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-m", "drill.actions.forkserver", str(link.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[link.fileno()],
                cwd=self.home,
                env=env,
                start_new_session=True,  # a Ctrl-C is drill's to hear
            )
        finalize(self, _end, self._child, self.home)

    def fallen(self) -> str:
        """Return why it does not run; empty if it does."""
        if self._child.poll() is None:
            return ""
        said = (self.home / "errors").read_text(errors="replace").strip().splitlines()
        return said[-1] if said else f"it ended with {self._child.returncode}"


def _end(child: "subprocess.Popen[bytes]", home: Path) -> None:
    """Cut the lifeline, and wait until nothing is left."""
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(_END)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    shutil.rmtree(home, ignore_errors=True)


def _listening(home: Path) -> socket.socket:
    """Return a socket in ``home``, which only this user can enter."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    place = os.open(home, os.O_PATH)
    try:
        link.bind(shim.address(place))
    finally:
        os.close(place)
    link.listen(_BACKLOG)
    return link


def _unable(program: str) -> str:
    """Return why this machine cannot have a fork server; empty if it can."""
    if not hasattr(os, "pidfd_open"):
        return "this system has no pidfd_open(2)"
    if Path(program).parent != Path(sys.executable).parent:
        return f"{program} belongs to another Python"
    return ""
