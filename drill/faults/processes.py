"""Processes on a target, told apart by process id *and* start time (proc(5))."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, JsonValue, TypeAdapter, model_validator

from drill.errors import RefusedError
from drill.faults.lifeline import spare_lifeline
from drill.faults.units import UnitName, unit_of
from drill.model.base import Model
from drill.ports import Cancel, Remote

MOST = 500
"""Processes a fault may touch."""

_KEYS = TypeAdapter(tuple[tuple[int, int], ...])

_STATE, _STARTED = 0, 19
"""Fields of ``/proc/PID/stat`` after the name in parentheses: the 3rd and the 22nd of all."""


class Chosen(Model):
    """Which processes: those of a unit, or those of a name."""

    unit: UnitName | None = None
    name: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9_.:+][A-Za-z0-9_.:+-]*$",
            max_length=15,
            description="The exact name of the process, as the kernel knows it.",
        ),
    ] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.unit is None) == (self.name is None):
            raise ValueError("choose by `unit` or by `name`, not both")
        return self

    @property
    def text(self) -> str:
        """Return what was chosen, for messages."""
        return self.unit or f"processes named {self.name}"


@dataclass(frozen=True, slots=True)
class Process:
    """One process; ``state`` is the kernel's letter, T is stopped, Z is dead."""

    pid: int
    started: int
    state: str

    @property
    def key(self) -> tuple[int, int]:
        """Return what no later process has in common with this one, until the next boot."""
        return self.pid, self.started


def chosen(remote: Remote, which: Chosen, cancel: Cancel) -> tuple[Process, ...]:
    """Return the living processes that ``which`` means, now.

    Raises:
        RefusedError: they are drill's own lifeline, or too many.
    """
    spare_lifeline(which.unit or which.name or "")
    if which.unit is not None:
        pids = _of_unit(remote, which.unit, cancel)
    else:
        pids = _numbers(remote.run(["pgrep", "-x", "--", which.name or ""], cancel).out)
    if len(pids) > MOST:
        raise RefusedError(f"{which.text}: {len(pids)} processes, more than {MOST}")
    return tuple(p for p in look(remote, pids, cancel) if p.pid > 1 and p.state not in "ZX")


def _of_unit(remote: Remote, name: str, cancel: Cancel) -> Sequence[int]:
    cgroup = unit_of(remote, name, cancel).cgroup
    if not cgroup:
        return ()
    # Which of them is there depends on the cgroup version, and on systemd's mode.
    roots = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")
    files = [f"{root}{cgroup}/cgroup.procs" for root in roots]
    return sorted(set(_numbers(remote.run(["cat", "--", *files], cancel).out)))


def look(remote: Remote, pids: Collection[int], cancel: Cancel) -> tuple[Process, ...]:
    """Return those of ``pids`` that there are."""
    if not pids:
        return ()
    stats = remote.run(["cat", "--", *(f"/proc/{pid}/stat" for pid in pids)], cancel)
    return tuple(_process(line) for line in stats.out.splitlines() if ")" in line)


def _process(stat: str) -> Process:
    pid, _, rest = stat.partition(" ")
    fields = rest.rpartition(")")[2].split()
    return Process(int(pid), int(fields[_STARTED]), fields[_STATE])


def signal(remote: Remote, name: str, processes: Collection[Process], cancel: Cancel) -> None:
    """Send a signal; one that is gone in between is no error."""
    if processes:
        pids = [str(process.pid) for process in processes]
        remote.run(["kill", f"-{name}", "--", *pids], cancel, root=True)


def unit_owning(remote: Remote, process: Process, cancel: Cancel) -> str:
    """Return the service whose cgroup a process is in; empty: none."""
    told = remote.run(["cat", "--", f"/proc/{process.pid}/cgroup"], cancel)
    names = (part for line in told.out.splitlines() for part in line.split("/"))
    return next((name for name in names if name.endswith(".service")), "")


def written(processes: Collection[Process]) -> JsonValue:
    """Return processes the way a receipt keeps them."""
    return [[process.pid, process.started] for process in processes]


def keys_in(value: JsonValue) -> frozenset[tuple[int, int]]:
    """Return the keys that a receipt keeps."""
    return frozenset(_KEYS.validate_python(value))


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split() if word.isdigit()]
