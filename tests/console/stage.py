"""A stage for the pages: they are served as the console serves them, but nothing is conducted."""

import asyncio
import socket
import threading
from contextlib import contextmanager
from time import sleep
from urllib.parse import parse_qsl

import uvicorn
from console import samples
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from drill.console import pages
from drill.console.guard import HEADERS
from drill.console.seats import Seat
from drill.console.static import shipped

PLAIN = {
    "join": lambda: pages.join_page(samples.SEATS["dba"], "that is no name"),
    "message": lambda: pages.message_page("You left", "Your link lets you in again."),
    "links": lambda: pages.links_page(
        dict.fromkeys(("dba", "observer"), (f"http://127.0.0.1:8737/join/{'x' * 43}", _CODE)),
        "t",
    ),
}
_CODE = '<svg viewBox="0 0 9 9"><path stroke="#000" d="M1 1.5h7M1 3.5h7"/></svg>'


class Stage:
    """What is played: which seat looks at what; what was said; how it is answered."""

    def __init__(self):
        self.who, self.play = "observer", "middle"
        self.said, self.refused = [], ""
        self.url = ""

    def show(self, who, play):
        self.who, self.play = who, play

    def _html(self, text, status=200):
        return HTMLResponse(text, status, headers=dict(HEADERS))

    async def page(self, _):
        if self.play in PLAIN:
            return self._html(PLAIN[self.play]())
        return self._html(pages.page(*samples.seen(self.who, self.play), "t0ken"))

    async def events(self, _):
        async def editions():
            shown = None
            while True:
                now = (self.who, self.play)
                if shown != now:
                    shown = now
                    seat, view = samples.seen(*now)
                    text = pages.parts(Seat(seat.kind, seat.role), view, "t0ken")
                    yield {"data": text, "id": self.play}
                await asyncio.sleep(0.05)

        return EventSourceResponse(editions(), headers=dict(HEADERS))

    async def say(self, request):
        self.said.append(dict(parse_qsl((await request.body()).decode(), keep_blank_values=True)))
        if request.headers.get("hx-request") == "true":
            return self._html(pages.said(self.refused), 409 if self.refused else 200)
        return RedirectResponse("/", 303)

    async def static(self, request):
        file = shipped()[request.path_params["name"]]
        return Response(file.text, media_type=file.media, headers=dict(HEADERS))

    def app(self):
        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/events", self.events),
                Route("/say", self.say, methods=["POST"]),
                Route("/static/{name}", self.static),
            ]
        )


@contextmanager
def staged():
    """Yield a stage that is being served."""
    stage = Stage()
    listener = socket.create_server(("127.0.0.1", 0))
    stage.url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    config = uvicorn.Config(
        stage.app(), log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    while not server.started:
        sleep(0.01)
    try:
        yield stage
    finally:
        server.should_exit = True
        thread.join(10)
