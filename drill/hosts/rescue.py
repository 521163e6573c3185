"""Ending the faults of one host by asking the host: no journal, no engine, no plan.

What is well and not halted is left as it was before drill came.
"""

from typing import Literal

from drill.errors import HostKeyError, LabError, RemoteError
from drill.hosts.leaving import leave
from drill.hosts.warden import Answer, speak
from drill.lease.machine import PROGRAM
from drill.lease.program import LONGEST
from drill.model.base import Model, Text
from drill.ports import Cancel, Power, Remote

Verb = Literal["heal", "halt", "release"]
Became = Literal["healed", "nothing there", "released", "dirty", "left", "unreachable"]

CLEAN: frozenset[Became] = frozenset({"healed", "nothing there", "released"})

_AGAIN = 0.5
"""Seconds between two tries to reach a host; each verb may be said again."""
_LATE = 5
"""Seconds that a host may take once a lease has ended."""


class Rescue(Model):
    """What became of the faults of one host."""

    became: Became
    note: Text = ""


def rescue(verb: Verb, remote: Remote, power: Power | None, cancel: Cancel) -> Rescue:
    """Say a verb to a host until it answers, or ``cancel`` ends the trying.

    A host cannot end the loss of its power, nor being frozen: it is switched on, or thawed.
    """
    switched = "" if verb == "release" else _revived(power)
    wrong = "no answer"
    while True:
        try:
            found = _asked(verb, remote, cancel)
            return _with(found, switched) if switched else found
        except HostKeyError as error:
            return unreachable(str(error))
        except RemoteError as error:
            wrong = str(error)
        if cancel.wait(_AGAIN):
            return unreachable("; ".join(filter(None, (switched, wrong))))


def unreachable(why: str) -> Rescue:
    """Return what is known of a host that did not answer."""
    note = f"{why}; what is leased there ends by itself, within {LONGEST + _LATE} s at the latest"
    return Rescue(became="unreachable", note=note)


def _revived(power: Power | None) -> str:
    """Do from outside what the host cannot; say what was done."""
    try:
        if power is not None and not power.is_on():
            power.on()
            return "it had no power, and was switched on"
        if power is not None and power.is_frozen():
            power.thaw()
            return "it was frozen, and was thawed"
    except (LabError, RemoteError):
        pass  # whether it answers will tell
    return ""


def _with(found: Rescue, switched: str) -> Rescue:
    became = "healed" if found.became == "nothing there" else found.became
    return Rescue(became=became, note="; ".join(filter(None, (switched, found.note))))


def _asked(verb: Verb, remote: Remote, cancel: Cancel) -> Rescue:
    there = remote.run(["sha256sum", "--", PROGRAM], cancel, root=True)
    if there.exit:
        return Rescue(became="nothing there")
    found = _understood(verb, speak(remote, verb, {}, cancel))
    if verb == "halt" or found.became not in CLEAN:  # it must be remembered
        return found
    stays = leave(remote, cancel)
    left = f"drill-host stays: {stays}" if stays else "drill-host was removed"
    return Rescue(became=found.became, note="; ".join(filter(None, (found.note, left))))


def _understood(verb: Verb, answer: Answer) -> Rescue:
    if not answer["ok"]:
        became = "dirty" if answer.get("kind") == "dirty" else "left"
        return Rescue(became=became, note=str(answer.get("error", "")))
    if verb == "release":
        return _released(answer)
    faults = answer.get("faults")
    if not isinstance(faults, dict) or not faults:
        return Rescue(became="nothing there")
    said = ", ".join(sorted({str(note) for note in faults.values()}))
    return Rescue(became="healed", note=f"{len(faults)} of {len(faults)} faults: {said}")


def _released(answer: Answer) -> Rescue:
    if answer.get("still_dirty"):
        note = "when it is well, say on the host: drill-host release --clear-dirty"
        return Rescue(became="dirty", note=note)
    return Rescue(became="released")
