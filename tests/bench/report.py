"""What a report costs, each figure beside its bound, taken in the same run.

Run: ``make bench``, or ``python tests/bench/report.py``. Times are of the processor: who else is
at work counts not. It prints, and judges nothing: a machine's speed is no fault of the code. The
first row says how fast the machine is, by a hash that every machine can do.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.meter import most_memory, taking
from exercise.stories import INJECT, RECOVER, at, opening_of, plan_with

from drill.cli.shelf import view_of
from drill.crews.fates import as_planned
from drill.crews.rehearsal import Rehearsal, VirtualClock
from drill.engine.conductor import Conductor
from drill.journal.chain import decode
from drill.journal.file import FileJournal
from drill.journal.memory import MemoryJournal
from drill.measure.timeline import view
from drill.model.events import ExerciseClosed, Sample, SamplesTaken, WatchStarted
from drill.model.view import View
from drill.report.files import FORMATS

STEPS, RECORDS = 200, 100_000
WIDE = {"shop": {"owner": "boss", "probe": {"uses": "a.probe", "every": "1s", "within": "1s"}}}
LINE = "{:52}{:>12}{:>12}{:>8}   {}"
BOUNDS = {"html": 0.5, "pdf": 3.0}
"""Seconds for an exercise of :data:`STEPS` steps."""


def main() -> None:
    """Print a line a figure."""
    print(LINE.format("what", "figure", "bound", "ratio", "holds"))
    taken = taking(lambda: [hashlib.sha256(b"x" * 1_000_000) for _ in range(200)])[1]
    print(LINE.format("200 MB hashed, to know the machine by", f"{taken:.2f} s", "", "", ""))
    rehearsed = exercise_of(STEPS)
    for name, bound in BOUNDS.items():
        for when, seconds in apart(name, rehearsed).items():
            print(told(f"{name} of {STEPS} steps, {when}", seconds, bound, "s"), flush=True)
    with tempfile.TemporaryDirectory() as place:
        for line in long(Path(place)):
            print(line, flush=True)


def told(what: str, figure: float, bound: float, unit: str) -> str:
    """Return a row: a figure beside its bound."""
    holds = "yes" if figure <= bound else "NO"
    ratio = f"{figure / bound:.2f}"
    return LINE.format(what, f"{figure:.2f} {unit}", f"{bound:g} {unit}", ratio, holds)


def exercise_of(count: int) -> View:
    """Return an exercise of so many steps in a row, as a rehearsal leaves it."""
    steps = {"s0": INJECT}
    steps |= {f"s{n}": {**RECOVER, "after": [f"s{n - 1}"]} for n in range(1, count)}
    plan = plan_with(WIDE, **steps)
    clock, journal = VirtualClock(start_ns=1), MemoryJournal()
    Conductor(plan, opening_of(plan), journal, Rehearsal(clock, as_planned(plan)), clock).run()
    return view([record for record, _ in decode(journal.lines)], None, journal.head)


def apart(name: str, rehearsed: View) -> dict[str, float]:
    """Write a format twice in a process of its own: what it imports counts the first time."""
    argv = [sys.executable, __file__, "--write", name]
    ran = subprocess.run(
        argv, check=True, stdout=subprocess.PIPE, input=rehearsed.model_dump_json().encode()
    )
    return json.loads(ran.stdout)


def written(name: str) -> dict[str, float]:
    """Return the seconds of the first time and of the second."""
    seen = View.model_validate_json(sys.stdin.buffer.read())
    return {when: taking(lambda: FORMATS[name](seen))[1] for when in ("first", "again")}


def long(place: Path) -> Iterator[str]:
    """Tell what it takes to fold a long journal and report on it."""
    with FileJournal(place / "journal.jsonl") as journal:
        for event, moment in _samples():
            journal.append(event, moment)
        journal.sync()
    argv = [sys.executable, __file__, "--report", str(place)]
    ran = json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout)
    yield told(f"{RECORDS:,} records read, folded, reported", ran["seconds"], 10, "s")
    yield told("  peak memory of that process", ran["peak"], 500, "MB")


def _samples() -> Iterator[tuple[Any, Any]]:
    """Yield the events of an exercise that is watched for long: batches of ten samples."""
    plan = plan_with(WIDE, mend=RECOVER)
    yield opening_of(plan), at(0)
    yield WatchStarted(service="shop", kind="probe"), at(0)
    for n in range(RECORDS - 3):
        begin = int(n * 1e9)
        taken = tuple(
            Sample(
                planned=begin + i * 10**8,
                start=begin + i * 10**8,
                end=begin + i * 10**8 + 10**6,
                state="bad" if 40_000 < n < 40_050 else "good",
                by=f"web{n % 2}",
            )
            for i in range(10)
        )
        yield SamplesTaken(ticket=1, service="shop", samples=taken), at(n)
    yield ExerciseClosed(), at(RECORDS)


def reported(place: Path) -> dict[str, float]:
    """Return the seconds and the MB of reading, folding and reporting."""

    def work() -> None:
        seen = view_of(place / "journal.jsonl")
        for name in ("html", "markdown"):
            (place / name).write_bytes(FORMATS[name](seen))

    return {"seconds": taking(work)[1], "peak": most_memory()}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--write", form]:
            print(json.dumps(written(form)))
        case ["--report", directory]:
            print(json.dumps(reported(Path(directory))))
        case _:
            main()
