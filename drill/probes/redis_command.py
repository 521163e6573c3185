"""``redis.command``: whether Redis does its work, over a new connection.

``PING`` is answered by a replica and by a server that can no longer write.
``token: fresh`` has it do what it is for: a number never used before is set
under ``key``, for a minute at most, and read back.
"""

from secrets import token_hex
from typing import Annotated, ClassVar, Literal

import redis
from pydantic import Field, JsonValue

from drill.model.base import Model
from drill.ports import Access, Cancel, Reading
from drill.probes.net import reading_of
from drill.probes.redis_link import RedisLink, RedisUrl

_LIVES = 60
"""Seconds after which Redis forgets a token."""


class RedisCommandParams(Model):
    """What ``redis.command`` is told."""

    url: RedisUrl
    token: Annotated[
        Literal["fresh"] | None,
        Field(description="Set a new token under `key` and read it back, before the command."),
    ] = None
    key: Annotated[str, Field(min_length=1, max_length=512, description="The token's key.")] = (
        "drill:probe"
    )
    command: Annotated[
        tuple[str, ...],
        Field(min_length=1, max_length=64, description="A command that changes nothing."),
    ] = ("PING",)
    expect: Annotated[
        JsonValue, Field(description="What the command must return; left out: no error.")
    ] = None


class RedisCommand:
    """Sends a command, and compares its reply."""

    params: ClassVar[type[Model]] = RedisCommandParams

    def observe(
        self,
        on: Access,  # noqa: ARG002 - the URL says where
        params: RedisCommandParams,
        cancel: Cancel,
    ) -> Reading:
        """Look once."""
        try:
            link = RedisLink(params.url, cancel)
        except (redis.RedisError, OSError) as error:
            return _trouble(error)
        try:
            fault = _fault(link, params, cancel)
        except (redis.RedisError, OSError) as error:
            return _trouble(error, link.by)
        finally:
            link.close()
        return Reading(state="bad" if fault else "good", by=link.by, note=fault)


def _fault(link: RedisLink, params: RedisCommandParams, cancel: Cancel) -> str:
    """Return what is wrong, or nothing."""
    if params.token:
        token = token_hex(8)
        link.ask(cancel, "SET", params.key, token, "EX", _LIVES)
        if link.ask(cancel, "GET", params.key) != token:
            return "the token did not come back"
    reply = link.ask(cancel, *params.command)
    if "expect" in params.model_fields_set and reply != params.expect:
        return f"it returned {reply!r}"[:200]
    return ""


def _trouble(error: Exception, by: str = "") -> Reading:
    if isinstance(error, redis.TimeoutError):
        return Reading(state="bad", by=by, note="no answer in time")
    if isinstance(error, OSError):
        return reading_of(error)
    return Reading(state="bad", by=by, note=f"{type(error).__name__}: {error}"[:200])
