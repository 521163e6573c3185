"""Faults of a PostgreSQL server, asked as its own superuser through the local socket (psql(1)).

No word of a scenario is a part of a statement: psql quotes them. The server
must answer for the undo; until it does, the dead-man tries again.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

from drill.lease.answers import FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import EFFECT, Machine
from drill.lease.requests import Values, like, whole

ROLE_NAME = like(r"[a-z_][a-z0-9_]{0,62}")
SERVER = {"account": like(r"[a-z_][a-z0-9_-]{0,31}"), "port": whole(1, 65535)}

ROLE_QUERY = (
    "select rolcanlogin, rolconnlimit, rolsuper, pg_is_in_recovery()"
    " from pg_roles where rolname = :'role'"
)
LOGIN_CHANGE = {"t": 'alter role :"role" login', "f": 'alter role :"role" nologin'}
LIMIT_CHANGE = 'alter role :"role" connection limit :limit'
END_SESSIONS = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = :'role'"
)
REPLAY_QUERY = (
    "select pg_is_in_recovery(),"
    " case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end"
)
REPLAY_PAUSE, REPLAY_RESUME = "select pg_wal_replay_pause()", "select pg_wal_replay_resume()"


def psql(machine: Machine, params: Values, sql: str, **words: str) -> list[str]:
    """Return the columns of the one row, if any, that the server answers with."""
    argv = ["runuser", "-u", params["account"], "--", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
    argv += ["-p", str(params["port"]), "-d", "dbname=postgres connect_timeout=5", "-f", "-"]
    for name, value in words.items():
        argv += ["-v", f"{name}={value}"]
    code, out, err = machine.run(*argv, given=f"set statement_timeout = '20s';\n{sql};\n")
    if code:
        raise FailedError(f"PostgreSQL: {err.strip()[:500]}")
    return out.strip().split("|") if out.strip() else []


class RoleWay(NamedTuple):
    """An attribute of a role: its place in the answer, what it becomes, and the statement."""

    place: int
    broken: Callable[[Values], str]
    statement: Callable[[str], str]


LOGIN_WAY = RoleWay(0, lambda _: "f", lambda value: LOGIN_CHANGE[value])
LIMIT_WAY = RoleWay(1, lambda params: str(params["limit"]), lambda _: LIMIT_CHANGE)


def role_of(machine: Machine, params: Values) -> list[str]:
    """Return what the server says of the role; none: there is no such role."""
    return psql(machine, params, ROLE_QUERY, role=params["role"])


def role_capture(way: RoleWay, machine: Machine, params: Values) -> Values:
    """See that the role may be changed, here, and how it is."""
    try:
        found = role_of(machine, params)
    except FailedError as error:
        raise RefusedError(str(error)) from error
    if not found:
        raise RefusedError(f"there is no role {params['role']}")
    if found[2] == "t" or params["role"] == params["account"]:
        raise RefusedError(f"{params['role']} is a superuser, as the way back needs one")
    if found[3] == "t":
        raise RefusedError("this server is a standby: roles are changed on its primary")
    if found[way.place] == way.broken(params):
        raise RefusedError(f"{params['role']} is so already: nothing to break")
    return {"place": way.place, "was": found[way.place]}


def role_state(job: Job) -> Values:
    """Return the attribute."""
    return {"is": role_of(job.machine, job.params)[job.captured["place"] :][:1]}


def change_role(way: RoleWay, job: Job, value: str) -> None:
    """Give the attribute a value, and read it back."""
    psql(job.machine, job.params, way.statement(value), role=job.params["role"], limit=value)
    if role_state(job) != {"is": [value]}:
        raise FailedError(f"{job.params['role']} is not as it was made")


def role_apply(way: RoleWay, job: Job) -> str:
    """Change it; end its sessions if asked, for pools would not notice otherwise."""
    change_role(way, job, way.broken(job.params))
    role, ended = job.params["role"], ["0"]
    if job.params["sessions"] == "end":
        ended = psql(job.machine, job.params, END_SESSIONS, role=role)
    return f"the role {role} is changed, {ended[0]} sessions are ended"


def role_undo(way: RoleWay, job: Job) -> None:
    """Change it back, unless somebody else has changed it since."""
    if role_state(job)["is"] == [way.broken(job.params)]:
        change_role(way, job, job.captured["was"])


def replay_capture(machine: Machine, params: Values) -> Values:
    """See that it is a standby whose replay goes on."""
    try:
        recovers, paused = psql(machine, params, REPLAY_QUERY)
    except FailedError as error:
        raise RefusedError(str(error)) from error
    if recovers != "t":
        raise RefusedError("this server is no standby: nothing to pause")
    if paused == "t":
        raise RefusedError("its replay is paused already: nothing to break")
    return {}


def replay_state(job: Job) -> Values:
    """Return whether its replay is paused; one that was promoted has none."""
    return {"paused": psql(job.machine, job.params, REPLAY_QUERY)[1]}


def replay_apply(job: Job) -> str:
    """Pause it: what the primary sends arrives, and is not seen."""
    psql(job.machine, job.params, REPLAY_PAUSE)
    if not job.machine.wait(lambda: replay_state(job)["paused"] == "t", EFFECT):
        raise FailedError("the replay goes on")
    return "the replay is paused"


def replay_undo(job: Job) -> None:
    """Let it go on, if it is still paused."""
    if replay_state(job)["paused"] == "t":
        psql(job.machine, job.params, REPLAY_RESUME)
