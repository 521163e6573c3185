"""``SHA256SUMS``: every file of a bundle and its SHA-256, as ``sha256sum -c`` reads it."""

import hashlib
import re
from collections.abc import Iterator, Mapping

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"

_COSIGNED = re.compile(r"SHA256SUMS\.([A-Za-z0-9][A-Za-z0-9._@+-]{0,63})\.sig")
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


def cosignature(name: str) -> str:
    """Return the file that a witness's signature is in."""
    return f"{SUMS}.{name}.sig"


def cosigned(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return each witness with the signature that is there."""
    found = {name: _COSIGNED.fullmatch(name) for name in sorted(members)}
    return {match[1]: members[name] for name, match in found.items() if match}


def sums_of(members: Mapping[str, bytes]) -> bytes:
    """Return the sums of all that is to be summed."""
    lines = (f"{_digest(members[name])}  {name}\n" for name in sorted(members) if _counts(name))
    return "".join(lines).encode()


def breaks(members: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what a bundle's files and their sums do not agree on."""
    said = members.get(SUMS)
    if said is None:
        yield f"{SUMS} is not there"
        return
    if said == sums_of(members):
        return
    told = told_by(said)
    there = {name: _digest(text) for name, text in members.items() if _counts(name)}
    yield from (
        f"{name} was changed"
        for name in sorted(told.keys() & there.keys())
        if told[name] != there[name]
    )
    yield from (f"{name} was removed" for name in sorted(told.keys() - there.keys()))
    yield from (f"{name} was added" for name in sorted(there.keys() - told.keys()))
    if told == there:
        yield f"{SUMS} is not as drill writes it"


def told_by(said: bytes) -> dict[str, str]:
    """Return each file that sums name, and its SHA-256; a line that is none says nothing."""
    lines = said.decode("latin-1").split("\n")
    return {match[2]: match[1] for match in map(_LINE.fullmatch, lines) if match}


def _counts(name: str) -> bool:
    """Tell whether a file is summed; what vouches for the sums cannot be."""
    return name not in {SUMS, SIGNATURE} and not _COSIGNED.fullmatch(name)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
