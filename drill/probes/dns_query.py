"""``dns.query``: what name servers say now, asked afresh.

Each question is a new one, with an unpredictable id from an unpredictable port
(RFC 5452), sent once, to the servers that are named: no cache on the observer
stands between. A name server's own cache does, as it does for its clients; to
see the zone itself, name its authoritative servers and set ``authoritative``.
"""

import socket
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
from pydantic import AfterValidator, Field, model_validator

from drill.model.base import Model
from drill.ports import Access, Cancel, Reading
from drill.probes.net import ServerAddress, judged, reading_of
from drill.probes.timed import Shorter, time_left


def _name(text: str) -> str:
    try:
        dns.name.from_text(text)
    except dns.exception.DNSException as error:
        raise ValueError(f"no name: {error}") from error
    return text


class DnsQueryParams(Model):
    """What ``dns.query`` is told."""

    name: Annotated[str, AfterValidator(_name), Field(min_length=1, description="The name.")]
    type: Annotated[
        Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"],
        Field(description="The type of the records."),
    ] = "A"
    servers: Annotated[
        tuple[ServerAddress, ...],
        Field(
            max_length=16,
            description="Addresses of name servers; none: those of the observer's own resolv.conf.",
        ),
    ] = ()
    port: Annotated[int, Field(ge=1, le=65535, description="Where they listen.")] = 53
    need: Annotated[
        Literal["all", "any"],
        Field(description="Whether every server must answer well, or one of them."),
    ] = "all"
    transport: Annotated[
        Literal["udp", "tcp"],
        Field(description="How it is asked; what is too long for udp is asked again by tcp."),
    ] = "udp"
    authoritative: Annotated[
        bool,
        Field(description="Ask without recursion, and want the word of an authoritative server."),
    ] = False
    rcode: Annotated[
        Literal["NOERROR", "NXDOMAIN", "REFUSED"], Field(description="The answer's code.")
    ] = "NOERROR"
    expect: Annotated[
        tuple[str, ...] | None,
        Field(
            max_length=64,
            description="Exactly these records, in any order, as in a zone file; "
            "left out: at least one, whatever it says.",
        ),
    ] = None

    @model_validator(mode="after")
    def _can_be_said(self) -> "DnsQueryParams":
        try:
            _wanted(self.expect or (), self.type)
        except (dns.exception.DNSException, ValueError) as error:
            raise ValueError(f"expect: no {self.type} record: {error}") from error
        return self


class DnsQuery:
    """Asks each server once."""

    params: ClassVar[type[Model]] = DnsQueryParams

    def observe(
        self,
        on: Access,  # noqa: ARG002 - the servers say where
        params: DnsQueryParams,
        cancel: Cancel,
    ) -> Reading:
        """Look once; the first server that decides it is named."""
        try:
            servers = params.servers or _own_servers()
        except (dns.exception.DNSException, OSError) as error:
            return Reading(state="unknown", note=f"the observer's resolv.conf: {error}"[:200])
        reading = Reading(state="unknown", note="there is no name server to ask")
        for number, server in enumerate(servers):
            # one that is silent leaves the others their share of the time
            share = 1 if params.need == "all" else len(servers) - number
            reading = _asked(server, params, Shorter(cancel, cancel.remaining() / share))
            if (reading.state == "good") == (params.need == "any"):
                break
        return reading


def _own_servers() -> tuple[str, ...]:
    resolver = dns.resolver.Resolver()
    return tuple(str(server) for server in resolver.nameservers)


def _asked(server: str, params: DnsQueryParams, cancel: Cancel) -> Reading:
    question = dns.message.make_query(params.name, params.type)
    if params.authoritative:
        question.flags &= ~dns.flags.RD
    try:
        answer = _answer(question, server, params, cancel)
    except dns.exception.Timeout:
        return Reading(state="bad", note=f"{server}: no answer in time")
    except dns.exception.DNSException as error:
        return Reading(state="bad", note=f"{server}: {error}"[:200])
    except OSError as error:
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        return reading_of(judged(error, family, (server, params.port)))
    fault = _fault(answer, params)
    note = f"{server}: {fault}"[:200] if fault else ""
    return Reading(state="bad" if fault else "good", by=server, note=note)


def _answer(
    question: dns.message.Message, server: str, params: DnsQueryParams, cancel: Cancel
) -> dns.message.Message:
    """Ask; forged answers (another id, another sender) are ignored, and the wait goes on."""
    where, port = server, params.port
    if params.transport == "udp":
        try:
            return dns.query.udp(
                question,
                where,
                time_left(cancel),
                port,
                ignore_unexpected=True,
                ignore_errors=True,
                raise_on_truncation=True,
            )
        except dns.message.Truncated:
            pass
    return dns.query.tcp(question, where, time_left(cancel), port)


def _fault(answer: dns.message.Message, params: DnsQueryParams) -> str:
    """Return what is wrong with the answer, or nothing."""
    if (code := dns.rcode.to_text(answer.rcode())) != params.rcode:
        return code
    if params.authoritative and not answer.flags & dns.flags.AA:
        return "it does not speak with authority for this name"
    found = _records(answer, params.type)
    if params.expect is None:
        return "" if found or params.rcode != "NOERROR" else f"no {params.type} record"
    if found == _wanted(params.expect, params.type):
        return ""
    return f"it says {', '.join(sorted(found)) or 'nothing'}"


def _records(answer: dns.message.Message, kind: str) -> set[str]:
    """Return the records of the asked type, wherever aliases led to."""
    wanted = dns.rdatatype.from_text(kind)
    return {
        record.to_text().lower()
        for records in answer.answer
        if records.rdtype == wanted
        for record in records
    }


def _wanted(texts: Iterable[str], kind: str) -> set[str]:
    """Return what is expected as the library would word it."""
    return {
        dns.rdata.from_text("IN", kind, text, dns.name.root, relativize=False).to_text().lower()
        for text in texts
    }
