"""The files that a page needs: those that are shipped, by name, and no others."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Shipped:
    """One file, as it is sent."""

    text: bytes
    media: str
    tag: str
    """Tells one version of it from another (RFC 9110, ETag)."""


def shipped() -> dict[str, Shipped]:
    """Return every file that a page may ask for, by its name."""
    place = files("drill.console") / "static"
    named = {each.name: each for each in place.iterdir()} if place.is_dir() else {}
    return {
        name: _of(each.read_bytes(), _TYPES[name[name.rfind(".") :]])
        for name, each in sorted(named.items())
        if name[name.rfind(".") :] in _TYPES
    }


def _of(text: bytes, media: str) -> Shipped:
    return Shipped(text, media, f'"{sha256(text).hexdigest()[:32]}"')
