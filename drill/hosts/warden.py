"""The controller's side of :mod:`drill.lease`: puts the program on a host, and speaks with it.

Only the run that armed a fault can inject or renew it: its secret
(:attr:`drill.ports.Access.secret`) says for each token who its owner is, and
stays on the controller. Anybody who may be root there can undo.
"""

import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from hmac import new as hmac

from pydantic import JsonValue

from drill.errors import RefusedError, RemoteError
from drill.hosts.access import remote_of
from drill.hosts.program import digest, program
from drill.lease.machine import PROGRAM
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.ports import Access, Cancel, Completed, Remote

Answer = Mapping[str, JsonValue]

DIRTY = "DIRTY"
"""Begins the error of an undo that found what somebody else had changed."""

_INSTALL = """
import hashlib, os, sys
path, digest = sys.argv[1:]
body = sys.stdin.buffer.read()
if hashlib.sha256(body).hexdigest() != digest:
    sys.exit("the program did not arrive as it was sent")
os.makedirs(os.path.dirname(path), exist_ok=True)
beside = path + ".new"
with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700), "wb") as file:
    file.write(body)
    file.flush()
    os.fsync(file.fileno())
os.rename(beside, path)
place = os.open(os.path.dirname(path), os.O_RDONLY)
os.fsync(place)
"""
"""Writes the program: all of it or nothing, and durably."""


def arm(
    on: Access, fault: str, params: Mapping[str, JsonValue], ttl: int, cancel: Cancel
) -> Receipt:
    """Have the host write down what is there and the way back; return the receipt.

    Raises:
        RefusedError: the host declines; nothing was done to it.
        RemoteError: nobody knows; if it was armed, the lease ends it.
    """
    remote = remote_of(on)
    epoch = install(remote, cancel)
    token = secrets.token_hex(16)
    ask: dict[str, JsonValue] = {
        "token": token,
        "owner": _owner(on, token),
        "fault": fault,
        "params": dict(params),
        "epoch": epoch,
        "ttl": ttl,
        "environment": on.environment,
        "group": on.group,
    }
    armed = _accepted(speak(remote, "arm", ask, cancel))
    return {
        "token": token,
        "program": digest(),
        "captured": armed["digest"],
        "tier": armed["tier"],
        "ttl": armed["ttl"],
    }


def inject(on: Access, receipt: Receipt, cancel: Cancel) -> Outcome:
    """Have it broken, and seen to be."""
    return outcome_of(speak(remote_of(on), "inject", _owned(on, receipt), cancel))


def renew(on: Access, receipt: Receipt, cancel: Cancel) -> float:
    """Let the lease begin anew; return its seconds.

    Raises:
        RefusedError: the host has ended the fault, or is not ours to ask.
        RemoteError: nobody knows.
    """
    renewed = _accepted(speak(remote_of(on), "renew", _owned(on, receipt), cancel))
    return float(str(renewed["ttl"]))


def undo(on: Access, receipt: Receipt, cancel: Cancel) -> Outcome:
    """Have it put back, and read back; a host that lost the program has it put there again."""
    remote, ask = remote_of(on), {"token": receipt["token"]}
    if not _is_there(remote, cancel):
        install(remote, cancel)
    return outcome_of(speak(remote, "undo", ask, cancel))


def consent(on: Access, fault: str, cancel: Cancel) -> Answer:
    """Have the host's consent checked for a fault that it cannot lease.

    Raises:
        RefusedError: it does not consent.
    """
    install(remote_of(on), cancel)
    ask = {"fault": fault, "environment": on.environment, "group": on.group}
    return _accepted(speak(remote_of(on), "consent", ask, cancel))


def install(remote: Remote, cancel: Cancel) -> str:
    """Put the program on a host, unless it is there; return its epoch.

    Raises:
        RefusedError: another version of it still has faults in its care.
        RemoteError: it could not be written.
    """
    there = speak(remote, "probe", {}, cancel) if _is_there(remote, cancel) else {}
    if there.get("program") != digest():
        if there.get("live"):
            raise RefusedError("another version of drill has faults on this host; heal them first")
        argv = ["python3", "-I", "-c", _INSTALL, PROGRAM, digest()]
        wrote = remote.run(argv, cancel, stdin=program(), root=True)
        if wrote.exit:
            raise RemoteError(f"{PROGRAM} cannot be put on the host: {_last(wrote)}")
        there = _accepted(speak(remote, "probe", {}, cancel))
    return str(there.get("epoch"))


def remove(remote: Remote, cancel: Cancel) -> Answer:
    """Leave nothing of drill on a host.

    Raises:
        RefusedError: there are faults, a lever or dirt that must be remembered.
    """
    if not _is_there(remote, cancel):
        return {"ok": True, "removed": False}
    return _accepted(speak(remote, "remove", {}, cancel))


def listing(remote: Remote, cancel: Cancel) -> Answer:
    """Return what a host has in its care, and what it remembers: the truth about its faults."""
    if not _is_there(remote, cancel):
        return {"ok": True, "lever": False, "faults": []}
    return speak(remote, "list", {}, cancel)


def heal(remote: Remote, cancel: Cancel) -> Answer:
    """End every fault of a host, whoever armed it; needs no journal.

    The answer has ``faults`` (token to how it ended), ``left`` and ``dirty``.
    """
    if not _is_there(remote, cancel):
        return {"ok": True, "faults": {}, "left": [], "dirty": []}
    return speak(remote, "heal", {}, cancel)


def halt(remote: Remote, cancel: Cancel) -> Answer:
    """End every fault of a host, and let none begin until :func:`release`; answers as heal does."""
    if not _is_there(remote, cancel):
        install(remote, cancel)
    return speak(remote, "halt", {}, cancel)


def release(remote: Remote, cancel: Cancel, *, clear_dirty: bool = False) -> Answer:
    """Let faults begin again; also where somebody else's changes were found, if that is said."""
    if not _is_there(remote, cancel):
        return {"ok": True, "lever": False, "still_dirty": 0}
    flags = ["--clear-dirty"] if clear_dirty else []
    return speak(remote, "release", {}, cancel, *flags)


def speak(
    remote: Remote, verb: str, ask: Mapping[str, JsonValue], cancel: Cancel, *flags: str
) -> Answer:
    """Say a verb, as root; return the answer, whatever it is.

    Raises:
        RemoteError: there was none.
    """
    argv = ["python3", "-I", PROGRAM, verb, *flags]
    told = remote.run(argv, cancel, stdin=json.dumps(dict(ask)).encode(), root=True)
    try:
        answer = json.loads(told.out)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        raise RemoteError(f"{PROGRAM} {verb} did not answer: {_last(told)}")
    return answer


def outcome_of(answer: Answer) -> Outcome:
    """Return what an answer means."""
    if answer["ok"]:
        return Done(note=str(answer.get("note", "")))
    error = str(answer.get("error"))
    match answer.get("kind"):
        case "dirty":
            return Failed(error=f"{DIRTY}: {error}; nothing of it was overwritten")
        case "refused" | "invalid" | "failed":
            return Failed(error=error)
        case _:
            return Indeterminate(error=error)


def _accepted(answer: Answer) -> Answer:
    if answer["ok"]:
        return answer
    if answer.get("kind") in {"refused", "invalid", "failed", "dirty"}:
        raise RefusedError(str(answer.get("error")))
    raise RemoteError(str(answer.get("error")))


def _is_there(remote: Remote, cancel: Cancel) -> bool:
    """Tell whether the program is on a host, in whatever version."""
    return remote.run(["sha256sum", "--", PROGRAM], cancel, root=True).exit == 0


def _last(told: Completed) -> str:
    return (told.err or told.out).strip().rpartition("\n")[2] or f"exit {told.exit}"


def _owned(on: Access, receipt: Receipt) -> dict[str, JsonValue]:
    return {"token": receipt["token"], "owner": _owner(on, str(receipt["token"]))}


def _owner(on: Access, token: str) -> str:
    """Return what only the run knows that armed the token."""
    return hmac(on.secret, token.encode(), sha256).hexdigest()
