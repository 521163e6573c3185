"""What the host agreed to: a marker that only root can have made, with a good signature.

A file of ``/etc/drill`` is opened once, each part of its path without following
links; what was opened is what is verified, and what was verified is what counts.
"""

from __future__ import annotations

import calendar
import os
import stat
import subprocess
import time

from drill.lease.answers import InvalidError, RefusedError
from drill.lease.requests import MOST_INPUT, Values, strict_json


def signed_marker() -> bytes:
    """Return the marker of /etc/drill, if root wrote it and its signature is good."""
    opened: list[int] = []
    try:
        names = ("consent.json", "consent.json.sig", "allowed_signers")
        opened.extend(_owned("etc", "drill", name) for name in names)
        marker = os.read(opened[0], MOST_INPUT)  # read once: what is verified is what counts
        signed, signers = (f"/proc/self/fd/{each}" for each in opened[1:])
        argv = ["ssh-keygen", "-Y", "verify", "-n", "drill-consent", "-I", "drill-consent"]
        done = subprocess.run(
            [*argv, "-f", signers, "-s", signed],
            input=marker,
            capture_output=True,
            pass_fds=opened[1:],
            check=False,
        )
    except OSError as error:
        raise RefusedError(f"no consent: {error.strerror}: {error.filename}") from error
    finally:
        for each in opened:
            os.close(each)
    if done.returncode:
        raise RefusedError("no consent: the signature of /etc/drill/consent.json is not good")
    return marker


def _owned(*parts: str) -> int:
    """Open a file below /, each part of whose path only root can have made what it is."""
    at = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    for part in parts:
        kind = os.O_NONBLOCK if part == parts[-1] else os.O_DIRECTORY
        try:
            inner = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=at)
        finally:
            os.close(at)
        at, found = inner, os.fstat(inner)
        regular = stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)
        if found.st_uid or found.st_mode & 0o022 or not regular:
            os.close(at)
            raise RefusedError(f"no consent: {part} of /{'/'.join(parts)} is not root's alone")
    return at


MARKER: dict[str, type] = {
    "environment": str,
    "classes": list,
    "group": str,
    "expires": str,
    "host": str,
    "live_ok": bool,
    "disposable": bool,
}
"""What a marker must say, all of it; ``host`` is the machine id, ``expires`` is in UTC."""


def consented(marker: bytes, ask: Values, host: str, wall: float, *, leased: bool) -> Values:
    """Return what a marker says, if it allows what is asked; no flag stands above it."""
    said, expires = _read(marker)
    kind = ask["fault"].partition(".")[0]
    rules = (
        (said["host"] == host, "the marker is another host's"),
        (expires > wall, f"the marker expired at {said['expires']}"),
        (said["environment"] == ask["environment"], "the marker is for another environment"),
        (said["group"] == ask["group"], "the marker is for another group"),
        (kind in said["classes"], f"the marker does not allow {kind} faults"),
        (
            said["environment"] != "production" or said["live_ok"],
            "the marker does not allow live exercises in production",
        ),
        (
            leased or said["disposable"],
            f"{ask['fault']} cannot be leased, and the marker does not call the host disposable",
        ),
    )
    for holds, otherwise in rules:
        if not holds:
            raise RefusedError(f"no consent: {otherwise}")
    return said


def _read(marker: bytes) -> tuple[Values, int]:
    """Return what a marker says, and when it expires in seconds of the wall clock."""
    try:
        said = strict_json(marker)
        expires = calendar.timegm(time.strptime(said["expires"], "%Y-%m-%dT%H:%M:%SZ"))
    except (ValueError, KeyError, TypeError, InvalidError) as error:
        raise RefusedError(f"no consent: the marker cannot be read: {error}") from error
    typed = all(type(said.get(name)) is kind for name, kind in MARKER.items())
    if not typed or said.keys() != MARKER.keys():
        raise RefusedError(f"no consent: a marker says {', '.join(MARKER)}, and no more")
    return said, expires
