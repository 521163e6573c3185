"""``account.lock``: an account expires, so neither password nor key opens it (pam_unix(8)).

Its password is left alone: what is locked by it is not told from what was
locked before. Sessions that are open stay open.
"""

from __future__ import annotations

import hashlib

from drill.lease.answers import FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import Machine
from drill.lease.requests import Values

EXPIRED = "1"
"""Days since 1970 at which it expires: long ago. 0 would be read in two ways (shadow(5))."""
EXPIRY, SHADOW_FIELDS = 7, 9


def shadow_of(machine: Machine, login: str) -> list[str]:
    """Return an account's fields of shadow(5); none: there is no such account here."""
    lines = (line.split(":") for line in machine.text("/etc/shadow").splitlines())
    found = [fields for fields in lines if fields[0] == login and len(fields) == SHADOW_FIELDS]
    return found[0] if found else []


def account_capture(machine: Machine, params: Values) -> Values:
    """See that it is another's than drill's own and root's, and when it expires."""
    login = params["login"]
    fields = shadow_of(machine, login)
    if not fields:
        raise RefusedError(f"there is no account {login} in the host's own /etc/shadow")
    if login == params["spare"] or machine.run("id", "-u", "--", login)[1].strip() in {"", "0"}:
        raise RefusedError(f"{login} is what drill needs to undo a fault; break something else")
    if fields[EXPIRY] == EXPIRED:
        raise RefusedError(f"{login} has expired already: nothing to break")
    return {"expiry": fields[EXPIRY]}


def account_state(job: Job) -> Values:
    """Return the account's fields, as a digest: a password's hash is no one's to see."""
    fields = ":".join(shadow_of(job.machine, job.params["login"]))
    return {"account": hashlib.sha256(fields.encode()).hexdigest()}


def expire(job: Job, expiry: str) -> None:
    """Set when the account expires, and read it back (chage(1))."""
    login = job.params["login"]
    _, _, err = job.machine.run("chage", "-E", expiry or "-1", "--", login)
    if shadow_of(job.machine, login)[EXPIRY:][:1] != [expiry]:
        raise FailedError(f"chage does not change {login}: {err.strip()}")


def account_apply(job: Job) -> str:
    """Let it be expired."""
    expire(job, EXPIRED)
    return f"{job.params['login']} has expired"


def account_undo(job: Job) -> None:
    """Let it expire when it did, unless somebody else has said when."""
    if shadow_of(job.machine, job.params["login"])[EXPIRY:][:1] == [EXPIRED]:
        expire(job, job.captured["expiry"])
