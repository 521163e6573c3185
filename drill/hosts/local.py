"""Commands on this machine, under the same contract as on a target's."""

import os
import selectors
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from drill.errors import RemoteError, StoppedError
from drill.hosts.group import elevated, ending
from drill.hosts.output import Kept
from drill.ports import Cancel, Completed

_SLICE = 0.1
_CHUNK = 1 << 16

Piece = Callable[[bytes], object]
"""Takes in a piece of a stream as it comes."""


class LocalRemote:
    """A :class:`~drill.ports.Remote` for the observer's own machine, and for tests."""

    def run(
        self, argv: Sequence[str], cancel: Cancel, *, stdin: bytes = b"", root: bool = False
    ) -> Completed:
        """Run ``argv`` to its end; see :meth:`drill.ports.Remote.run`."""
        root = root and os.geteuid() != 0
        out, err = Kept(), Kept()
        with spawned(elevated(argv, root), stdin) as child:
            if not follow(child, out.add, err.add, cancel):
                end(child, root)
                raise StoppedError(f"told to stop; process group {child.pid} was ended")
        return Completed(child.returncode, out.text(), err.text())


@contextmanager
def spawned(
    argv: Sequence[str],
    stdin: bytes,
    environment: Mapping[str, str] | None = None,
    place: Path | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start ``argv`` as the leader of its own process group, reading ``stdin``.

    Raises:
        RemoteError: it cannot be started.
    """
    with ExitStack() as lent:
        given = lent.enter_context(_file(stdin)) if stdin else subprocess.DEVNULL
        try:
            child = subprocess.Popen(
                argv,
                bufsize=0,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=place,
                start_new_session=True,
            )
        except OSError as error:
            raise RemoteError(f"{argv[0]} cannot be started: {error}") from error
    with child:
        yield child


@contextmanager
def _file(stdin: bytes) -> Iterator[IO[bytes]]:
    """Lend what is read as a file, so that no reader who is slow can block us."""
    with TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        yield given


def end(child: "subprocess.Popen[bytes]", root: bool = False) -> None:
    """End the process group of ``child``, politely first, and wait until it is gone.

    Raises:
        RemoteError: something of it is left.
    """
    # Reaped only afterwards: until then no other group can get its number.
    gone = subprocess.run(ending(child.pid, root), capture_output=True, check=False)
    if gone.returncode:
        raise RemoteError(f"told to stop, but process group {child.pid} could not be ended")


def follow(child: "subprocess.Popen[bytes]", out: Piece, err: Piece, cancel: Cancel) -> bool:
    """Hear ``child`` out; tell whether it ended before ``cancel`` came.

    What a daemon that it left behind writes after its end is not waited for.
    """
    with selectors.PollSelector() as selector, _end_of(child) as gone:
        selector.register(gone, selectors.EVENT_READ)
        for stream, piece in ((child.stdout, out), (child.stderr, err)):
            selector.register(stream or 0, selectors.EVENT_READ, piece)
        over = False
        while not cancel.requested():
            ready = selector.select(0 if over else _SLICE)
            if over and not ready:
                break
            for key, _ in ready:
                if key.fd == gone:
                    over = True
                if key.fd == gone or not _heard(key):
                    selector.unregister(key.fd)
    return child.poll() is not None


def _heard(key: selectors.SelectorKey) -> bool:
    """Hand on what came; tell whether more can."""
    data = os.read(key.fd, _CHUNK)
    key.data(data)
    return bool(data)


@contextmanager
def _end_of(child: "subprocess.Popen[bytes]") -> Iterator[int]:
    """Lend a descriptor that can be read when ``child`` has ended (pidfd_open(2))."""
    descriptor = os.pidfd_open(child.pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
