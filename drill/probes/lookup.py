"""Names asked afresh of chosen name servers, in their order, as a client does that names them.

A server that is silent costs its share of the time, and the next one is asked; one that
answers is believed, whatever it says (resolv.conf(5)).
"""

import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from dns.exception import DNSException
from dns.resolver import NoAnswer, Resolver

from drill.ports import Cancel
from drill.probes.net import Resolve

_KINDS = (("A", socket.AF_INET), ("AAAA", socket.AF_INET6))


def asking(servers: Sequence[str], cancel: Cancel, at: int = 53) -> Resolve:
    """Return what stands for ``socket.getaddrinfo``: a question to ``servers``, without a cache.

    They listen at port ``at``. Raises ``socket.gaierror`` where they know no address, or
    none of them answers.
    """

    def resolve(host: str, port: int, *, type: socket.SocketKind) -> Sequence[Any]:  # noqa: A002 - its name there
        if _is_address(host):
            return socket.getaddrinfo(host, port, type=type)
        return [
            (family, type, 0, "", (each, port))
            for family, each in _found(host, _resolver(servers, at, cancel), cancel)
        ]

    return resolve


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _resolver(servers: Sequence[str], at: int, cancel: Cancel) -> Resolver:
    made = Resolver(configure=False)
    made.nameservers, made.port = list(servers), at
    made.timeout = cancel.remaining() / (len(servers) + 1)  # a share is left to use the answer
    return made


def _found(host: str, asked: Resolver, cancel: Cancel) -> list[tuple[int, str]]:
    for kind, family in _KINDS:
        try:
            answer = asked.resolve(host, kind, search=False, lifetime=max(cancel.remaining(), 0.0))
        except NoAnswer:
            continue
        except DNSException as error:
            words = " ".join(str(error).split())[:150]
            raise socket.gaierror(socket.EAI_NONAME, words) from error
        return [(family, str(record)) for record in answer]
    raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address")
