"""The faults of files: which files, and what takes their place; see :mod:`drill.lease.aside`."""

from __future__ import annotations

import fnmatch
import re
import stat
from functools import partial

from drill.lease.answers import RefusedError
from drill.lease.aside import Way, aside_apply, aside_capture, aside_state, aside_undo
from drill.lease.certificates import certificate_check, certificate_made
from drill.lease.fault import Fault
from drill.lease.machine import Machine
from drill.lease.paths import directory_of, is_path, kind_of, refusing, touchable
from drill.lease.requests import Values, is_peer, like, whole
from drill.lease.standins import (
    a_directory,
    a_file,
    answer_check,
    answer_made,
    flipped,
    flipped_check,
    locked,
    locked_check,
    nothing,
    other_key,
    read_whole,
    replaced,
    replaced_check,
    some,
)
from drill.lease.units import UNIT_NAME

SETS = (stat.S_IFREG, stat.S_IFDIR)
"""What a backup may be; a link to the latest is none."""
SUDOERS = "/etc/sudoers.d"
UID, HOME = 2, 5
"""Places in a line of passwd(5)."""
LOGIN = like(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}")
DNS_NAME = like(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?")


def the_path(machine: Machine, params: Values) -> list[str]:
    """Choose one path, which is named."""
    del machine
    return [touchable(params["path"])]


def sets_in(machine: Machine, params: Values) -> list[tuple[int, str]]:
    """Return the backups in a directory, files or directories, the oldest first."""
    where, pattern = touchable(params["directory"]), params["pattern"]
    with refusing(where), directory_of(machine, f"{where}/x") as place:
        seen = [each for each in place.iterdir() if fnmatch.fnmatchcase(each.name, pattern)]
        chosen = [each for each in seen if each.name[0] != "." and kind_of(each) in SETS]
        found = [(each.lstat().st_mtime_ns, f"{where}/{each.name}") for each in chosen]
    if not found:
        raise RefusedError(f"nothing in {where} is like {pattern}: nothing to break")
    return sorted(found)


def the_newest(machine: Machine, params: Values) -> list[str]:
    """Choose the backup that was written last."""
    return [sets_in(machine, params)[-1][1]]


def the_later(machine: Machine, params: Values) -> list[str]:
    """Choose the newest backup and those that are up to ``age`` seconds older."""
    found = sets_in(machine, params)
    least = found[-1][0] - params["age"] * 10**9
    later = [path for at, path in found if at > least]
    if len(later) == len(found):
        raise RefusedError("no older backup would be left; that is `backup.missing`, or a less age")
    return later


def the_sudoers(machine: Machine, params: Values) -> list[str]:
    """Choose a file of rules, unless drill's own login may need it (sudoers(5))."""
    login, path = params["spare"], f"{SUDOERS}/{params['file']}"
    with refusing(path), directory_of(machine, path) as place:
        rules = read_whole(place / params["file"]).decode("utf-8", "replace")
    groups = machine.run("id", "-Gn", "--", login)[1].split()
    needed = {login, "ALL", *(f"%{each}" for each in groups)}
    if login != "root" and any(lets_in(line, needed) for line in rules.splitlines()):
        raise RefusedError(f"{path} may be what lets {login}, drill's own login, become root")
    return [path]


def home_of(machine: Machine, login: str) -> str:
    """Return an account's home (getent(1)); empty: there is no such account, or it is root's."""
    fields = machine.run("getent", "passwd", "--", login)[1].strip().split(":")
    return fields[HOME] if len(fields) > HOME and fields[UID] != "0" else ""


def the_keys(machine: Machine, params: Values) -> list[str]:
    """Choose the keys that open an account, unless drill comes in by them (sshd(8))."""
    login, spare = params["login"], params["spare"]
    home = home_of(machine, login)
    if not home:
        raise RefusedError(f"there is no account {login}, or it is root's")
    if login == spare or home == home_of(machine, spare):
        raise RefusedError(f"{login} is what drill needs to undo a fault; break something else")
    if not is_path(f"{home}/x"):
        raise RefusedError(f"the home of {login}, {home}, is no place for files")
    return [f"{touchable(home)}/.ssh/authorized_keys"]


def lets_in(line: str, needed: set[str]) -> bool:
    """Tell whether a line of sudoers(5) may give something to one of these, or to an unknown."""
    if re.match(r"\s*#(?!\d|include)", line):
        return False
    who = re.split(r"[\s,]+", line.strip().partition("=")[0].strip())[:-1]
    return any(each in needed or re.match(r"#\d|%#|%:|\+|@|!|User_Alias", each) for each in who)


def file_fault(fields: Values, optional: tuple[str, ...], way: Way) -> Fault:
    """Return a fault of files, which takes some words of its own and those of all."""
    after = {"unit": UNIT_NAME, "then": like("reload|restart"), "changed": like("dirty|keep")}
    return Fault(
        {**fields, **after},
        ("unit", *optional),
        partial(aside_capture, way),
        aside_state,
        partial(aside_apply, way),
        aside_undo,
    )


ONE = {"path": is_path}
SET = {"directory": is_path, "pattern": like(r"[A-Za-z0-9_*?][A-Za-z0-9_.:*?+-]{0,99}")}
SPAN = {"offset": whole(0, 1 << 40), "length": whole(1, 1 << 20)}
CERTIFICATE = {
    **dict.fromkeys(("path", "key", "authority", "authority_key"), is_path),
    "wrong": like("expired|name"),
    "name": DNS_NAME,
}
NAMED = {**ONE, "name": DNS_NAME}

FILE_FAULTS = {
    "file.remove": file_fault(ONE, (), Way("put aside", the_path, some, nothing)),
    "file.replace": file_fault(
        {**ONE, "content": like(r"(?s).{0,2000}")},
        (),
        Way("replaced", the_path, replaced_check, replaced),
    ),
    "file.corrupt": file_fault(
        {**ONE, **SPAN}, ("offset",), Way("corrupted", the_path, flipped_check, flipped)
    ),
    "data.encrypt": file_fault(
        {**ONE, "suffix": like(r"\.[A-Za-z0-9_-]{1,15}")},
        (),
        Way("encrypted", the_path, locked_check, locked, deep=True),
    ),
    "backup.missing": file_fault(SET, (), Way("put aside", the_newest, some, nothing)),
    "backup.stale": file_fault(
        {**SET, "age": whole(1, 10 * 366 * 86400)}, (), Way("put aside", the_later, some, nothing)
    ),
    "backup.corrupt": file_fault(
        {**SET, **SPAN}, ("offset",), Way("corrupted", the_newest, flipped_check, flipped)
    ),
    "backup.repository-gone": file_fault(ONE, (), Way("put aside", the_path, a_directory, nothing)),
    "backup.wrong-key": file_fault(ONE, (), Way("another key", the_path, a_file, other_key)),
    "tls.certificate": file_fault(
        CERTIFICATE,
        ("authority", "authority_key"),
        Way("another certificate", the_path, certificate_check, certificate_made),
    ),
    "dns.answer": file_fault(
        {**NAMED, "address": is_peer},
        ("address",),
        Way("answers wrongly", the_path, answer_check, answer_made),
    ),
    "dns.delegation": file_fault(
        {**NAMED, "server": is_peer},
        (),
        Way("delegated wrongly", the_path, answer_check, answer_made),
    ),
    "account.keys-revoked": file_fault(
        {"login": LOGIN, "spare": LOGIN}, (), Way("put aside", the_keys, a_file, nothing)
    ),
    "sudo.lost": file_fault(
        {"file": like("[A-Za-z0-9_-]{1,64}"), "spare": LOGIN},
        (),
        Way("put aside", the_sudoers, a_file, nothing),
    ),
}
"""What can be done to files, by name."""
