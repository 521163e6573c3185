"""How a secret may look when it comes back: encoded, escaped, quoted, or only a piece of it.

A tool that fails shows what it was given in its own way: an HTTP library in
percent signs (RFC 3986), a log in JSON (RFC 8259), a header in base64 (RFC
4648), a trace in Python's or a shell's quotes.
"""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from shlex import quote as shell_quote
from urllib.parse import parse_qs, quote, quote_plus, unquote, urlsplit

_ENCODED = 4
"""Characters a secret must have for its encodings to be looked for: others are in every text."""
_BASE64 = 6
_PASSWORD = re.compile(r"(?:^|[\s;&?])password\s*=\s*('(?:[^'\\]|\\.)*'|[^\s;&]+)", re.IGNORECASE)
_PLAIN = re.compile(r"([^\w@%+=:,./-])")


def spellings(value: str) -> frozenset[str]:
    """Return a secret as it is, each password in it, and both in every guise."""
    parts = {value, *passwords(value)}
    return frozenset(guise for part in parts if part for guise in _guises(part))


def sensitive(value: str) -> frozenset[str]:
    """Return what a piece of must not be told either: the password, where there is one.

    The rest of a connection string is the words that errors are made of.
    """
    return frozenset(guise for part in plain_of(value) for guise in _guises(part))


def plain_of(value: str) -> frozenset[str]:
    """Return the same as it is: the passwords, or all of what is no connection string."""
    found = frozenset(filter(None, passwords(value)))
    is_address = "://" in value or re.search(r"\b\w+\s*=\s*\S+\s+\w+\s*=", value)
    return found if found or is_address else frozenset({value}) - {""}


def passwords(value: str) -> Iterator[str]:
    """Yield the passwords in a connection string, of libpq's form or a URL's, as told and meant."""
    for match in _PASSWORD.finditer(value):
        told = match[1][1:-1] if match[1].startswith("'") else match[1]
        yield from (told, re.sub(r"\\(.)", r"\1", told), unquote(told))
    if "://" not in value:
        return
    try:
        parts = urlsplit(value)
        told = parts.password or ""
    except ValueError:
        return
    yield from (told, unquote(told), *parse_qs(parts.query).get("password", ()))


def _guises(value: str) -> Iterator[str]:
    yield value
    if len(value) >= _ENCODED:
        yield from (guise for dress in _DRESSES for guise in dress(value))


def _escaped(value: str) -> Iterator[str]:
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (once, json.dumps(once)[1:-1])
    yield from (repr(value)[1:-1], repr(value.encode())[2:-1])
    yield html.escape(value)


def _in_url(value: str) -> Iterator[str]:
    for written in (quote(value), quote(value, safe=""), quote_plus(value)):
        yield from (written, re.sub(r"%..", lambda match: match[0].lower(), written))
    yield "".join(f"%{byte:02x}" for byte in value.encode())


def _in_shell(value: str) -> Iterator[str]:
    quoted = shell_quote(value)
    yield from (quoted.strip("'"), value.replace("'", "'\\''"), _PLAIN.sub(r"\\\1", value))


def _in_hex(value: str) -> Iterator[str]:
    octets = value.encode()
    for gap in ("", ":", " ", "\\x"):
        written = gap.join(f"{byte:02x}" for byte in octets)
        yield from (written, written.upper())


def _in_base64(value: str) -> Iterator[str]:
    """Yield what every base64 of a text that holds the value must hold, wherever it begins."""
    octets = value.encode()
    for before in range(3):
        first, last = (before * 4 + 2) // 3, (before + len(octets)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            core = encode(bytes(before) + octets)[first:last].decode()
            if len(core) >= _BASE64:
                yield core


_DRESSES: tuple[Callable[[str], Iterator[str]], ...] = (
    _escaped,
    _in_url,
    _in_shell,
    _in_hex,
    _in_base64,
)
