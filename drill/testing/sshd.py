"""A real OpenSSH server on this machine's loopback, with its own keys and its own end."""

import shutil
import socket
import subprocess
from getpass import getuser
from os import geteuid
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from drill.errors import LabError
from drill.ports import SshLogin

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host
PidFile {home}/sshd.pid
AuthorizedKeysFile {home}/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv HOME={home}
MaxStartups 100
Subsystem sftp internal-sftp
"""
_UP = 5.0


class LocalSshd:
    """Runs as the current user, who is also the one it lets in; ended by its process id.

    ``login`` is how to reach it. Everything it needs lies in ``home``.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._child: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.login = SshLogin(
            "127.0.0.1", self.port, getuser(), home / "user", home / "known_hosts"
        )

    def start(self) -> Self:
        """Start it, or start it again after :meth:`stop`, with the same keys."""
        self._prepare()
        with (self._home / "log").open("ab") as log:
            self._child = subprocess.Popen(
                [_program("sshd"), "-D", "-e", "-f", str(self._home / "config")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = monotonic() + _UP
        while not _answers(self.port):
            if monotonic() > deadline or self._child.poll() is not None:
                self.stop()
                raise LabError(f"sshd does not start: {(self._home / 'log').read_text()}")
            sleep(0.02)
        return self

    def stop(self) -> None:
        """End the listener and every connection it made, at once, as a crash would."""
        child, self._child = self._child, None
        if child is not None:
            for pid in [child.pid, *_descendants(child.pid)]:
                subprocess.run(["kill", "-KILL", str(pid)], capture_output=True, check=False)
            child.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _prepare(self) -> None:
        if (self._home / "config").exists():
            return
        if geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # privilege separation wants it
        for name in ("host", "user"):
            make_key(self._home / name)
        (self._home / "config").write_text(_CONFIG.format(port=self.port, home=self._home))
        kind, key, *_ = (self._home / "host.pub").read_text().split()
        self.login.known_hosts.write_text(f"[127.0.0.1]:{self.port} {kind} {key}\n")


def make_key(path: Path) -> None:
    """Write a new Ed25519 key pair, without a passphrase, to ``path`` and ``path``.pub."""
    argv = [_program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "drill", "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise LabError(f"{name} is not installed; install OpenSSH's client and server")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _descendants(pid: int) -> list[int]:
    """Return the processes that sshd made, its own before their commands: no goodbye is said."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=", "-o", "ppid="], capture_output=True, text=True, check=True
    )
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found, frontier = [], [pid]
    while frontier:
        frontier = [child for child, parent in pairs if parent in frontier]
        found.extend(frontier)
    return found
