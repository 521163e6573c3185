"""``files.ledger``: numbered files, written as an application writes what it must not lose.

Each canary is a file of its own: written, then flushed to the disk together with
the directory that names it (fsync(2)). It is found by what the file says, not by
its name: an empty or torn file is a loss. A directory is one that the observer
has mounted, or ``ssh://user@host:port/directory`` on a host.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import override

from drill.errors import RemoteError
from drill.hosts.local import LocalRemote
from drill.hosts.ssh import SshRemote
from drill.model.base import Model
from drill.ports import Canary, Cancel, Completed, Receipted, Remote, SshLogin
from drill.probes.canaries import Found, LedgerParams, Store, StoreLedger, found_of

_MAKE = 'mkdir -p -- "$1" && sync -- "$1" "$1/.."'

_WRITE = """
file=$(mktemp "$1/$2.XXXXXX") || exit 10
cat >"$file" || { rm -f -- "$file" && exit 10; exit 11; }
sync -- "$file" "$1" || exit 11
uname -n
"""
_REFUSED = 10
"""Exit status: there is no file, or none that says anything. Of any other nobody knows."""

_READ = """
[ -d "$1" ] || { echo none; exit; }
find "$1" -type f -exec cat -- {} + && printf '\\nend\\n'
"""

_WHOLE = re.compile(r"(\d+) (\d+) \.")
"""What a file says between two line ends; the full stop tells that nothing is missing."""


def _place(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"", "ssh"} or not parts.path.startswith("/") or "\0" in address:
        raise ValueError("a directory is absolute, or written like ssh://user@10.20.0.11/srv/data")
    if (parts.scheme and not (parts.username and parts.hostname)) or parts.password:
        raise ValueError("over SSH a directory names the user and the host, and no password")
    _ = parts.port  # raises where it is no port
    return address


class FilesLedgerParams(LedgerParams):
    """What ``files.ledger`` is told."""

    directory: Annotated[
        str,
        AfterValidator(_place),
        Field(description="Where the service's files are written; there must be room."),
    ]
    key: Annotated[str, Field(description="The SSH key's file, where a directory is remote.")] = ""
    known_hosts: Annotated[
        str, Field(alias="known-hosts", description="The file of the hosts' pinned keys.")
    ] = ""

    @model_validator(mode="after")
    def _can_be_reached(self) -> "FilesLedgerParams":
        places = (self.directory, *map(_place, self.nodes.values()))
        if any(place.startswith("ssh:") for place in places) and not (
            self.key and self.known_hosts
        ):
            raise ValueError("over SSH it needs key and known-hosts")
        return self


class FilesLedger(StoreLedger[FilesLedgerParams]):
    """One file a canary, in a directory of the run."""

    params: ClassVar[type[Model]] = FilesLedgerParams
    troubles: ClassVar[tuple[type[Exception], ...]] = (OSError, RemoteError)

    @override
    def write_path(self, params: FilesLedgerParams) -> str:
        return params.directory

    @override
    def reach(self, params: FilesLedgerParams, address: str, cancel: Cancel) -> Store:
        place = urlsplit(address)
        if not place.scheme:
            return FileStore(LocalRemote(), place.path)
        remote = SshRemote(_login(params, place))
        try:
            remote.run(("true",), cancel)  # where this fails, nothing was sent
        except BaseException:
            remote.close()
            raise
        return FileStore(remote, place.path, remote.close)


def _login(params: FilesLedgerParams, place: SplitResult) -> SshLogin:
    return SshLogin(
        host=place.hostname or "",
        port=place.port or 22,
        user=place.username or "",
        key=Path(params.key),
        known_hosts=Path(params.known_hosts),
    )


class FileStore:
    """A :class:`~drill.probes.canaries.Store` in a directory, through a shell."""

    def __init__(
        self, remote: Remote, directory: str, close: Callable[[], None] = lambda: None
    ) -> None:
        self._remote = remote
        self._directory = directory
        self.close = close

    def usable(self) -> bool:
        """Tell so always: a shell that lost its link opens a new one by itself."""
        return True

    def make(self, run: str, cancel: Cancel) -> None:
        """Make the run's directory.

        Raises:
            OSError: it cannot be made.
        """
        made = self._sh(_MAKE, (self._of(run),), cancel)
        if made.exit:
            raise OSError(made.err.strip() or f"exit status {made.exit}")

    def write(self, canary: Canary, cancel: Cancel) -> Receipted:
        """Write one file, and flush it and its name."""
        words = (self._of(canary.run), f"{canary.ticket}-{canary.n}")
        text = f"\n{canary.ticket} {canary.n} .\n"
        wrote = self._sh(_WRITE, words, cancel, text.encode())
        note = wrote.err.strip()[:200] or f"exit status {wrote.exit}"
        if wrote.exit == _REFUSED:
            return Receipted("fail", note=note)
        if wrote.exit:
            return Receipted("info", note=note)
        return Receipted("ok", by=wrote.out.strip())

    def read(self, run: str, written: str, cancel: Cancel) -> Found:
        """Read what every file says.

        Raises:
            OSError: one cannot be read, or they are too many.
        """
        del written  # files have no position
        lines = self._sh(_READ, (self._of(run),), cancel).out.splitlines()
        if lines == ["none"]:
            return Found(note="it has no ledger")
        if lines[-1:] != ["end"]:
            raise OSError("not all of the files could be read")
        said = [line for line in lines[:-1] if line]
        whole = [match for line in said if (match := _WHOLE.fullmatch(line))]
        torn = len(said) - len(whole)
        note = f"{torn} torn files" if torn else ""
        return found_of(((int(m[1]), int(m[2])) for m in whole), note)

    def remove(self, run: str, cancel: Cancel) -> None:
        """Remove the run's directory.

        Raises:
            OSError: something of it is left.
        """
        removed = self._remote.run(("rm", "-r", "-f", "--", self._of(run)), cancel)
        if removed.exit:
            raise OSError(removed.err.strip())

    def _of(self, run: str) -> str:
        return f"{self._directory.rstrip('/')}/drill-ledger-{re.sub(r'[^A-Za-z0-9.-]', '_', run)}"

    def _sh(
        self, script: str, words: Sequence[str], cancel: Cancel, stdin: bytes = b""
    ) -> Completed:
        return self._remote.run(("sh", "-c", script, "sh", *words), cancel, stdin=stdin)
