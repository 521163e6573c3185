#!/usr/bin/python3
"""A box office: sessions in Redis, bookings by RabbitMQ, people in LDAP, tickets in MariaDB.

    GET /alive             200 as long as the program runs
    GET /session?token=T   writes T into a session and reads it back
    GET /book?token=T      books T: sent to the queue, and taken from it by a clerk
    GET /ticket?token=T    writes T into MariaDB and reads it back
    GET /login?token=T     logs in whom the Authorization header (RFC 7617) names
    GET /audit             counts the bookings, and those that came more than once

An answer that is not 200 says why. Each request has its own connections, which lead through
this host's own HAProxy, so that the first request after a fail-over finds the new way.

A booking may come twice, as after a replay. The clerk counts each once, by its number.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import amqp
import ldap3
import pymysql
import redis
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

PORT = 8000
LIMIT = 0.4
"""Seconds for one word to one of the services."""
PATIENCE = 0.8
"""Seconds that a booking may wait for a clerk."""
HERE = "127.0.0.1"
NAME = socket.gethostname()
QUEUE = "bookings"
TREE = "dc=tickets,dc=lab"
GLASS = Path("/etc/tickets/break-glass.json")
"""Accounts of the last resort; only there while somebody has opened them."""
TROUBLES = (
    *(redis.RedisError, amqp.AMQPError, LDAPException, pymysql.Error),
    *(OSError, LookupError, ValueError),
)


class RefusedError(Exception):
    """These are not the credentials of anybody who is known here."""


def cache():
    """Connect to Redis, whichever server is the primary."""
    return redis.Redis(
        HERE,
        password=os.environ["REDIS_PASSWORD"],
        socket_timeout=LIMIT,
        socket_connect_timeout=LIMIT,
        decode_responses=True,
    )


def broker():
    """Connect to RabbitMQ."""
    link = amqp.Connection(
        f"{HERE}:5672",
        userid="tickets",
        password=os.environ["RABBITMQ_PASSWORD"],
        connect_timeout=LIMIT,
        read_timeout=PATIENCE,
        write_timeout=PATIENCE,
        confirm_publish=True,
    )
    link.connect()
    return link


def remember(token):
    """Prove that sessions are kept."""
    with cache() as kept:
        kept.set(f"session:{token}", NAME, ex=60)
        if kept.get(f"session:{token}") != NAME:
            raise LookupError("the session is not there")
        return {"token": token, "app": NAME, "database": kept.info("server")["run_id"][:8]}


def book(token):
    """Prove that bookings arrive: publish one, and wait until a clerk has counted it."""
    with broker() as link:
        link.channel().basic_publish_confirm(
            amqp.Message(token, delivery_mode=2), routing_key=QUEUE, mandatory=True, timeout=LIMIT
        )
    until = time.monotonic() + PATIENCE
    with cache() as kept:
        while not kept.sismember("booked", token):
            if time.monotonic() > until:
                raise TimeoutError(f"no clerk took the booking within {PATIENCE} s")
            time.sleep(0.01)
    return {"token": token, "app": NAME}


def take(kept, message):
    """Count a booking once, however often it comes; only then is it done with."""
    new = kept.sadd("booked", message.body)
    kept.incr("counted" if new else "again")
    message.channel.basic_ack(message.delivery_tag)


def serve_queue():
    """Be a clerk who takes bookings as long as the broker lives, and comes back when it does."""
    while True:
        try:
            with broker() as link, cache() as kept:
                channel = link.channel()
                channel.basic_qos(0, 20, False)
                channel.basic_consume(QUEUE, callback=lambda message: take(kept, message))
                while True:
                    try:
                        link.drain_events(timeout=5)
                    except TimeoutError:
                        link.send_heartbeat()
        except TROUBLES:
            time.sleep(0.2)


def issue(token):
    """Prove that tickets are kept: write the token, commit, read it back; sweep up old ones."""
    link = pymysql.connect(
        host=HERE,
        user="tickets",
        password=os.environ["RECORDS_PASSWORD"],
        database="tickets",
        autocommit=True,
        connect_timeout=1,
        read_timeout=1,
        write_timeout=1,
    )
    with link, link.cursor() as cursor:
        cursor.execute("replace into health values (%s, current_timestamp)", [token])
        cursor.execute("delete from health where at < now() - interval 1 minute limit 5")
        cursor.execute("select token, @@hostname from health where token = %s", [token])
        row = cursor.fetchone()
    return {"token": row[0], "app": NAME, "database": row[1]}


def audit():
    """Count what was booked, and whether each booking was counted once."""
    with cache() as kept:
        counted, booked = int(kept.get("counted") or 0), kept.scard("booked")
        return {"booked": booked, "again": int(kept.get("again") or 0), "even": counted == booked}


def log_in(token, header):
    """Let the directory say who it is; if it is gone, an account of the last resort may do."""
    kind, _, words = header.partition(" ")
    user, _, password = base64.b64decode(words).decode().partition(":")
    if kind != "Basic" or not password:  # an empty one would be an anonymous bind (RFC 4513)
        raise RefusedError("say who you are")
    try:
        by = by_directory(user, password)
    except LDAPException:
        by = by_glass(user, password)
    return {"token": token, "app": NAME, "user": user, "by": by}


def by_directory(user, password):
    """Find the person with this program's own credentials, then bind with theirs (RFC 4513)."""
    server = ldap3.Server(HERE, get_info=ldap3.NONE, connect_timeout=LIMIT)
    mine = (f"cn={NAME},ou=apps,{TREE}", Path("/etc/tickets/password").read_text().strip())
    with ldap3.Connection(server, *mine, receive_timeout=1, auto_bind=True) as link:
        link.search(f"ou=people,{TREE}", f"(uid={escape_filter_chars(user)})")
        if len(link.response) != 1:
            raise RefusedError("nobody of that name")
        they = ldap3.Connection(server, link.response[0]["dn"], password, receive_timeout=1)
        known, said = they.bind(), they.result["description"]
        they.unbind()
    if not known:
        wrong = said == "invalidCredentials"
        raise RefusedError("wrong password") if wrong else LDAPException(said)
    return "directory"


def by_glass(user, password):
    """Look among the accounts of the last resort."""
    if not GLASS.exists():
        raise LookupError("the directory does not answer")
    account = json.loads(GLASS.read_text()).get(user, {"salt": "", "key": ""})
    key = hashlib.scrypt(password.encode(), salt=account["salt"].encode(), n=1 << 12, r=8, p=1)
    if not hmac.compare_digest(key.hex(), account["key"]):
        raise RefusedError("no account of the last resort")
    return "break-glass"


def answer(route):
    """Return a page's status and content; what went wrong is content too."""
    try:
        return 200, route()
    except RefusedError as error:
        return 401, {"app": NAME, "error": str(error)}
    except TROUBLES as error:
        return 503, {"app": NAME, "error": " ".join(str(error).split())}


class BoxOffice(BaseHTTPRequestHandler):
    """The routes."""

    def do_GET(self):
        asked = urlsplit(self.path)
        token = parse_qs(asked.query).get("token", [""])[0]
        routes = {
            "/alive": lambda: {"app": NAME},
            "/session": lambda: remember(token),
            "/book": lambda: book(token),
            "/ticket": lambda: issue(token),
            "/login": lambda: log_in(token, self.headers.get("Authorization", "")),
            "/audit": audit,
        }
        self._send(*(answer(routes[asked.path]) if asked.path in routes else (404, {})))

    def _send(self, code, body):
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        try:
            self.wfile.write(text)
        except ConnectionError:  # a health check that has seen enough
            self.close_connection = True

    def log_message(self, *_):
        """Say nothing: probes ask ten times a second."""


if __name__ == "__main__":
    threading.Thread(target=serve_queue, daemon=True).start()
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(("", PORT), BoxOffice).serve_forever()
