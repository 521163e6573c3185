"""``redis.ledger``: canaries in a list, through the write path of the service.

Redis acknowledges before its replicas have a write, and before it is on disk:
what is then lost is what this measures. ``replicas`` is for services that wait
(WAIT): a write that too few replicas have confirmed counts as unknown.
"""

from typing import Annotated, ClassVar

import redis
from pydantic import Field
from typing_extensions import override

from drill.model.base import Model
from drill.ports import Canary, Cancel, Receipted
from drill.probes.canaries import (
    Found,
    LedgerParams,
    Number,
    Store,
    StoreLedger,
    caught_up,
    found_of,
)
from drill.probes.redis_link import RedisLink, RedisUrl
from drill.probes.timed import time_left

_REFUSALS = (
    redis.AuthenticationError,
    redis.BusyLoadingError,
    redis.OutOfMemoryError,
    redis.ReadOnlyError,
    redis.exceptions.AskError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.MasterDownError,
    redis.exceptions.MovedError,
    redis.exceptions.NoPermissionError,
)
_REFUSAL_CODES = ("BUSY ", "MISCONF ", "NOREPLICAS ", "WRONGTYPE ")
"""Replies that prove that the command was not run. A proxy's own ``-ERR`` proves nothing."""


class RedisLedgerParams(LedgerParams):
    """What ``redis.ledger`` is told."""

    url: RedisUrl
    replicas: Annotated[
        int, Field(ge=0, le=16, description="Replicas that must have a write to make it count.")
    ] = 0


class RedisLedger(StoreLedger[RedisLedgerParams]):
    """One element of a list a canary."""

    params: ClassVar[type[Model]] = RedisLedgerParams
    troubles: ClassVar[tuple[type[Exception], ...]] = (OSError, redis.RedisError)

    @override
    def write_path(self, params: RedisLedgerParams) -> str:
        return params.url

    @override
    def reach(self, params: RedisLedgerParams, address: str, cancel: Cancel) -> Store:
        return _RedisStore(RedisLink(address, cancel), params.replicas)


class _RedisStore:
    def __init__(self, link: RedisLink, replicas: int) -> None:
        self._link = link
        self._replicas = replicas
        self.usable = link.quiet
        self.close = link.close

    def make(self, run: str, cancel: Cancel) -> None:
        """Nothing is to be made: the first element makes the list."""

    def write(self, canary: Canary, cancel: Cancel) -> Receipted:
        by = self._link.by
        try:
            self._link.ask(cancel, "RPUSH", _key(canary.run), f"{canary.ticket} {canary.n}")
        except redis.RedisError as error:
            if _refused(error):
                return Receipted("fail", by=by, note=f"{type(error).__name__}: {error}"[:200])
            raise
        if self._replicas and (have := self._replicated(cancel)) < self._replicas:
            return Receipted("info", by=by, note=f"{have} replicas have it")
        return Receipted("ok", by=by)

    def read(self, run: str, written: str, cancel: Cancel) -> Found:
        where = self._link.section("replication", cancel)
        primary = where["role"] == "master"
        note = "" if primary else self._behind(written, cancel)
        texts = self._link.ask(cancel, "LRANGE", _key(run), 0, -1)
        return found_of(map(_number, texts), note, _position(where) if primary else "")

    def remove(self, run: str, cancel: Cancel) -> None:
        self._link.ask(cancel, "DEL", _key(run))

    def _replicated(self, cancel: Cancel) -> int:
        """Wait until enough replicas have it, or most of the time is over; return how many."""
        patience = max(1, int(time_left(cancel) * 800))
        return int(self._link.ask(cancel, "WAIT", self._replicas, patience))

    def _behind(self, written: str, cancel: Cancel) -> str:
        if not written:
            return "a replica, and no primary to compare it with"

        def behind() -> str:
            got = _position(self._link.section("replication", cancel))
            return "" if _reached(got, written) else f"a replica that has got to {got}"

        said = caught_up(behind, cancel)
        return f"{said}, not to {written}" if said else ""


def _refused(error: redis.RedisError) -> bool:
    return isinstance(error, _REFUSALS) or str(error).startswith(_REFUSAL_CODES)


def _key(run: str) -> str:
    return f"drill:ledger:{run}"


def _number(text: str) -> Number:
    ticket, n = text.split()
    return int(ticket), int(n)


def _position(where: dict[str, str]) -> str:
    """Return the replication stream, and how far into it; other streams do not compare."""
    offset = where.get("slave_repl_offset") or where["master_repl_offset"]
    return f"{where['master_replid'][:8]}/{offset}"


def _reached(got: str, written: str) -> bool:
    (stream, offset), (wanted, least) = got.split("/"), written.split("/")
    return stream == wanted and int(offset) >= int(least)
