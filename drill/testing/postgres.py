"""A PostgreSQL server in memory, as far as the leased faults ask it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drill.lease.postgres import (
    END_SESSIONS,
    LIMIT_CHANGE,
    LOGIN_CHANGE,
    REPLAY_PAUSE,
    REPLAY_QUERY,
    REPLAY_RESUME,
    ROLE_QUERY,
)
from drill.ports import Completed


@dataclass
class FakeRole:
    """A role."""

    login: bool = True
    limit: int = -1
    superuser: bool = False
    sessions: int = 0


@dataclass
class FakePostgres:
    """A server: a primary, or a standby (``recovers``) whose replay may be paused."""

    roles: dict[str, FakeRole] = field(default_factory=dict)
    recovers: bool = False
    paused: bool = False

    def command(self, words: Sequence[str], stdin: str) -> Completed:
        """Answer psql."""
        given = dict(re.findall(r"-v (\w+)=(\S*)", " ".join(words)))
        statement = stdin.split("\n")[1].rstrip(";")
        role = self.roles.get(given.get("role", ""))
        known: dict[str, Callable[[], str]] = {
            REPLAY_QUERY: lambda: f"{_said(self.recovers)}|{_said(self.paused)}",
            REPLAY_PAUSE: lambda: self._pause(paused=True),
            REPLAY_RESUME: lambda: self._pause(paused=False),
        }
        if role is not None:
            known |= self._of(role, given.get("limit", ""))
        if statement == ROLE_QUERY and role is None:
            return Completed(0, "", "")
        if statement not in known:
            return Completed(3, "", f"ERROR: {statement}")
        return Completed(0, known[statement]() + "\n", "")

    def _pause(self, *, paused: bool) -> str:
        self.paused = paused
        return ""

    def _of(self, role: FakeRole, limit: str) -> dict[str, Callable[[], str]]:
        def change(name: str, value: object) -> str:
            setattr(role, name, value)
            return ""

        answer = f"{_said(role.login)}|{role.limit}|{_said(role.superuser)}|{_said(self.recovers)}"
        return {
            ROLE_QUERY: lambda: answer,
            LOGIN_CHANGE["t"]: lambda: change("login", value=True),
            LOGIN_CHANGE["f"]: lambda: change("login", value=False),
            LIMIT_CHANGE: lambda: change("limit", int(limit)),
            END_SESSIONS: lambda: str(role.sessions) + change("sessions", 0),
        }


def _said(value: bool) -> str:
    return "t" if value else "f"
