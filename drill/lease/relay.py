"""A relay in userspace: what it passes on, it passes on later. No kernel module is needed.

nftables leads new connections to it (redirect, nft(8)); the kernel tells it
whither they were meant (SO_ORIGINAL_DST), and there, on this host, it connects.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from typing import Callable

from drill.lease.machine import Machine

ORIGINAL_DESTINATION = 80
"""The socket option, of IPv4 and of IPv6 (linux/netfilter_ipv4.h)."""
RELAY_LOOK = 0.5
"""Seconds between two looks at the lease."""
RELAY_GRACE = 30.0
"""Seconds for which it goes on after the lease: whoever is still led to it would find nobody."""
RELAY_PIECE, RELAY_PIECES = 1 << 16, 256
"""Bytes that are read at once; pieces that are on their way in one direction."""

Wait = Callable[[], float]
"""Returns for how many seconds the next piece is on its way."""


def hog_relay(machine: Machine, lasts: Callable[[], bool], amount: str) -> None:
    """Be a relay on a port, which adds a delay, give or take a jitter, to a round trip."""
    del machine
    port, delay, jitter = (int(each) for each in amount.split(","))

    def wait() -> float:  # half of it each way, in seconds
        chance = int.from_bytes(os.urandom(2), "big") / 0xFFFF * 2 - 1
        return max(0.0, delay + jitter * chance) / 2000

    asyncio.run(relayed(port, wait, lasts))


async def relayed(port: int, wait: Wait, lasts: Callable[[], bool]) -> None:
    """Take connections as long as the lease lasts, and until nobody is led here any more."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await taken_on(reader, writer, port, wait)
        writer.close()

    servers = [await asyncio.start_server(take, "0.0.0.0", port)]  # noqa: S104  redirected to any
    with contextlib.suppress(OSError):  # a host may have no IPv6
        servers.append(await asyncio.start_server(take, "::", port))
    over = 0.0
    while over < RELAY_GRACE:
        await asyncio.sleep(RELAY_LOOK)
        over = 0.0 if lasts() else over + RELAY_LOOK
    for server in servers:
        server.close()


async def taken_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, wait: Wait
) -> None:
    """Join one connection to the service that it was meant for."""
    address, meant = meant_for(writer.get_extra_info("socket"))
    if meant == port:  # nobody was redirected: somebody just asked the relay itself
        return
    inner, outer = await asyncio.open_connection(address, meant)
    try:
        await asyncio.gather(passed_on(reader, outer, wait), passed_on(inner, writer, wait))
    finally:
        outer.close()


async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wait: Wait) -> None:
    """Pass on what comes, each piece later, in order, to its end."""
    clock = asyncio.get_running_loop().time
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(RELAY_PIECES)

    async def send() -> None:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not piece:
                writer.write_eof()
                return
            writer.write(piece)
            await writer.drain()

    sending, piece = asyncio.ensure_future(send()), b"-"
    try:
        while piece:
            piece = await reader.read(RELAY_PIECE)
            await pieces.put((clock() + wait(), piece))
        await sending
    finally:
        sending.cancel()


def meant_for(link: socket.socket) -> tuple[str, int]:
    """Return the address and port that a connection was meant for, before it was redirected."""
    if link.family == socket.AF_INET6:
        said = link.getsockopt(socket.IPPROTO_IPV6, ORIGINAL_DESTINATION, 28)
        return socket.inet_ntop(socket.AF_INET6, said[8:24]), struct.unpack("!H", said[2:4])[0]
    said = link.getsockopt(socket.IPPROTO_IP, ORIGINAL_DESTINATION, 16)
    return socket.inet_ntop(socket.AF_INET, said[4:8]), struct.unpack("!H", said[2:4])[0]
