"""Who is let in: links, which are credentials for a seat, and the sessions they open.

Neither is kept: only their hashes are, in a file that its owner alone can read, so that a
console that is begun again lets the same people in, and whoever reads the file gets in nowhere.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from drill.console.seats import Seat
from drill.errors import UsageError
from drill.files import open_own, open_place, put, read_plain
from drill.model.base import Model

_LARGEST = 4 * 1024 * 1024
"""Bytes of the file."""
_LASTS = timedelta(hours=24)
"""How long a session lasts; the link opens another one."""
_MOST = 1000
"""Sessions at a time: so many people hold no exercise."""
_SECRET = 32
"""Bytes of a link and of a session: 256 bits that nobody guesses."""
LONGEST_NAME = 80


class Session(Model):
    """One person in one seat, from joining to leaving."""

    seat: str
    person: str
    until: AwareDatetime


class Kept(Model):
    """What outlives the console: hash of a link to its seat, hash of a session to whose it is."""

    links: dict[str, str] = {}
    sessions: dict[str, Session] = {}


class Admission:
    """Lets people in by their links, and knows them again by their sessions."""

    def __init__(
        self, place: Path, seats: Mapping[str, Seat], clock: Callable[[], datetime]
    ) -> None:
        """Read what was kept.

        Args:
            place: the file.
            seats: every seat by its name.
            clock: reads the wall.

        Raises:
            UsageError: the file cannot be read, or others may exchange it.
        """
        self._place, self._seats, self._clock = place, seats, clock
        self._kept = _read(place)

    @property
    def seats(self) -> Mapping[str, Seat]:
        """Every seat by its name."""
        return self._seats

    def issue(self, name: str) -> str:
        """Return a new link's token for a seat; those given out before stay good."""
        token = secrets.token_urlsafe(_SECRET)
        self._kept.links[_hash(token)] = name
        self._write()
        return token

    def invited(self, token: str) -> Seat | None:
        """Return the seat that a link leads to, or none."""
        return self._seats.get(self._kept.links.get(_hash(token), ""))

    def join(self, token: str, person: str) -> str:
        """Open a session for a person by a link, and return its secret.

        Raises:
            UsageError: the link leads nowhere, or there are too many sessions.
        """
        name = self._kept.links.get(_hash(token), "")
        if name not in self._seats:
            raise UsageError("this link leads nowhere; ask the facilitator for another")
        now = self._clock()
        live = {key: one for key, one in self._kept.sessions.items() if one.until > now}
        if len(live) >= _MOST:
            raise UsageError(f"there are {_MOST} sessions already; ask the facilitator")
        secret = secrets.token_urlsafe(_SECRET)
        live[_hash(secret)] = Session(seat=name, person=person, until=now + _LASTS)
        self._kept = Kept(links=self._kept.links, sessions=live)
        self._write()
        return secret

    def seated(self, secret: str) -> Seat | None:
        """Return who sits where by a session's secret, or none if it ended or never was."""
        session = self._kept.sessions.get(_hash(secret))
        if session is None or session.until <= self._clock() or session.seat not in self._seats:
            return None
        seat = self._seats[session.seat]
        return Seat(seat.kind, seat.role, session.person)

    def leave(self, secret: str) -> None:
        """End a session."""
        if self._kept.sessions.pop(_hash(secret), None) is not None:
            self._write()

    def revoke(self, name: str, keep: str = "") -> str:
        """End a seat's links and sessions, but for the session ``keep``; return a new token."""
        spared, sessions, links = _hash(keep), self._kept.sessions, self._kept.links
        self._kept = Kept(
            links={key: seat for key, seat in links.items() if seat != name},
            sessions={
                key: one for key, one in sessions.items() if one.seat != name or key == spared
            },
        )
        return self.issue(name)

    def _write(self) -> None:
        try:
            os.close(open_place(self._place.parent))
            put(self._place, self._kept.model_dump_json())
        except OSError as error:
            raise UsageError(f"{self._place}: {error.strerror}; set DRILL_STATE") from error


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Keep every other console of the same exercise away: two would forget each other's people.

    Raises:
        UsageError: there is one, or the place cannot be used.
    """
    try:
        directory = open_place(place.parent)
        try:
            lock = open_own(f"{place.stem}.lock", directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise UsageError(f"{place.parent}: {error.strerror}; set DRILL_STATE elsewhere") from error
    with os.fdopen(lock):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError("another console shows this run; end that one first") from error
        yield


def name_of(typed: str) -> str:
    """Return a person's name as it is recorded.

    Raises:
        UsageError: it is none.
    """
    name = " ".join(typed.split())
    if not name:
        raise UsageError("say who you are: the record of the exercise names people")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(f"a name has {LONGEST_NAME} letters at most, and all can be printed")
    return name


def csrf_of(secret: str) -> str:
    """Return what a form of a session must hold: nobody makes it who does not hold the session."""
    return sha256(b"drill console form: " + secret.encode()).hexdigest()


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _read(place: Path) -> Kept:
    try:
        return Kept.model_validate_json(read_plain(place, _LARGEST))
    except FileNotFoundError:
        return Kept()
    except OSError as error:
        raise UsageError(f"{place}: {error.strerror}; set DRILL_STATE elsewhere") from error
    except ValidationError as error:
        raise UsageError(
            f"{place}: not what drill wrote; remove it, and give every link out anew"
        ) from error
