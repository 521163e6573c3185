"""A small exercise, sealed: what the tests of evidence change, and hold against what it was."""

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from exercise.stories import DECIDE, INJECT, RECOVER, at, scenario_of, service

from drill.evidence import bundle, sums
from drill.evidence.archive import Archive, pack, unpack
from drill.evidence.members import Run, Sealing, archive_of, run_of
from drill.graph.plan import Plan, plan_of
from drill.journal.memory import MemoryJournal
from drill.measure.timeline import view
from drill.model.events import (
    Event,
    ExerciseClosed,
    ExerciseOpened,
    FaultPrepared,
    PersonSaid,
    Progressed,
    StepEnded,
    StepStarted,
    UndoEnded,
    UndoStarted,
)
from drill.model.outcome import Done
from drill.model.sayings import Decided, Held, Resumed
from drill.signatures import bare

PAPERS = {
    "a-story.yaml": b"drill: 1\n",
    "../runbooks/a.md": b"# Do this\n",
    "lab.yaml": b"name: a-lab\n",
}
FILES = {name: hashlib.sha256(text).hexdigest() for name, text in PAPERS.items()}


def plan() -> Plan:
    steps = {
        "break": INJECT,
        "go": DECIDE | {"after": ["break"]},
        "mend": RECOVER | {"after": ["go"]},
    }
    watched = {"shop": service(rto={"target": "1m"}, stable="1s")}
    return plan_of(scenario_of(steps, watched), (), FILES)


def said(person: str, role: str, saying) -> PersonSaid:
    return PersonSaid(person=person, role=role, means="console", saying=saying)


def events() -> tuple[tuple[float, Event], ...]:
    """What happened, each with its second; the opening is record 0."""
    late = at(99)
    return (
        (1, StepStarted(step="break", deadline=late)),
        (1.5, FaultPrepared(step="break", ticket=1, receipt={"was": "up"})),
        (2, StepEnded(step="break", ticket=1, outcome=Done(note="down"))),
        (2, StepStarted(step="go", deadline=late)),
        (2.5, said("eve", "facilitator", Held(why="a fire alarm"))),
        (2.7, said("eve", "facilitator", Resumed())),
        (3, said("ann", "boss", Decided(step="go", choice="yes"))),
        (3, StepEnded(step="go", ticket=4, outcome=Done(choice="yes"), by="ann")),
        (3, StepStarted(step="mend", deadline=late)),
        (4, Progressed(step="mend", ticket=9, what="start it", outcome="changed", note="ok")),
        (5, StepEnded(step="mend", ticket=9, outcome=Done(note="up"))),
        (6, UndoStarted(step="break", deadline=late)),
        (7, UndoEnded(step="break", ticket=12, outcome=Done())),
        (8, ExerciseClosed()),
    )


def lines_of(
    happened: tuple[tuple[float, Event], ...] | None = None, run: str = "a-run", **opening: object
) -> list[bytes]:
    whole = plan()
    journal = MemoryJournal()
    fields = {
        "mode": "rehearsal",
        "facilitated": True,
        "scenario": whole.scenario,
        "digest": whole.digest,
        **opening,
    }
    first = ExerciseOpened(run=run, targets=(), files=whole.files, **fields)
    journal.append(first, at(0))
    for second, event in events() if happened is None else happened:
        journal.append(event, at(second))
    return journal.lines


def key_in(place: Path, name: str = "key") -> Path:
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(place / name)]
    subprocess.run(argv, check=True)
    return place / name


def signing(key: Path):
    return lambda text, namespace: bare.sign(text, key, namespace)


def report_of(run: Run) -> dict[str, bytes]:
    seen = view(run.records, None, run.head)
    return {"report.json": seen.model_dump_json(indent=2).encode(), "report.md": b"# A story\n"}


def archived(
    lines: list[bytes],
    papers: Mapping[str, bytes] = PAPERS,
    more: Mapping[str, bytes] | None = None,
    **members: bytes,
) -> Archive:
    run = run_of(lines)
    whole = archive_of(run, Sealing("ann", papers, report_of(run), more or {}))
    small = {"verify.py": b"# here is verify.py\n", "recompute.sql": b"-- and SQL\n"}
    return replace(whole, members={**whole.members, **small, **members})


def sealed(key: Path, lines: list[bytes] | None = None, **members: bytes) -> bytes:
    return bundle.sealed(archived(lines or lines_of(), **members), signing(key))


def remade(text: bytes, change: Mapping[str, bytes | None]) -> bytes:
    """Change a bundle's files as one does who has no key: with the sums made anew."""
    found = unpack(text)
    members = {name: one for name, one in {**found.members, **change}.items() if one is not None}
    members[sums.SUMS] = sums.sums_of(members)
    return pack(replace(found, members=members))
