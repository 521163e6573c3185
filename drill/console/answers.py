"""What each route answers, once its visitor is known to be let in."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import segno
from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from drill.console.admission import csrf_of, name_of
from drill.console.room import MEANS, Room, Visit
from drill.console.say import saying_of, typed
from drill.console.seats import Seat
from drill.console.sight import sees_all
from drill.errors import DrillError, UsageError
from drill.model.sayings import Joined, Left, Saying

_LOOK = 2.0
"""Seconds after which a stream looks whether its session still is one."""
_FIRST = 1.0
"""Seconds that a page waits for a journal that is only being read."""
_SLOW = 10.0
"""Seconds that one event may take to be sent: who reads more slowly is dropped."""
_MOST_STREAMS = 8
"""Open at a time, of one session."""


async def healthz(room: Room, _: Visit) -> Response:
    """Tell a machine whether the journal is being followed, and nothing else."""
    if room.feed.problem:
        return PlainTextResponse("the journal cannot be followed", 503)
    return PlainTextResponse("ok")


async def static(room: Room, visit: Visit) -> Response:
    """Send a shipped file, or tell that the browser has it already."""
    file = room.files.get(visit.request.path_params["name"])
    if file is None:
        return PlainTextResponse("no such file", 404)
    headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
    if visit.request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    return Response(file.text, media_type=file.media, headers=headers)


async def invite(room: Room, visit: Visit) -> Response:
    """Ask whoever opens a link who they are."""
    seat = room.admission.invited(visit.request.path_params["token"])
    return _nowhere(room) if seat is None else HTMLResponse(room.pages.join_page(seat))


async def join(room: Room, visit: Visit) -> Response:
    """Seat a person: a new session, and the attendance on record."""
    token = visit.request.path_params["token"]
    seat = room.admission.invited(token)
    if seat is None:
        return _nowhere(room)
    written = visit.form.get("person", "")
    try:
        person = name_of(written)
        secret = room.admission.join(token, person)
    except UsageError as error:
        return HTMLResponse(room.pages.join_page(replace(seat, person=written), str(error)), 422)
    room.admission.leave(visit.request.cookies.get(room.cookie, ""))
    await _tell(room, replace(seat, person=person), Joined())
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        room.cookie, secret, path="/", httponly=True, secure=room.names.https, samesite="strict"
    )
    return answer


async def board(room: Room, visit: Visit) -> Response:
    """Show the exercise as this seat may see it."""
    feed = room.feed
    if feed.edition is None and not feed.problem:
        await feed.turn(_FIRST)
    if feed.problem:
        why = feed.problem if sees_all(visit.seat) else "Tell the facilitator."
        return message(room, 503, "The journal cannot be followed", why)
    if feed.edition is None:
        waits = message(room, 200, "Not begun", "The exercise has not begun; this page will show.")
        waits.headers["Refresh"] = "2"
        return waits
    return HTMLResponse(feed.edition.page(visit.seat, csrf_of(visit.secret)))


async def events(room: Room, visit: Visit) -> Response:
    """Stream the exercise, one whole edition an event, until the session ends."""
    if room.streams[visit.secret] >= _MOST_STREAMS:
        return message(room, 429, "Too many windows", "Close some of this exercise's windows.")
    return _Stream(_editions(room, visit), send_timeout=_SLOW)


async def say(room: Room, visit: Visit) -> Response:
    """Take down what a person says, and answer whether it counts."""
    try:
        saying = saying_of(visit.form)
    except UsageError as error:
        return _refused(room, visit, 422, str(error))
    refused = await _tell(room, visit.seat, saying)
    if refused:
        return _refused(room, visit, 409, refused)
    return HTMLResponse(room.pages.said("")) if visit.is_partial else RedirectResponse("/", 303)


async def leave(room: Room, visit: Visit) -> Response:
    """End a session, and put on record that its person left."""
    room.admission.leave(visit.secret)
    room.feed.wake()
    await _tell(room, visit.seat, Left())
    answer = message(room, 200, "You left", "Your link lets you in again.")
    answer.delete_cookie(
        room.cookie, path="/", httponly=True, secure=room.names.https, samesite="strict"
    )
    return answer


async def links(room: Room, visit: Visit) -> Response:
    """Show every seat's link to the facilitator, to be handed out."""
    drawn = {name: (url, await run_in_threadpool(_qr, url)) for name, url in room.links().items()}
    return HTMLResponse(room.pages.links_page(drawn, csrf_of(visit.secret)))


async def revoke(room: Room, visit: Visit) -> Response:
    """End a seat's links and sessions, but the asker's own; make it a new link."""
    name = visit.request.path_params["name"]
    if name not in room.admission.seats:
        return message(room, 404, "No such seat", "Nothing was revoked.")
    room.tokens[name] = room.admission.revoke(name, keep=visit.secret)
    room.feed.wake()
    return RedirectResponse("/links", 303)


def message(room: Room, status: int, title: str, text: str) -> Response:
    """Answer with a page that says one thing."""
    return HTMLResponse(room.pages.message_page(title, text), status)


class _Stream(EventSourceResponse):
    """A stream that ends, and complains to nobody, when its reader is too slow."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(SendTimeoutError):
            await super().__call__(scope, receive, send)


async def _editions(room: Room, visit: Visit) -> AsyncIterator[bytes]:
    feed, last = room.feed, visit.request.headers.get("last-event-id", "")
    csrf, sent = csrf_of(visit.secret), None
    room.streams[visit.secret] += 1
    try:
        with feed.reading(visit.seat):
            while not feed.closing and room.admission.seated(visit.secret) == visit.seat:
                edition = feed.edition
                if edition is None or edition is sent:
                    await feed.turn(_LOOK)
                    continue
                known = sent is None and last == str(edition.seq)
                sent = edition
                if not known:  # else a link that was lost came back, and nothing happened since
                    yield edition.event(visit.seat, csrf)
    finally:
        room.streams[visit.secret] -= 1


async def _tell(room: Room, seat: Seat, saying: Saying) -> str:
    """Say it to whoever conducts; return why it counts for nothing, or nothing."""
    try:
        return await run_in_threadpool(room.say, seat.person, seat.role, MEANS, saying)
    except DrillError as error:
        return str(error)


def _refused(room: Room, visit: Visit, status: int, why: str) -> Response:
    """Answer that it does not count; what was typed is still there, or handed back."""
    if visit.is_partial:
        return HTMLResponse(room.pages.said(why), status)
    written = typed(visit.form)
    text = f"{why}\n\nYou wrote:\n{written}" if written else why
    return message(room, status, "This does not count", text)


def _nowhere(room: Room) -> Response:
    return message(room, 404, "This link leads nowhere", "Ask the facilitator for another.")


def _qr(url: str) -> str:
    return segno.make(url, error="m", micro=False).svg_inline(
        omitsize=True, svgclass=None, lineclass=None
    )
