"""The lab's stand-in for hypervisor, rack PDU and switch: faults from outside a host.

One JSON line asks, one JSON line answers, over a unix socket. Times are
nanoseconds of CLOCK_BOOTTIME, the clock that all processes of a machine share.
"""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from drill.errors import LabError, RemoteError
from drill.model.base import Model

Verb = Literal[
    "power-off",
    "power-on",
    "shutdown",
    "replace-disk",
    "freeze",
    "keep-frozen",
    "thaw",
    "link",
    "management-link",
    "site-link",
    "observer-link",
    "state",
]


class Ask(Model):
    """A request: what to do to which hosts or sites."""

    verb: Verb
    names: tuple[str, ...] = ()
    up: bool = True
    """For each ``link``: plugged in or out."""
    seconds: Annotated[float, Field(gt=0, le=900)] | None = None
    """For ``freeze`` and ``keep-frozen``: after how long it thaws by itself; none: never."""


class Span(Model):
    """When the fabric did it (CLOCK_BOOTTIME, ns); the effect began in between."""

    began: int
    ended: int


class MachineState(Model):
    """One host as the fabric sees it."""

    power: Literal["on", "off"]
    frozen: bool = False
    thaws: bool = False
    """Whether it is frozen for a while only, and thaws by itself."""
    link: bool
    """Whether its data link is plugged in."""
    management: bool = True
    """Whether its management link is."""
    boots: int


class FabricState(Model):
    """The whole fabric."""

    hosts: Mapping[str, MachineState]
    cut: tuple[tuple[str, str], ...] = ()
    """Pairs of sites that are cut off from each other."""
    observer: bool = True
    """Whether the observer, and with it drill, is plugged in."""


class Answer(Model):
    """What came of it: done between two moments, or refused with a reason."""

    span: Span
    refused: str | None = None
    state: FabricState | None = None


class Fabric:
    """A client of one lab's fabric; each call is one connection, safe from any thread.

    Raises (each method):
        RemoteError: no answer within ``limit`` seconds, or the link was lost:
            nobody knows whether it was done.
        LabError: the fabric refused: certainly not done.
    """

    def __init__(self, socket_file: Path, *, limit: float = 10.0) -> None:
        self._socket_file = socket_file
        self._limit = limit

    def power_off(self, host: str) -> Span:
        """Cut its links, then kill it, as a power loss does; answers once both are sent."""
        return self._ask(Ask(verb="power-off", names=(host,))).span

    def power_on(self, host: str) -> Span:
        """Boot it; answers when its pid 1 runs, not when its services do."""
        return self._ask(Ask(verb="power-on", names=(host,))).span

    def shutdown(self, host: str) -> Span:
        """Press its power button: it shuts its services down by itself."""
        return self._ask(Ask(verb="shutdown", names=(host,))).span

    def replace_disk(self, host: str) -> Span:
        """Cut its power, give it an empty disk with the bare system, and boot it from that."""
        return self._ask(Ask(verb="replace-disk", names=(host,))).span

    def freeze(self, host: str, seconds: float | None = None) -> Span:
        """Stop all its processes where they are; its links stay up."""
        return self._ask(Ask(verb="freeze", names=(host,), seconds=seconds)).span

    def keep_frozen(self, host: str, seconds: float) -> Span:
        """Have it thaw only so many seconds from now; refused if it is not frozen."""
        return self._ask(Ask(verb="keep-frozen", names=(host,), seconds=seconds)).span

    def thaw(self, host: str) -> Span:
        """Let its processes go on."""
        return self._ask(Ask(verb="thaw", names=(host,))).span

    def link(self, host: str, up: bool) -> Span:
        """Plug its data link in or out; management stays."""
        return self._ask(Ask(verb="link", names=(host,), up=up)).span

    def management_link(self, host: str, up: bool) -> Span:
        """Plug its management link in or out, by which drill reaches it; data stays."""
        return self._ask(Ask(verb="management-link", names=(host,), up=up)).span

    def observer_link(self, up: bool) -> Span:
        """Plug drill itself in or out: its way to every site, and every management link."""
        return self._ask(Ask(verb="observer-link", up=up)).span

    def site_link(self, a: str, b: str, up: bool) -> Span:
        """Join or part two sites; each still reaches the observer."""
        return self._ask(Ask(verb="site-link", names=(a, b), up=up)).span

    def state(self) -> FabricState:
        """Read the actual state of everything."""
        state = self._ask(Ask(verb="state")).state
        if state is None:
            raise RemoteError(f"fabric {self._socket_file}: answered without its state")
        return state

    def _ask(self, ask: Ask) -> Answer:
        try:
            answer = Answer.model_validate_json(
                self._exchange(ask.model_dump_json(exclude_none=True).encode())
            )
        except OSError as error:
            raise RemoteError(f"fabric {self._socket_file}: {ask.verb}: {error}") from error
        except ValidationError as error:
            raise RemoteError(f"fabric {self._socket_file}: {ask.verb}: cut short") from error
        if answer.refused is not None:
            raise LabError(f"lab: {ask.verb} {' '.join(ask.names)}: {answer.refused}")
        return answer

    def _exchange(self, line: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(self._limit)
            self._connect(link)
            link.sendall(line + b"\n")
            with link.makefile("rb") as answers:
                return answers.readline()

    def _connect(self, link: socket.socket) -> None:
        """Connect by way of the directory: a socket's address ends at 107 bytes (unix(7))."""
        directory = os.open(self._socket_file.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            link.connect(f"/proc/self/fd/{directory}/{self._socket_file.name}")
        finally:
            os.close(directory)
