"""The program of :mod:`drill.lease`, as the one file that is put on a host."""

import ast
from functools import cache
from hashlib import sha256
from importlib.resources import files

ORDER = (
    "answers",
    "requests",
    "consent",
    "mounting",
    "machine",
    "registry",
    "fault",
    "units",
    "dropins",
    "crashing",
    "faketime",
    "processes",
    "partition",
    "paths",
    "aside",
    "standins",
    "certificates",
    "files",
    "accounts",
    "postgres",
    "shaping",
    "relay",
    "fuse",
    "nodes",
    "entries",
    "looks",
    "contents",
    "passthrough",
    "ailment",
    "hogs",
    "pressure",
    "detour",
    "storage",
    "ailing",
    "skew",
    "catalogue",
    "verbs",
    "deadman",
    "program",
)
"""The modules: each needs only those before it."""

_HEAD = '''\
#!/usr/bin/python3 -I
"""drill-host: no fault on this host outlives whoever started it.

    drill-host list        what stands here, and what is remembered
    drill-host heal        end every fault of this host now
    drill-host halt        the same, and let none begin until it is released
    drill-host release [--clear-dirty]
    drill-host remove      leave nothing of drill here

drill puts this file on a host and removes it at the end. It is run by root: a
verb, one JSON object in, one JSON object out. Its exit status:

    0 ok   2 not a request   3 refused, nothing was done   4 certainly failed
    5 dirty: somebody else changed what was to be put back, and it was left so
    6 nobody knows   1 a bug, or the disk: nobody knows
"""

from __future__ import annotations
'''


@cache
def program() -> bytes:
    """Return the file: the modules in :data:`ORDER`, without what joins them here."""
    parts = [_stripped(files("drill.lease").joinpath(f"{name}.py").read_text()) for name in ORDER]
    return "\n\n".join([_HEAD, *parts]).encode()


def digest() -> str:
    """Return the SHA-256 of the file."""
    return sha256(program()).hexdigest()


def _stripped(source: str) -> str:
    """Drop the imports that have no meaning within one file."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(("drill", "__future")):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return "\n".join(lines).strip() + "\n"
