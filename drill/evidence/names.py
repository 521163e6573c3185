"""What the files of a plan are called in a run's directory and in its bundle. Pure.

A scenario names them relative to its own place, also upwards. In a bundle they lie below
``files/``, where ``..`` is ``up``, ``/`` is ``root``, and whatever a shell or a file system
could read in two ways is spelled as in a URL.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import quote

FILES = "files"
_ABOVE: Mapping[str, str] = {
    "..": "up",
    "/": "root",
    "up": "%75p",
    "root": "%72oot",
}
_LONGEST = 150
"""Of a path below ``files/``, so that a tar header holds it with the directory above."""


def places_of(files: Mapping[str, str]) -> dict[str, str]:
    """Return where each file of a plan lies in a bundle.

    Args:
        files: each file's name to its SHA-256, as the journal's opening has them. Names that
            are too long, or one but for upper and lower case, give way to the SHA-256.
    """
    places: dict[str, str] = {}
    taken: set[str] = set()
    for name, digest in sorted(files.items()):
        place = _place(name)
        if len(place) > _LONGEST or place.casefold() in taken:
            place = f"{FILES}/{digest}"
        taken.add(place.casefold())
        places[name] = place
    return places


def _place(name: str) -> str:
    parts = (_ABOVE.get(part) or _spelled(part) for part in PurePosixPath(name).parts)
    return "/".join((FILES, *parts))


def _spelled(part: str) -> str:
    text = quote(part, safe="+@=,", errors="backslashreplace")
    return f"%{ord(text[0]):02X}{text[1:]}" if text[0] in ".-" else text
