"""``file.fresh``: whether the newest of some files is young enough: a backup, an export, a log.

Its age is the difference of two readings of the *target's* clock. Two hosts'
clocks are never subtracted.
"""

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from drill.errors import RemoteError
from drill.hosts.local import LocalRemote
from drill.model.base import Model
from drill.model.names import IN_SIGHT
from drill.model.time import Duration, format_duration
from drill.ports import Access, Cancel, Reading
from drill.probes.command import unreached

_SCRIPT = """
IFS=
set -- $1
newest=$(find -L "$@" -maxdepth 0 -type f -exec stat -L -c '%Y %s %n' -- {} + 2>/dev/null \\
  | sort -n | tail -n 1)
printf '%s %s\\n' "$(date +%s)" "$newest"
"""
"""Prints now, and of the newest file its time, its size and its name.

The pattern is data: with no field separators, an unquoted ``$1`` is expanded to
file names and to nothing else.
"""

_AHEAD = 2.0
"""Seconds that a file may be ahead of the clock: file systems round."""


def _absolute(glob: str) -> str:
    if not glob.startswith("/"):
        raise ValueError("a glob is absolute, like /var/backups/db/*.dump")
    if "\0" in glob or "\n" in glob:
        raise ValueError("a glob is one line")
    return glob


def _some(duration: timedelta) -> timedelta:
    if duration <= timedelta():
        raise ValueError("nothing is younger than that")
    return duration


class FileFreshParams(Model):
    """What ``file.fresh`` is told."""

    glob: Annotated[
        str,
        AfterValidator(_absolute),
        Field(
            max_length=1024,
            description="Files, by a shell's pattern; absolute.",
            json_schema_extra=IN_SIGHT,
        ),
    ]
    younger_than: Annotated[
        Duration,
        AfterValidator(_some),
        Field(alias="younger-than", description="How old the newest may be."),
    ]
    bytes: Annotated[
        int, Field(ge=0, le=1 << 60, description="How large the newest must be at least.")
    ] = 1
    root: Annotated[bool, Field(description="Look by sudo, which must not ask.")] = False


class FileFresh:
    """Looks on the target; without a target, in the observer's own file systems."""

    params: ClassVar[type[Model]] = FileFreshParams

    def observe(self, on: Access, params: FileFreshParams, cancel: Cancel) -> Reading:
        """Look once; a host that cannot be reached is ``bad``."""
        remote = on.remote or LocalRemote()
        argv = ("sh", "-c", _SCRIPT, "sh", params.glob)
        try:
            completed = remote.run(argv, cancel, root=params.root)
        except RemoteError as error:
            return unreached(error)
        if completed.exit:
            return Reading(state="unknown", note=f"it cannot be looked at: {completed.err}"[:200])
        return _judged(completed.out.rstrip("\n"), params)


def _judged(said: str, params: FileFreshParams) -> Reading:
    now, _, newest = said.partition(" ")
    if not newest:
        return Reading(state="bad", note="no file matches")
    changed, size, name = newest.split(" ", 2)
    age = int(now) - int(changed)
    fault = _fault(age, int(size), params)
    note = fault or f"{format_duration(timedelta(seconds=max(age, 0)))} old"
    return Reading(state="bad" if fault else "good", by=name[:200], note=note)


def _fault(age: int, size: int, params: FileFreshParams) -> str:
    if age < -_AHEAD:
        return f"it is of the future, by {-age} s: the clock or the file is wrong"
    if age >= params.younger_than.total_seconds():
        return f"it is {format_duration(timedelta(seconds=age))} old"
    if size < params.bytes:
        return f"it has {size} bytes only"
    return ""
