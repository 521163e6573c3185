"""Every route there is, and who may take it. What is not in the table is not there."""

import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router

from drill.console import answers
from drill.console.admission import csrf_of
from drill.console.room import Room, Visit
from drill.console.say import fields_of
from drill.console.seats import Kind, Seat
from drill.errors import UsageError
from drill.model.names import RoleName

_LARGEST = 64 * 1024
"""Bytes of a form."""
_FORM = "application/x-www-form-urlencoded"
_NOBODY = Seat("observer", RoleName(""))

Answer = Callable[[Room, Visit], Awaitable[Response]]
OPEN: frozenset[Kind] = frozenset()
"""Anybody, known or not."""
ALL: frozenset[Kind] = frozenset({"facilitator", "evaluator", "participant", "observer"})
SPEAKERS = ALL - {"observer"}
FACILITATORS: frozenset[Kind] = frozenset({"facilitator"})


@dataclass(frozen=True)
class Way:
    """One method of one path."""

    method: str
    path: str
    who: frozenset[Kind]
    answer: Answer


WAYS = (
    Way("GET", "/healthz", OPEN, answers.healthz),
    Way("GET", "/static/{name}", OPEN, answers.static),
    Way("GET", "/join/{token}", OPEN, answers.invite),
    Way("POST", "/join/{token}", OPEN, answers.join),
    Way("GET", "/", ALL, answers.board),
    Way("GET", "/events", ALL, answers.events),
    Way("POST", "/say", SPEAKERS, answers.say),
    Way("POST", "/leave", ALL, answers.leave),
    Way("GET", "/links", FACILITATORS, answers.links),
    Way("POST", "/seats/{name}/revoke", FACILITATORS, answers.revoke),
)


class _TurnedAwayError(Exception):
    """Nobody who may take this way, or nothing that can be read."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(text)
        self.status, self.title, self.text = status, title, text


def router(room: Room) -> Router:
    """Return what answers every request to a room."""
    routes = [Route(way.path, _endpoint(room, way), methods=[way.method]) for way in WAYS]
    return Router(routes, redirect_slashes=False)


def _endpoint(room: Room, way: Way) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await way.answer(room, await _visit(room, way, request))
        except _TurnedAwayError as error:
            return _turned_away(room, request, error)
        except Exception:
            logging.getLogger(__name__).exception("%s %s", way.method, way.path)
            return answers.message(room, 500, "Something is broken", "Tell the facilitator.")

    return endpoint


def _turned_away(room: Room, request: Request, error: _TurnedAwayError) -> Response:
    if request.headers.get("hx-request") == "true":
        return HTMLResponse(room.pages.said(error.text), error.status)
    return answers.message(room, error.status, error.title, error.text)


async def _visit(room: Room, way: Way, request: Request) -> Visit:
    """Find out whose request it is, whether they may, and whether they meant it.

    Raises:
        _TurnedAwayError: one of these fails.
    """
    secret = request.cookies.get(room.cookie, "") if way.who else ""
    seat = room.admission.seated(secret) if way.who else _NOBODY
    if seat is None:
        raise _TurnedAwayError(401, "Who are you?", "Open the link that you were given.")
    if way.who and seat.kind not in way.who:
        raise _TurnedAwayError(403, "Not from this seat", "This seat may not do that.")
    form = await _form(request) if way.method == "POST" else {}
    if way.who and way.method == "POST" and not _is_meant(form, secret):
        raise _TurnedAwayError(403, "Not from this page", "Load the page again, then say it again.")
    return Visit(request, seat, secret, form)


def _is_meant(form: dict[str, str], secret: str) -> bool:
    """Tell whether a form was made for this session."""
    return hmac.compare_digest(form.get("csrf", "").encode(), csrf_of(secret).encode())


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise _TurnedAwayError(415, "Not a form", f"Send a form, as {_FORM}.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise _TurnedAwayError(413, "Too long", f"Say it in {_LARGEST} bytes at most.")
    try:
        return fields_of(bytes(body))
    except UsageError as error:
        raise _TurnedAwayError(422, "Not a form", f"{error}.") from error
