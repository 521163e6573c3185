"""The deny-list: what is never touched, whatever else allows it.

One line names hosts: by a name or an address, by a pattern of either as the shell
has them (``dc-*``, ``10.0.?.1``), or by a network (``10.20.0.0/16``). Empty lines
and what follows a ``#`` say nothing. There are two files, the machine's and this
user's; one that is not there denies nothing, and one that cannot be read or
understood denies everything: it fails closed. They are read anew at each
question, so a line that is added while an exercise runs counts at once.
Removing a fault is never denied.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from drill.errors import RefusedError, SafetyError
from drill.files import read_plain
from drill.model.problem import Place, Problem, ScenarioProblemsError, render
from drill.model.targets import Target

MACHINE = Path("/etc/drill/deny")
_MOST = 1 << 20
"""Bytes of a file."""


def deny_files() -> tuple[Path, Path]:
    """Return where deny-lists are: the machine's, and this user's (XDG base directories)."""
    chosen = os.environ.get("XDG_CONFIG_HOME")
    return MACHINE, (Path(chosen) if chosen else Path.home() / ".config") / "drill" / "deny"


class DeniedError(ScenarioProblemsError):
    """A plan touches what must never be touched; each problem names the host and the line."""

    exit_status = SafetyError.exit_status


@dataclass(frozen=True, slots=True)
class Denial:
    """One line of a deny-list."""

    where: Place
    pattern: str
    network: IPv4Network | IPv6Network | None

    def covers(self, name: str, addresses: Sequence[str]) -> bool:
        """Tell whether it means this host."""
        pattern = self.pattern.lower()
        if any(fnmatchcase(word.lower(), pattern) for word in (name, *addresses)):
            return True
        return self.network is not None and any(_within(self.network, one) for one in addresses)


@dataclass(frozen=True, slots=True)
class DenyList:
    """All that is denied on this machine."""

    files: Sequence[Path]

    def denial_of(self, name: str, *addresses: str) -> Denial | None:
        """Return the first line that denies a host, if one does.

        Raises:
            SafetyError: a file cannot be read, or a line not understood.
        """
        return next((one for one in self._denials() if one.covers(name, addresses)), None)

    def problems_of(self, targets: Iterable[Target]) -> tuple[Problem, ...]:
        """Return a problem for each target that is denied.

        Raises:
            SafetyError: a file cannot be read, or a line not understood.
        """
        found = ((one, self.denial_of(one.name, one.address)) for one in targets)
        return tuple(
            Problem(
                where=denial.where,
                what=f"{target.name} ({target.address}) must not be touched: this line denies it",
                cure="the deny-list wins over everything; leave the target out of the scenario",
            )
            for target, denial in found
            if denial is not None
        )

    def assert_open(self, name: str, *addresses: str) -> None:
        """Refuse to touch a host that is denied.

        Raises:
            RefusedError: it is; or nobody can tell.
        """
        try:
            denial = self.denial_of(name, *addresses)
        except SafetyError as error:
            raise RefusedError(f"{name} is not touched: {error}") from error
        if denial is not None:
            where = f"{denial.where.path}:{denial.where.line}"
            raise RefusedError(f"{name} must not be touched: {where} denies {denial.pattern!r}")

    def _denials(self) -> Iterator[Denial]:
        for path in self.files:
            for number, line in enumerate(_lines(path), 1):
                if pattern := line.partition("#")[0].strip():
                    yield _denial(path, number, line, pattern)


def _lines(path: Path) -> list[str]:
    try:
        path.lstat()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unread(path, error.strerror) from error
    try:
        return read_plain(path, _MOST).decode().splitlines()
    except OSError as error:
        raise _unread(path, error.strerror) from error
    except UnicodeDecodeError as error:
        raise _unread(path, "it is not UTF-8") from error


def _unread(path: Path, why: str | None) -> SafetyError:
    return SafetyError(f"the deny-list {path} cannot be read: {why}; nothing is touched before")


def _denial(path: Path, number: int, line: str, pattern: str) -> Denial:
    where = Place(
        path=str(path),
        line=number,
        column=line.index(pattern) + 1,
        width=len(pattern),
        source=line,
    )
    try:
        return Denial(where, pattern, ip_network(pattern, strict=False))
    except ValueError:
        if "/" not in pattern and len(pattern.split()) == 1:
            return Denial(where, pattern, None)
    what = f"{pattern!r} is neither a name, a pattern nor a network; nothing is touched before"
    raise SafetyError(render(Problem(where=where, what=what, cure="write one host a line")))


def _within(network: IPv4Network | IPv6Network, word: str) -> bool:
    """Tell whether an address is in a network; of a name nobody can tell, so it is."""
    try:
        address = ip_address(word)
    except ValueError:
        return True
    return (getattr(address, "ipv4_mapped", None) or address) in network
