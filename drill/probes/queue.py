"""``queue.depth``: how much waits in a queue of RabbitMQ, and whether anybody takes it.

Asked of the management API (the plug-in ``rabbitmq_management``), whose figures
are up to five seconds old.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar
from urllib.parse import quote

from pydantic import Field, JsonValue

from drill.model.base import Model
from drill.ports import Access, Cancel, Reading
from drill.probes.bounds import Bounds
from drill.probes.fetch import UNANSWERED, Headers, HttpUrl, fetch
from drill.probes.net import reading_of

_OK = 200

_WELL = frozenset({"running", "idle", "flow"})
"""States of a queue that has a leader; it may be throttled."""


class QueueDepthParams(Model):
    """What ``queue.depth`` is told."""

    url: HttpUrl
    vhost: Annotated[str, Field(min_length=1, max_length=255, description="Virtual host.")] = "/"
    queue: Annotated[str, Field(min_length=1, max_length=255, description="The queue.")]
    messages: Annotated[
        Bounds, Field(description="How many may be in it, those being worked on included.")
    ] = Bounds()
    consumers: Annotated[Bounds, Field(description="How many may take from it.")] = Bounds()
    headers: Headers = {}


class QueueDepth:
    """Asks for one queue."""

    params: ClassVar[type[Model]] = QueueDepthParams

    def observe(
        self,
        on: Access,  # noqa: ARG002 - the URL says where
        params: QueueDepthParams,
        cancel: Cancel,
    ) -> Reading:
        """Look once; ``unknown`` where the broker has no figure yet, as just after its start."""
        path = f"/api/queues/{quote(params.vhost, safe='')}/{quote(params.queue, safe='')}"
        try:
            page = fetch(params.url.rstrip("/") + path, params.headers, cancel)
        except UNANSWERED as error:
            return reading_of(error)
        if page.status != _OK:
            return Reading(state="bad", note=f"status {page.status}")
        return _judged(page.fields(), params)


def _judged(queue: Mapping[str, JsonValue], params: QueueDepthParams) -> Reading:
    state, by = queue.get("state", "running"), str(queue.get("node", ""))
    if state not in _WELL:
        return Reading(state="bad", by=by, note=f"the queue is {state}"[:200])
    for what, bounds in (("messages", params.messages), ("consumers", params.consumers)):
        count = queue.get(what)
        if not isinstance(count, int):
            return Reading(state="unknown", by=by, note=f"the broker does not say its {what} yet")
        if miss := bounds.miss(count):
            return Reading(state="bad", by=by, note=f"{what}: {miss}")
    return Reading(state="good", by=by, note=f"{queue['messages']} messages")
