#!/usr/bin/python3
"""A small shop: takes orders over HTTP and keeps them in PostgreSQL.

    GET  /alive            200 as long as the program runs
    GET  /health?token=T   writes T into the database and reads it back; 503 with the reason if not
    POST /orders           {"total": 9.90} -> {"id": 17}
    GET  /orders/count     {"count": 42}
    GET  /catalogue?token=T   reads every page of the catalogue from the disk and returns T

Each request has its own database connection and at most LIMIT seconds, so that
the first request after a fail-over already finds the new primary.
"""

import json
import os
import select
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg2
from psycopg2 import extensions

PLACE = ("127.0.0.1", 8001)
"""Where nginx, on the same host, asks it."""
LIMIT = 0.9
"""Seconds for one request, connecting included. libpq's own time-out is no less than two."""
PAUSE = 0.3
"""Seconds between two orders of the regular customer."""
KEPT = "1 minute"
"""How long health tokens stay in the database."""
NAME = socket.gethostname()
CATALOGUE = Path("/srv/orders/catalogue")


class Database:
    """One connection with a deadline over everything (psycopg2's asynchronous mode)."""

    def __init__(self):
        self._deadline = time.monotonic() + LIMIT
        self._link = psycopg2.connect(os.environ["ORDERS_DSN"], async_=True)

    def __enter__(self):
        self._wait()
        return self

    def __exit__(self, *_):
        self._link.close()

    def ask(self, statement, values=()):
        """Run a statement, each its own transaction; return its first row, if it has rows."""
        cursor = self._link.cursor()
        cursor.execute(statement, values)
        self._wait()
        return cursor.fetchone() if cursor.description else None

    def _wait(self):
        while True:
            state = self._link.poll()
            if state == extensions.POLL_OK:
                return
            files = [self._link.fileno()]
            reading = files if state == extensions.POLL_READ else []
            writing = files if state == extensions.POLL_WRITE else []
            left = self._deadline - time.monotonic()
            if left <= 0 or not any(select.select(reading, writing, [], left)):
                raise TimeoutError(f"the database did not answer within {LIMIT} s")


def check(token):
    """Prove that writes are kept: write the token, commit, read it back."""
    with Database() as database:
        database.ask(
            "insert into health (token) values (%s) on conflict (token) do update set at = now()",
            [token],
        )
        row = database.ask(
            "select token, host(inet_server_addr()), exists (select from orders)"
            " from health where token = %s",
            [token],
        )
    return {"token": row[0], "app": NAME, "database": row[1]}


def browse(token):
    """Prove that the catalogue can be read: all pages that the index names."""
    index = json.loads((CATALOGUE / "index.json").read_text())
    pages = [json.loads((CATALOGUE / name).read_text()) for name in index["pages"]]
    return {"token": token, "app": NAME, "articles": sum(len(page["articles"]) for page in pages)}


def place(total):
    """Keep an order."""
    with Database() as database:
        row = database.ask(
            "insert into orders (total, placed_by) values (%s, %s) returning id", [total, NAME]
        )
    return {"id": row[0]}


def count():
    """Count the orders."""
    with Database() as database:
        return {"count": database.ask("select count(*) from orders")[0]}


class Shop(BaseHTTPRequestHandler):
    """The routes."""

    def do_GET(self):
        asked = urlsplit(self.path)
        token = parse_qs(asked.query).get("token", [""])[0]
        routes = {
            "/alive": lambda: {"app": NAME},
            "/health": lambda: check(token),
            "/orders/count": count,
            "/catalogue": lambda: browse(token),
        }
        self._answer(routes.get(asked.path))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer((lambda: place(json.loads(body or "{}").get("total", 1))) if self.path == "/orders" else None)

    def _answer(self, route):
        if route is None:
            self._send(404, {"error": "no such page"})
            return
        try:
            self._send(200, route())
        except (psycopg2.Error, OSError, ValueError, LookupError, AttributeError) as error:
            self._send(503, {"app": NAME, "error": " ".join(str(error).split())})

    def _send(self, code, body):
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Say nothing: probes ask ten times a second."""


def buy_regularly():
    """Be a customer who never stops, and sweep up old health tokens."""
    while True:
        try:
            place(9.90)
            with Database() as database:
                database.ask("delete from health where at < now() - %s::interval", [KEPT])
        except (psycopg2.Error, OSError):  # the shop is closed: the customer comes back
            pass
        time.sleep(PAUSE)


if __name__ == "__main__":
    threading.Thread(target=buy_regularly, daemon=True).start()
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(PLACE, Shop).serve_forever()
