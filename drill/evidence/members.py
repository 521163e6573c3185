"""What goes into a bundle, and from where. Pure but for the copy of ``verify.py``.

Everything but the report comes from the journal, or is a file that the journal names by its
SHA-256; a file that is gone, or is another one by now, is listed as missing and never made up.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files as shipped
from typing import Any

from drill.errors import EvidenceError
from drill.evidence.archive import Archive
from drill.evidence.names import places_of
from drill.evidence.outputs import outputs_of
from drill.evidence.page import page_of
from drill.evidence.timestamp import STAMP
from drill.journal.chain import decode
from drill.journal.chain import digest as digest_of_line
from drill.model.events import ExerciseOpened, Record

JOURNAL, CHECKPOINTS, PLAN, MISSING = "journal.jsonl", "checkpoints.txt", "plan.json", "missing.txt"
REPORT = "report/report.json"
VERIFY, RECOMPUTE, README = "verify.py", "recompute.sql", "README.txt"
_PROGRAMS = (VERIFY, RECOMPUTE)


@dataclass(frozen=True, slots=True)
class Run:
    """A journal, taken apart."""

    lines: Sequence[bytes]
    records: Sequence[Record]
    opened: ExerciseOpened

    @property
    def head(self) -> str:
        """SHA-256 of the last line."""
        return digest_of_line(self.lines[-1])

    @property
    def opening(self) -> dict[str, Any]:
        """The first record's event as it is written: models grow, lines do not."""
        event: dict[str, Any] = json.loads(self.lines[0])["event"]
        return event

    @property
    def length(self) -> int:
        """Bytes."""
        return sum(map(len, self.lines))

    @property
    def at(self) -> int:
        """When it was opened, in whole seconds since the epoch.

        Not when it was closed: a rehearsal closes on virtual time, in the future.
        """
        return int(self.records[0].at.wall.timestamp())


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is sealed beside the journal."""

    by: str
    """Who signs, as those who verify call this person."""
    papers: Mapping[str, bytes]
    """The files of the plan by name, as far as they are there."""
    report: Mapping[str, bytes]
    """The report in its formats, by file name."""
    more: Mapping[str, bytes] = field(default_factory=dict)
    """Whatever else belongs to the run, by path in the bundle."""


def run_of(lines: Sequence[bytes]) -> Run:
    """Return a journal's run.

    Raises:
        JournalCorruptError: its chain is broken.
        EvidenceError: it does not begin with an opening.
    """
    records = tuple(record for record, _ in decode(lines))
    opened = records[0].event if records else None
    if not isinstance(opened, ExerciseOpened):
        raise EvidenceError("the journal does not begin with the opening of an exercise")
    return Run(lines, records, opened)


def archive_of(run: Run, sealing: Sealing) -> Archive:
    """Return a run's bundle but for its sums and their signature."""
    places = places_of(run.opened.files)
    found = {name: text for name, text in sealing.papers.items() if _is_named(run, name, text)}
    missing = [name for name in places if name not in found]
    stamped = STAMP in sealing.more
    members = {
        JOURNAL: b"".join(run.lines),
        CHECKPOINTS: checkpoint_of(run),
        PLAN: plan_of(run, missing),
        **{name: shipped("drill.evidence").joinpath(name).read_bytes() for name in _PROGRAMS},
        README: page_of(run.opened, sealing.by, missing, stamped=stamped).encode(),
        **{places[name]: text for name, text in found.items()},
        **outputs_of(run.records),
        **{f"report/{name}": text for name, text in sealing.report.items()},
        **sealing.more,
    }
    if missing:
        lines = (f"{run.opened.files[name]}  {name}\n" for name in missing)
        members[MISSING] = "".join(lines).encode()
    return Archive(run.opened.run, members, run.at)


def checkpoint_of(run: Run) -> bytes:
    """Return how far the journal had come: records, bytes, SHA-256 of the last line."""
    return f"{len(run.lines)} {run.length} {run.head}\n".encode()


def plan_of(run: Run, missing: Sequence[str]) -> bytes:
    """Return the resolved plan, in the journal's own words: what was to be done, and on what."""
    places = places_of(run.opened.files)
    told = run.opening
    whole = {
        **{key: told[key] for key in ("digest", "scenario", "targets")},
        "files": {
            name: {"sha256": digest, "member": None if name in missing else places[name]}
            for name, digest in sorted(run.opened.files.items())
        },
    }
    return (json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _is_named(run: Run, name: str, text: bytes) -> bool:
    """Tell whether a file is the one that the journal names."""
    return run.opened.files.get(name) == hashlib.sha256(text).hexdigest()
