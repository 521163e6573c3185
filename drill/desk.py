"""Where people's words come in while an exercise is conducted: a socket of this machine only.

One connection carries one line of JSON each way: who says what, in which role and
by which means; then whether it counts. Nothing else is ever read from it. Whoever
may connect is trusted to have authenticated the person that it names: the same
user, or root, asked of the kernel (unix(7), ``SO_PEERCRED``).

A desk tells what it was told, and never writes the journal.
"""

import json
import os
import queue
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Annotated, Protocol, Self

from pydantic import Field, ValidationError

from drill.errors import DeskError
from drill.files import open_place, state_place
from drill.model.base import Model
from drill.model.names import RoleName, RoleRef
from drill.model.sayings import Saying

LONGEST = 64 * 1024
"""Bytes of one line."""
PATIENCE = 5.0
"""Seconds that one connection may last, whoever is slow."""
_AT_ONCE = 64
"""Connections that are served side by side; the others wait their turn."""
_CLOSED = "the exercise was closed before it was heard"
_UNHEARD = "the conductor has not answered yet: it may still count; look before saying it again"
_GONE = "who conducts it broke off; nobody knows whether it counts: look before saying it again"


class Say(Protocol):
    """Hears what a person says; ``reply`` gets why it counts for nothing, or ``""`` if it does."""

    def __call__(
        self,
        person: str,
        role: RoleName,
        saying: Saying,
        means: str,
        reply: Callable[[str], None],
        /,
    ) -> None:
        """Take it down, and return at once; ``reply`` is called when it is durable."""
        ...


class Call(Model):
    """One line to a desk."""

    person: Annotated[str, Field(min_length=1, max_length=200)]
    role: RoleRef
    means: Annotated[str, Field(max_length=40)] = ""
    saying: Saying


def uid_of(peer: socket.socket) -> int:
    """Return the user at the other end of a local connection, in the kernel's word."""
    form = "iII"  # struct ucred: pid, uid, gid
    known = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(form))
    return int(struct.unpack(form, known)[1])


class DeskServer:
    """A desk that is open while the ``with`` lasts.

    Whoever opens it holds the run's journal, so of one run there is but one conductor:
    a socket that nobody answers was left by one that died, and is replaced.
    """

    def __init__(
        self,
        place: Path,
        say: Say,
        *,
        who: Callable[[socket.socket], int] = uid_of,
        patience: float = PATIENCE,
    ) -> None:
        self._place = place
        self._say = say
        self._who = who
        self._patience = patience
        self._closed = threading.Event()
        self._last_word = {"refused": _CLOSED}
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._thread = threading.Thread(target=self._serve, name="desk", daemon=True)

    def __enter__(self) -> Self:
        """Open it.

        Raises:
            DeskError: it cannot be opened, or another conductor answers there.
        """
        try:
            self._listening = _listen_at(self._place)
        except OSError as error:
            raise DeskError(f"no desk can be opened at {self._place}: {error.strerror}") from error
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it: who still waits is told that it came too late."""
        if error is not None:
            self._last_word = {"error": _GONE}
        self._closed.set()
        with suppress(OSError):
            self._place.unlink()
        with suppress(OSError):  # wakes the thread that accepts
            self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
        until = monotonic() + self._patience
        for _ in range(_AT_ONCE):  # all who are being served have been answered
            self._free.acquire(timeout=max(0.0, until - monotonic()))

    def _serve(self) -> None:
        while not self._closed.is_set():
            self._free.acquire()
            try:
                peer, _ = self._listening.accept()
            except OSError:  # shut down, or nothing left to open: the next one may fare better
                self._free.release()
                self._closed.wait(0.1)
                continue
            threading.Thread(
                target=self._attend, args=(peer,), name="desk call", daemon=True
            ).start()

    def _attend(self, peer: socket.socket) -> None:
        try:
            with peer, suppress(OSError):  # who hangs up needs no answer
                answer = self._answer(peer, monotonic() + self._patience)
                peer.settimeout(self._patience)
                peer.sendall(json.dumps(answer).encode() + b"\n")
        finally:
            self._free.release()

    def _answer(self, peer: socket.socket, until: float) -> dict[str, str]:
        if (uid := self._who(peer)) not in {0, os.geteuid()}:
            return {"error": f"only the user who conducts it may speak here, and not user {uid}"}
        try:
            call = Call.model_validate_json(_line_from(peer, until))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            return {"error": f"not understood: {where}: {first['msg']}"}
        except _UnreadableError as error:
            return {"error": str(error)}
        return self._heard(call, until)

    def _heard(self, call: Call, until: float) -> dict[str, str]:
        replies: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._say(call.person, call.role, call.saying, call.means, replies.put)
        while (left := until - monotonic()) > 0:
            closed = self._closed.is_set()  # first: what was heard before is answered
            try:
                return {"refused": replies.get(timeout=min(left, 0.2))}
            except queue.Empty:
                if closed:
                    return self._last_word
        return {"error": _UNHEARD}


class _UnreadableError(Exception):
    """No line came that could be read."""


def _line_from(peer: socket.socket, until: float) -> bytes:
    """Read up to the end of the line, however slowly it comes."""
    line = b""
    while not line.endswith(b"\n"):
        peer.settimeout(max(0.001, until - monotonic()))
        try:
            more = peer.recv(LONGEST)
        except TimeoutError:
            raise _UnreadableError("no whole line came in time") from None
        line += more
        if len(line) > LONGEST:
            raise _UnreadableError(f"the line is longer than {LONGEST} bytes")
        if not more:
            raise _UnreadableError("the line was cut short")
    return line


def _listen_at(place: Path) -> socket.socket:
    """Listen there, in a directory that only its owner can enter.

    Raises:
        DeskError: another conductor answers there.
        OSError: it cannot be done.
    """
    directory = open_place(place.parent)
    try:
        os.fchmod(directory, 0o700)
        path = _short(directory, place)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            if os.path.lexists(path):
                _assert_abandoned(path, place)
                Path(path).unlink()
            listening.bind(path)
            listening.listen(_AT_ONCE)
        except BaseException:
            listening.close()
            raise
    finally:
        os.close(directory)
    return listening


def _short(directory: int, place: Path) -> str:
    """Return a name of the socket that fits: an address holds but 107 bytes (unix(7))."""
    return f"/proc/self/fd/{directory}/{place.name}"


def _assert_abandoned(path: str, place: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PATIENCE)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return
    raise DeskError(f"another conductor answers at {place}; end that one first")


def desk_of(journal: Path) -> Path:
    """Return where the desk of a run is: the same for whoever names its journal, and however."""
    name = sha256(os.fsencode(journal.resolve())).hexdigest()[:16]
    return state_place() / "desks" / f"{name}.sock"


def say_at(place: Path, person: str, role: RoleName, means: str, saying: Saying) -> str:
    """Say something at a desk; return why it counts for nothing, or ``""`` if it counts.

    Raises:
        DeskError: nobody is there, or nobody knows whether it was heard.
    """
    call = Call(person=person, role=role, means=means, saying=saying)
    try:
        directory = os.open(place.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            said = _asked(_short(directory, place), call.model_dump_json().encode() + b"\n")
        finally:
            os.close(directory)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise DeskError(
            "nobody conducts it now, so nobody can hear that; begin it with: drill run"
        ) from error
    except OSError as error:
        raise DeskError(f"the desk at {place}: {error.strerror or error}") from error
    return _refusal_in(said)


def _asked(path: str, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as desk:
        desk.settimeout(2 * PATIENCE)
        desk.connect(path)
        with suppress(BrokenPipeError):  # it answers before it has heard all: why is still to read
            desk.sendall(line)
        with desk.makefile("rb") as answer:
            return answer.readline(LONGEST)


def _refusal_in(said: bytes) -> str:
    try:
        answer = json.loads(said)
        if "refused" in answer:
            return str(answer["refused"])
        raise DeskError(str(answer["error"]))
    except (ValueError, TypeError, KeyError) as error:
        raise DeskError(_GONE) from error
