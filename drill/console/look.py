"""What the server asks of whoever makes its pages."""

from collections.abc import Mapping
from typing import Protocol

from drill.console.seats import Seat
from drill.model.view import View


class Pages(Protocol):
    """What people see, as HTML; given a view, nothing in it is kept from that seat."""

    def page(self, seat: Seat, view: View, csrf: str) -> str:
        """Return the whole page of a seat."""
        ...

    def parts(self, seat: Seat, view: View, csrf: str) -> str:
        """Return all that changes in it, as fragments."""
        ...

    def join_page(self, seat: Seat, problem: str = "") -> str:
        """Ask who sits down; ``problem`` is wrong with what they said."""
        ...

    def message_page(self, title: str, text: str) -> str:
        """Say one thing."""
        ...

    def said(self, refused: str) -> str:
        """Return the fragment that answers a saying; empty: it counts."""
        ...

    def links_page(self, links: Mapping[str, tuple[str, str]], csrf: str) -> str:
        """Show each seat's link and its QR code, an SVG element."""
        ...
