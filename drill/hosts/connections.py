"""The warm connections of one drill process: a value that is made once and closed once."""

from threading import Lock
from types import TracebackType
from typing import Self

from drill.hosts.ssh import SshRemote
from drill.ports import Dial, Remote, SshLogin


class Connections:
    """One :class:`SshRemote` for each login, shared by everybody who asks for it."""

    def __init__(self) -> None:
        self._remotes: dict[SshLogin, SshRemote] = {}
        self._vantages: dict[SshLogin, SshRemote] = {}
        self._lock = Lock()

    def remote(self, login: SshLogin) -> Remote:
        """Return the remote of that login; it connects when it is first used."""
        with self._lock:
            return self._remotes.setdefault(login, SshRemote(login))

    def dial(self, login: SshLogin) -> Dial:
        """Return how to connect from that host, over a link that carries nothing else.

        What hangs there must hold up neither a command nor a healing.
        """
        with self._lock:
            return self._vantages.setdefault(login, SshRemote(login)).dial

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for remotes in (self._remotes, self._vantages):
                for remote in remotes.values():
                    remote.close()
                remotes.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
