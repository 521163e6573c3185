"""``rabbitmq.ledger``: persistent messages in a durable queue, each confirmed by the broker.

A confirm (publisher confirms, a RabbitMQ extension of AMQP 0-9-1) says that the
broker has taken responsibility; nothing else does. A nack is no proof of the
contrary, so it counts as unknown. Messages are read without being taken: they
are given back, so one reader reads at a time. Every node of a cluster shows the
same queue; two that show different ones are a split brain.
"""

import select
import threading
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import SplitResult, unquote, urlsplit

import amqp
from amqp.exceptions import AMQPError, MessageNacked
from amqp.transport import TCPTransport
from pydantic import AfterValidator, Field
from typing_extensions import override

from drill.model.base import Model
from drill.ports import Canary, Cancel, Receipted
from drill.probes.canaries import Found, LedgerParams, Store, StoreLedger, found_of
from drill.probes.net import connect
from drill.probes.timed import TimedSocket, time_left

_PORT = 5672
_NO_QUEUE = 404
_REFUSALS = frozenset({312, 403, _NO_QUEUE})
"""Reply codes that prove that no queue took the message: no route, not allowed, not there."""

_OFTEN = 1_000_000
"""How often a message may be read and given back: from RabbitMQ 4 on, the limit is 20."""

_AGAIN = 0.02
"""Seconds between two looks at how many messages a queue has."""


def _amqp(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "amqp" or not parts.hostname or not parts.username:
        raise ValueError("a URL is written like amqp://user:password@10.20.0.11:5672/vhost")
    _ = parts.port  # raises where it is no port
    return url


class RabbitmqLedgerParams(LedgerParams):
    """What ``rabbitmq.ledger`` is told."""

    url: Annotated[
        str,
        AfterValidator(_amqp),
        Field(description="Where the service publishes, without TLS; a secret."),
    ]
    type: Annotated[
        Literal["quorum", "classic"],
        Field(description="The queue's type: that of the service's own queues."),
    ] = "quorum"


class RabbitmqLedger(StoreLedger[RabbitmqLedgerParams]):
    """One message a canary."""

    params: ClassVar[type[Model]] = RabbitmqLedgerParams
    troubles: ClassVar[tuple[type[Exception], ...]] = (OSError, AMQPError)

    def __init__(self) -> None:
        super().__init__()
        self._one_reader = threading.Lock()

    @override
    def write_path(self, params: RabbitmqLedgerParams) -> str:
        return params.url

    @override
    def reach(self, params: RabbitmqLedgerParams, address: str, cancel: Cancel) -> Store:
        return _RabbitmqStore(urlsplit(_amqp(address)), params.type, self._one_reader, cancel)


class _Transport(TCPTransport):  # type: ignore[misc]  # the library has no types
    """The library's transport over a socket that is open already."""

    def __init__(self, sock: TimedSocket) -> None:
        super().__init__("{}:{}".format(*sock.getpeername()[:2]))
        self._open = sock

    def _connect(self, *_: Any) -> None:
        self.sock = self._open


class _Connection(amqp.Connection):  # type: ignore[misc]  # the library has no types
    negotiate_capabilities = {"authentication_failure_close": True, "consumer_cancel_notify": True}
    # Not "connection.blocked": before each message the library would look for it without a wait,
    # and on a leash it would wait. A broker that blocks gives no confirm: that is enough to know.

    def __init__(self, sock: TimedSocket, **settings: Any) -> None:
        self._open = sock
        super().__init__(heartbeat=0, confirm_publish=True, **settings)

    def Transport(self, *_: Any, **__: Any) -> _Transport:  # noqa: N802 - the library's name
        return _Transport(self._open)


class _RabbitmqStore:
    def __init__(self, url: SplitResult, kind: str, one_reader: Any, cancel: Cancel) -> None:
        self._kind = kind
        self._one_reader = one_reader
        self._sock = connect(url.hostname or "", url.port or _PORT, cancel)
        self._by = "{}:{}".format(*self._sock.getpeername()[:2])
        self._connection = _Connection(
            self._sock,
            userid=unquote(url.username or ""),
            password=unquote(url.password or ""),
            virtual_host=unquote(url.path[1:]) or "/",
        )
        try:
            self._connection.connect()
            self._channel = self._connection.channel()
        except BaseException:
            self.close()
            raise

    def make(self, run: str, cancel: Cancel) -> None:
        self._sock.leash.cancel = cancel
        arguments: dict[str, Any] = {"x-queue-type": self._kind}
        if self._kind == "quorum":
            arguments["x-delivery-limit"] = _OFTEN
        self._channel.queue_declare(
            _queue(run), durable=True, auto_delete=False, arguments=arguments
        )

    def write(self, canary: Canary, cancel: Cancel) -> Receipted:
        self._sock.leash.cancel = cancel
        message = amqp.Message(f"{canary.ticket} {canary.n}", delivery_mode=2)
        try:
            self._channel.basic_publish_confirm(
                message, routing_key=_queue(canary.run), mandatory=True
            )
        except MessageNacked:
            return Receipted("info", by=self._by, note="the broker did not take responsibility")
        except AMQPError as error:
            if error.reply_code in _REFUSALS:
                return Receipted("fail", by=self._by, note=str(error)[:200])
            raise
        return Receipted("ok", by=self._by)

    def read(self, run: str, written: str, cancel: Cancel) -> Found:
        """Take every message that is ready, and give all back."""
        del written  # all nodes show one queue
        if not self._one_reader.acquire(timeout=time_left(cancel)):
            raise TimeoutError("another reader has the queue")
        try:
            self._sock.leash.cancel = cancel
            return self._read(_queue(run), cancel)
        finally:
            self._one_reader.release()

    def _read(self, queue: str, cancel: Cancel) -> Found:
        ready = self._ready(queue)
        if ready is None:
            return Found(note="it has no ledger")
        taken: list[amqp.Message] = []
        consumer = self._channel.basic_consume(queue, callback=taken.append)
        while len(taken) < ready:
            self._connection.drain_events()
        self._channel.basic_cancel(consumer)
        for message in taken:
            self._channel.basic_reject(message.delivery_tag, requeue=True)
        self._await_return(queue, len(taken), cancel)
        self._channel.close()
        return found_of((int(ticket), int(n)) for ticket, n in (m.body.split() for m in taken))

    def _ready(self, queue: str) -> int | None:
        """Return how many messages could be taken; ``None``: there is no such queue."""
        try:
            return int(self._channel.queue_declare(queue, passive=True).message_count)
        except amqp.NotFound:
            return None

    def _await_return(self, queue: str, taken: int, cancel: Cancel) -> None:
        """Wait until what was taken is there again: a quorum queue gives back at its leisure."""
        while (self._ready(queue) or 0) < taken:
            if cancel.wait(_AGAIN):
                raise TimeoutError("what was read has not come back into the queue")

    def remove(self, run: str, cancel: Cancel) -> None:
        self._sock.leash.cancel = cancel
        self._channel.queue_delete(_queue(run))

    def usable(self) -> bool:
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        # without a goodbye, which would wait for an answer: what is not confirmed is unknown anyhow
        self._connection.collect()
        self._sock.close()


def _queue(run: str) -> str:
    return f"drill-ledger-{run}"[:255]
