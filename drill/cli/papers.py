"""The files that a plan uses, kept in the run's directory before it begins.

Whoever looks at a run later must read what was followed, and not what a file says by then.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from drill.errors import JournalError
from drill.evidence.names import places_of
from drill.files import open_place, put, read_plain
from drill.graph.document import MAX_BYTES


def keep(papers: Mapping[str, bytes], files: Mapping[str, str], run: Path) -> None:
    """Keep the files of a plan in a run's directory.

    Args:
        papers: each file with its content.
        files: each file with its SHA-256, as the journal's opening will have them.
        run: the directory; it need not be there.

    Raises:
        JournalError: they cannot be kept, so that the run could never be proven.
    """
    try:
        os.close(open_place(run))
        for name, place in places_of(files).items():
            path = run / place
            for above in reversed(path.relative_to(run).parents[:-1]):
                os.close(open_place(run / above))
            put(path, papers[name])
    except OSError as error:
        raise JournalError(
            f"{run}: the plan's files cannot be kept there: {error.strerror}; "
            "free some space or choose another directory with --runs"
        ) from error


def papers_of(files: Mapping[str, str], run: Path, base: Path | None) -> dict[str, bytes]:
    """Return the files of a plan, as far as they are there; nobody has looked at them yet.

    Args:
        files: each file with its SHA-256.
        run: the run's directory.
        base: the scenario's directory, where those are sought that the run did not keep.
    """
    found: dict[str, bytes] = {}
    for name, place in places_of(files).items():
        for path in (run / place, *_beside(base, name)):
            text = _read(path)
            if text is not None:
                found[name] = text
                break
    return found


def _beside(base: Path | None, name: str) -> Iterator[Path]:
    if base is not None:
        yield base / name


def _read(path: Path) -> bytes | None:
    try:
        return read_plain(path, MAX_BYTES)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
