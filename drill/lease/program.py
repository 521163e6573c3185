"""The program's entry: a verb, a request, an answer, an exit status."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, Callable

from drill.lease.answers import AnswerError, InvalidError, RefusedError, UnsureError
from drill.lease.catalogue import CATALOGUE
from drill.lease.deadman import guard, remove_unit, watch
from drill.lease.hogs import be_hog
from drill.lease.machine import PROGRAM, Machine
from drill.lease.registry import Registry
from drill.lease.requests import MOST_INPUT, Values, checked, like, strict_json, whole
from drill.lease.verbs import Host, finished

LONGEST = 900
ENDING = 5.0
"""Seconds that a lease may last, and that the dead-man may take to see that nothing is armed."""
TOKEN, OWNER, WORD = like(r"[0-9a-f]{16,64}"), like(r"[0-9a-f]{32,128}"), like(r"[a-z0-9._-]{1,64}")


def is_leased(value: Any) -> bool:
    """Tell whether a value names a fault of the catalogue."""
    return isinstance(value, str) and value in CATALOGUE


def is_object(value: Any) -> bool:
    """Tell whether a value is a JSON object."""
    return isinstance(value, dict)


def is_yes_or_no(value: Any) -> bool:
    """Tell whether a value is true or false."""
    return isinstance(value, bool)


CLAIM: Values = {"environment": WORD, "group": WORD}
FAULT: Values = {"fault": is_leased, "params": is_object}
OWNED: Values = {"token": TOKEN, "owner": OWNER}


def remove(host: Host, ask: Values) -> Values:
    """Leave nothing of drill on this host; the program goes last, so that it can be said again."""
    del ask
    host.must_be_idle()
    if not host.machine.wait(lambda: not host.registry.is_held("deadman"), ENDING):
        raise UnsureError("the dead-man has not ended yet")
    with host.registry.hold("registry", "remove"):
        host.must_be_idle()
        remove_unit(host.machine)
        host.registry.erase()
        for each in (f"{PROGRAM}.new", PROGRAM):
            Path(each).unlink(missing_ok=True)
    return {"removed": True}


Act = Callable[[Host, Values], Values]
VERBS: dict[str, tuple[Act, Values, tuple[str, ...]]] = {
    "probe": (Host.probe, {}, ()),
    "consent": (Host.consent, {"fault": WORD, **CLAIM}, ()),
    "capture": (Host.capture, FAULT, ()),
    "arm": (Host.arm, {**FAULT, **OWNED, **CLAIM, "epoch": TOKEN, "ttl": whole(1, LONGEST)}, ()),
    "inject": (Host.inject, OWNED, ()),
    "renew": (Host.renew, OWNED, ()),
    "undo": (Host.undo, {"token": TOKEN, "by": WORD}, ("by",)),
    "list": (Host.listing, {}, ()),
    "heal": (Host.heal, {}, ()),
    "halt": (Host.halt, {}, ()),
    "release": (Host.release, {"clear_dirty": is_yes_or_no}, ("clear_dirty",)),
    "remove": (remove, {}, ()),
}
"""Every verb with the words it takes, and which of them may be left out."""


def answered(host: Host, verb: str, ask: Values) -> Values:
    """Return the answer to a request.

    Raises:
        AnswerError: it is another than yes.
    """
    if verb not in VERBS:
        raise InvalidError(f"say one of {', '.join(VERBS)}")
    act, fields, optional = VERBS[verb]
    return finished(act(host, checked(ask, fields, optional)))


def request(verb: str, flags: list[str], read: Callable[[int], bytes]) -> Values:
    """Return what is asked for; who types a verb that needs no words is not waited for."""
    if verb == "release":
        if flags not in ([], ["--clear-dirty"]):
            raise InvalidError("release takes no word but --clear-dirty")
        return {"clear_dirty": bool(flags)}
    if flags:
        raise InvalidError("words are given as one JSON object on standard input")
    if not VERBS.get(verb, (None, {}))[1]:
        return {}
    given = read(MOST_INPUT + 1)
    if len(given) > MOST_INPUT:
        raise InvalidError(f"a request has at most {MOST_INPUT} bytes")
    return strict_json(given)


def refusal(error: AnswerError) -> Values:
    """Return the answer that says no."""
    return {"ok": False, "kind": error.kind, "error": str(error), **error.told}


def this_host() -> Host:
    """Return the host that this program runs on.

    Raises:
        RefusedError: it is not run by root.
    """
    if os.geteuid():
        raise RefusedError("only root may say this here")
    machine, registry = Machine(), Registry()
    return Host(machine, registry, lambda: guard(machine, registry))


def main(words: list[str]) -> int:
    """Answer one request; as ``deadman`` and as ``hog``, be one."""
    os.umask(0o077)
    verb, flags = (words[0], words[1:]) if words else ("", [])
    answer: Values
    try:
        host = this_host()
        if verb == "deadman":
            return watch(host)
        if verb == "hog":
            return be_hog(host.machine, lambda token: host.left(token) > 0, flags)
        answer, status = (
            {"ok": True, **answered(host, verb, request(verb, flags, sys.stdin.buffer.read))},
            0,
        )
    except AnswerError as error:
        answer, status = refusal(error), error.exit
    except Exception as error:  # noqa: BLE001  whoever asked must hear something in any case
        answer, status = {"ok": False, "kind": "broken", "error": repr(error)}, 1
    if verb == "probe" and not status:
        answer["program"] = hashlib.sha256(Path(PROGRAM).read_bytes()).hexdigest()
    sys.stdout.write(json.dumps(answer, indent=1 if sys.stdout.isatty() else None) + "\n")
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
