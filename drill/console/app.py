"""The console as a server: beside whoever conducts, on a thread of its own."""

import asyncio
import ipaddress
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import sleep

import uvicorn

from drill.console.admission import Admission, alone
from drill.console.feed import Feed
from drill.console.guard import LOOPBACK, Guard, Names
from drill.console.look import Pages
from drill.console.room import Room, Say
from drill.console.routes import router
from drill.console.seats import seats_of
from drill.console.static import shipped
from drill.engine.clock import SystemClock
from drill.errors import DrillError, UsageError
from drill.files import state_place
from drill.model.names import RoleName

PORT = 8737
_LOOPBACK = "127.0.0.1"
_GRACE = 2
"""Seconds that open connections have to end when the console ends."""


@dataclass(frozen=True)
class Address:
    """Where the console listens, and by which names it is reached."""

    listen: str = _LOOPBACK
    """An address of this machine."""
    port: int = PORT
    """0: any that is free."""
    hosts: tuple[str, ...] = ()
    """Names by which people reach it, besides those of this machine to itself."""
    https: bool = False
    """A proxy before it speaks TLS; links then begin with https, and name no port."""

    @property
    def is_local(self) -> bool:
        """Tell whether nobody else's machine reaches it."""
        return _ip(self.listen).is_loopback


@dataclass(frozen=True)
class Served:
    """A console that is there."""

    url: str
    port: int
    """On which it listens."""
    links: dict[str, str]
    """Each seat's link: whoever has it sits there."""


@contextmanager
def serving(
    journal: Path,
    say: Say,
    roles: Iterable[RoleName],
    pages: Pages,
    address: Address | None = None,
) -> Iterator[Served]:
    """Hold a console open for an exercise.

    Args:
        journal: what it shows; it may begin later.
        say: takes down what people say.
        roles: the participants' roles; the staff's seats are always there.
        pages: what people see.
        address: where to listen; none: the usual port, on this machine only.

    Raises:
        UsageError: it cannot listen there, another console shows the same exercise, or what it
            keeps cannot be read or written.
    """
    address = address or Address()
    names = _names(address)
    place = kept_at(journal)
    with _listening(address) as listener, alone(place):
        port = listener.getsockname()[1]
        url = _url(address, port)
        clock = SystemClock()
        admission = Admission(place, seats_of(roles), lambda: clock.now().wall)
        room = Room(
            names=names,
            url=url,
            cookie=("__Host-" if names.https else "") + f"drill-{place.stem}",
            admission=admission,
            feed=Feed(journal, clock.now, pages),
            pages=pages,
            say=say,
            files=shipped(),
        )
        room.renew()
        with _running(room, listener):
            yield Served(url, port, room.links())


def kept_at(journal: Path) -> Path:
    """Return where it is kept who may come in to an exercise."""
    name = sha256(os.fsencode(journal.resolve())).hexdigest()[:16]
    return state_place() / "consoles" / f"{name}.json"


@contextmanager
def _running(room: Room, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(
            Guard(router(room), room.names),
            log_config=None,
            log_level="critical",
            access_log=False,  # a link is a credential
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=_GRACE,
        )
    )

    async def work() -> None:
        room.feed.begin()
        await server.serve([listener])

    thread = threading.Thread(target=asyncio.run, args=(work(),), name="console", daemon=True)
    thread.start()
    try:
        while thread.is_alive() and not server.started:
            sleep(0.01)
        if not server.started:
            raise DrillError("the console did not start; what it printed says why")
        yield
    finally:
        room.feed.end()
        server.should_exit = True
        thread.join()


def _names(address: Address) -> Names:
    """Return the names that requests may come by.

    Raises:
        UsageError: nobody would reach it by the names given, or none is given.
    """
    ip = _ip(address.listen)
    if address.is_local and address.hosts and not address.https:
        raise UsageError(
            f"--host {address.hosts[0]}: drill listens on this machine only, where nobody reaches "
            "it by that name; give --listen ADDRESS, or --https if a proxy stands before it"
        )
    if ip.is_unspecified and not address.hosts:
        raise UsageError(
            f"--listen {address.listen}: on every address of this machine, so say by which name "
            "people reach it: --host NAME"
        )
    return Names(
        LOOPBACK | {_in_url(address.listen), *map(str.lower, address.hosts)}, address.https
    )


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise UsageError(f"--listen {text}: write an address of this machine") from error


def _in_url(listen: str) -> str:
    return f"[{listen}]" if ":" in listen else listen


def _url(address: Address, port: int) -> str:
    host = address.hosts[0] if address.hosts else _in_url(address.listen)
    return f"https://{host}" if address.https else f"http://{host}:{port}"


def _listening(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.listen else socket.AF_INET
    try:
        listener = socket.create_server((address.listen, address.port), family=family)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {address.listen} port {address.port}: {error.strerror}; "
            "choose another with --port"
        ) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms
    return listener
