"""What the routes work with: the seats, the feed, the pages, and the desk that hears people."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from drill.console.admission import Admission
from drill.console.feed import Feed
from drill.console.guard import Names
from drill.console.look import Pages
from drill.console.seats import Seat
from drill.console.static import Shipped
from drill.model.names import RoleName
from drill.model.sayings import Saying

Say = Callable[[str, RoleName, str, Saying], str]
"""Person, role, by which means, what; returns why it counts for nothing, or nothing.

Raises :class:`~drill.errors.DrillError` where nobody conducts who could hear it.
"""
MEANS = "console"


@dataclass
class Room:
    """One console."""

    names: Names
    url: str
    """How links begin: scheme, host and port."""
    cookie: str
    """What the cookie is called; one for each exercise, since ports do not part them."""
    admission: Admission
    feed: Feed
    pages: Pages
    say: Say
    files: Mapping[str, Shipped]
    tokens: dict[str, str] = field(default_factory=dict)
    """The newest link of each seat: told again to the facilitator, and kept nowhere else."""
    streams: Counter[str] = field(default_factory=Counter)
    """Open streams of each session."""

    def links(self) -> dict[str, str]:
        """Return each seat's newest link."""
        return {name: f"{self.url}/join/{token}" for name, token in self.tokens.items()}

    def renew(self) -> None:
        """Make a new link for every seat."""
        self.tokens = {name: self.admission.issue(name) for name in self.admission.seats}


@dataclass(frozen=True)
class Visit:
    """One request, once it is known whose it is."""

    request: Request
    seat: Seat
    secret: str
    """The session's; empty where nobody need be known."""
    form: Mapping[str, str]

    @property
    def is_partial(self) -> bool:
        """Tell whether a script asks, which puts the answer into the page that is there."""
        return self.request.headers.get("hx-request") == "true"
