"""What all faults of files share: the original is put aside, and maybe something in its place.

Nothing is ever written into an original. It is renamed within its directory,
to a name with the fault's token, and undo renames it back. So a fault of files
can lose no data, needs no key and no room to be undone, and is undone after a
reboot too. A process that has the original open keeps it: name its unit, and
it is told to read anew.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Callable, NamedTuple

from drill.lease.answers import DirtyError, FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import EFFECT, Machine
from drill.lease.paths import (
    OWN_NAME,
    directory_of,
    failing,
    kind_of,
    look_of,
    name_of,
    refusing,
)
from drill.lease.requests import Values
from drill.lease.units import running_unit, shape_of, spared, unit_of, unit_state

MOST_PATHS = 16
MOST_WRITTEN = 3000
MOST_TOLD = 1000
"""Paths of one fault; characters that are written down of it, and told at its end.

What is written when a fault ends must fit the room that was kept for it.
"""


class Making(NamedTuple):
    """What a stand-in is made from: its original is ``at``, it is written to ``new``."""

    machine: Machine
    params: Values
    at: Path
    new: Path
    key: bytes
    """Random, and kept with the fault's record."""


class Way(NamedTuple):
    """What one kind of fault does to which files.

    ``told`` is what it did, in words; ``check`` declines what it must not be
    done to; ``make`` writes what takes the original's place, if anything does;
    ``deep`` says that of a directory all content counts.
    """

    told: str
    choose: Callable[[Machine, Values], list[str]]
    check: Callable[[Making], None]
    make: Callable[[Making], None]
    deep: bool = False


def aside_capture(way: Way, machine: Machine, params: Values) -> Values:
    """See what is there, and that it may be put aside."""
    paths = way.choose(machine, params)
    if len(paths) > MOST_PATHS:
        raise RefusedError(f"{len(paths)} files are too many for one fault; choose fewer")
    looks = [checked_look(way, machine, params, path) for path in paths]
    captured: Values = {"paths": paths, "looks": looks, "deep": way.deep}
    if params.get("unit"):
        unit = running_unit(machine, spared(params["unit"]))
        captured.update(unit=params["unit"], shape=shape_of(unit))
    if len(json.dumps([params, captured])) > MOST_WRITTEN:
        raise RefusedError("its words are too many to be kept: choose fewer files, or less content")
    return captured


def checked_look(way: Way, machine: Machine, params: Values, path: str) -> str:
    """Look at one path, unless it must not be touched."""
    with refusing(path), directory_of(machine, path) as place:
        at = place / name_of(path)
        if kind_of(at) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise RefusedError(f"{path} is neither a file nor a directory; name what it leads to")
        if kind_of(at) == stat.S_IFDIR and at.lstat().st_dev != place.stat().st_dev:
            raise RefusedError(f"{path} is where a file system is mounted: it cannot be renamed")
        way.check(Making(machine, params, at, at, b""))
        return look_of(at, deep=way.deep)


class Beside(NamedTuple):
    """A path, and drill's own names in the same directory: they hold its token.

    ``own`` is the original; ``new`` is drill's, whatever it is, and may be
    erased; ``taken`` is not known to be drill's yet.
    """

    at: Path
    own: Path
    new: Path
    taken: Path

    @classmethod
    def of(cls, job: Job, place: Path, index: int) -> Beside:
        """Return them for one path of a fault, in its directory."""
        own = f"{OWN_NAME}{job.record['token']}-{index}"
        name = name_of(job.captured["paths"][index])
        return cls(place / name, place / own, place / f"{own}-new", place / f"{own}-taken")


def aside_state(job: Job) -> Values:
    """Return what is at each path, but for what is the recovery's work; and the unit."""
    kept = job.record.get("intent", {}).get("kept", ())
    looks = job.captured["looks"]
    return {
        "looks": [
            looks[index] if path in kept else look_now(job, path)
            for index, path in enumerate(job.captured["paths"])
        ],
        "unit": unit_state(job) if "unit" in job.captured else {},
    }


def look_now(job: Job, path: str) -> str:
    """Look at a path, whose directory may be gone."""
    try:
        with directory_of(job.machine, path) as place:
            return look_of(place / name_of(path), deep=job.captured["deep"])
    except OSError:
        return ""


def aside_apply(way: Way, job: Job) -> str:
    """Make all stand-ins, write down how they look, and only then exchange them."""
    key = os.urandom(32)
    job.intend(key=key.hex())
    paths = job.captured["paths"]
    made = [make_one(way, job, index, key) for index in range(len(paths))]
    job.intend(key=key.hex(), made=made)
    for index in range(len(paths)):
        exchange(job, index, made[index])
    told = tell_unit(job) if "unit" in job.captured else ""
    for path, look in zip(paths, made):
        if look_now(job, path) != look:
            raise FailedError(f"{path} is not as it was made")
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{way.told}: {paths[0]}{more}{told}"


def make_one(way: Way, job: Job, index: int, key: bytes) -> str:
    """Make one stand-in beside its original; return how it looks, empty if there is none."""
    path, deep = job.captured["paths"][index], job.captured["deep"]
    with failing(path), directory_of(job.machine, path) as place:
        beside = Beside.of(job, place, index)
        if look_of(beside.at, deep=deep) != job.captured["looks"][index]:
            raise FailedError(f"{path} was changed since it was captured")
        way.make(Making(job.machine, job.params, beside.at, beside.new, key))
        return look_of(beside.new, deep=deep)


def exchange(job: Job, index: int, made: str) -> None:
    """Put one original aside, and its stand-in in its place."""
    path = job.captured["paths"][index]
    with failing(path), directory_of(job.machine, path) as place:
        beside = Beside.of(job, place, index)
        if job.captured["looks"][index]:
            beside.at.rename(beside.own)
        if made:
            beside.new.rename(beside.at)


def tell_unit(job: Job) -> str:
    """Have the unit read its files anew; one that does not start with them is an effect too."""
    name, then = job.captured["unit"], job.params["then"]
    code, _, err = job.machine.run("systemctl", then, "--", name)
    if code and then == "reload":
        raise FailedError(f"{name} does not take it: {err.strip()}")
    return f"; {name} does not start" if code else f"; {name} told to {then}"


def aside_undo(job: Job) -> str:
    """Put every original back, then have the unit read it; what is not drill's, stays."""
    intent = job.record.get("intent", {})
    foreign = [told for told in (back(job, at) for at in range(len(job.captured["paths"]))) if told]
    if foreign:
        raise DirtyError("; ".join(foreign)[:MOST_TOLD])
    if "unit" in job.captured and "made" in intent:
        unit_again(job)
    kept = job.record.get("intent", {}).get("kept", ())
    own = f"{OWN_NAME}{job.record['token']}-N"
    told = f"{', '.join(kept)[:MOST_TOLD]} stays as the recovery left it, as it was is {own}"
    return told if kept else ""


def back(job: Job, index: int) -> str:
    """Put one original back; tell what else is in its place, if so."""
    path, intent = job.captured["paths"][index], job.record.get("intent", {})
    try:
        with directory_of(job.machine, path) as place:
            beside = Beside.of(job, place, index)
            erase(beside.new)
            if "made" not in intent or path in intent.get("kept", ()):
                return ""
            foreign = taken_away(job, beside, intent["made"][index], index)
            if not foreign and kind_of(beside.own):
                beside.own.rename(beside.at)
            return foreign_at(job, path) if foreign else ""
    except FileNotFoundError:
        return f"the directory of {path} is gone"
    except OSError as error:
        raise FailedError(f"{path} cannot be put back: {error.strerror}") from error


def taken_away(job: Job, beside: Beside, made: str, index: int) -> bool:
    """Take what is drill's away from a path; tell whether what is there is not drill's.

    It is taken first and looked at then: nobody changes it in between.
    """
    look, deep = job.captured["looks"][index], job.captured["deep"]
    if look and not kind_of(beside.own):
        return False  # it was never put aside, or it is back
    if not kind_of(beside.taken):
        if not kind_of(beside.at):
            return False
        beside.at.rename(beside.taken)
    found = look_of(beside.taken, deep=deep)
    if found == made:
        beside.taken.rename(beside.new)
    elif kind_of(beside.at):
        return True  # an undo was interrupted, and there is something new now
    else:
        beside.taken.rename(beside.at)
        if found != look:
            return True
        beside.own.rename(beside.new)  # somebody put the very same there: a restore, say
    erase(beside.new)
    return False


def foreign_at(job: Job, path: str) -> str:
    """Keep what the recovery put at a path, where that was said; else tell of it."""
    if job.params["changed"] == "keep":
        intent = job.record["intent"]
        job.intend(**{**intent, "kept": [*intent.get("kept", ()), path]})
        return ""
    return (
        f"{path} was changed by somebody else; as it was is {OWN_NAME}{job.record['token']}-N there"
    )


def unit_again(job: Job) -> None:
    """Have the unit run with what was put back."""
    name, machine = job.captured["unit"], job.machine
    found = unit_of(machine, name)
    if shape_of(found) != job.captured["shape"]:
        raise DirtyError(f"{name} was changed by somebody else; it is left as it is")
    runs = found["ActiveState"] == "active"
    machine.run("systemctl", "reset-failed", "--", name)  # one that failed too often stays down
    machine.run("systemctl", job.params["then"] if runs else "restart", "--", name)
    if not machine.wait(lambda: unit_of(machine, name)["ActiveState"] == "active", EFFECT):
        raise FailedError(f"{name} is {unit_of(machine, name)['ActiveState']}: it does not start")


def erase(where: Path) -> None:
    """Remove what is drill's own, if it is there."""
    kind = kind_of(where)
    if kind == stat.S_IFDIR:
        shutil.rmtree(where)
    elif kind:
        where.unlink()
