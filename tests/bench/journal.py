"""What the journal costs over the bare disk, and how fast one is read.

Run: ``python tests/bench/journal.py [DIRECTORY]``; the directory must be on the
disk that counts. Both sides write the same bytes, in turns, in the same run.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from exercise.stories import RECOVER, at, opening_of, plan_with

from drill.exercise.evolve import fold
from drill.journal.chain import decode
from drill.journal.file import FileJournal
from drill.journal.memory import MemoryJournal
from drill.model.events import Progressed, Sample, SamplesTaken, StepStarted, WatchStarted

RECORDS, LONG = 3_000, 100_000
NOTE = Progressed(step="mend", ticket=1, what="TASK [restart the service]", outcome="changed")
WIDE = {"shop": {"owner": "boss", "probe": {"uses": "a.probe", "every": "1s", "within": "1s"}}}
PLAN = plan_with(WIDE, mend=RECOVER)


def overhead(directory: Path) -> None:
    """Time each record on both sides, one right after the other: the disk is never the same."""
    path, stamp, ours, bare = directory / "journal.jsonl", at(1), [], []
    fd = os.open(directory / "bare", os.O_WRONLY | os.O_CREAT, 0o600)
    with FileJournal(path) as journal, path.open("rb") as written:
        for _ in range(RECORDS):
            moments = [time.perf_counter()]
            journal.append(NOTE, stamp)
            journal.sync()
            moments.append(time.perf_counter())
            line = written.readline()
            moments.append(time.perf_counter())
            os.write(fd, line)
            os.fdatasync(fd)
            moments.append(time.perf_counter())
            ours.append(moments[1] - moments[0])
            bare.append(moments[3] - moments[2])
    os.close(fd)
    mine, theirs = (median(side) * 1e6 for side in (ours, bare))
    sys.stdout.write(
        f"append + sync      {mine:7.0f} µs a record, the median of {RECORDS:,}\n"
        f"write + fdatasync  {theirs:7.0f} µs\n"
        f"ratio              {mine / theirs:7.2f}    (target: 1.5 at most)\n"
    )


def reading() -> None:
    journal = MemoryJournal()
    journal.append(opening_of(PLAN), at(0))
    journal.append(WatchStarted(service="shop", kind="probe"), at(0))
    journal.append(StepStarted(step="mend", deadline=at(9)), at(0))
    note = NOTE.model_copy(update={"ticket": 2})
    ns = range(10)
    samples = [Sample(planned=n, start=n, end=n, state="good", by="web1") for n in ns]
    seen = SamplesTaken(ticket=1, service="shop", samples=samples)
    for i in range(LONG - len(journal.lines)):
        journal.append(seen if i % 2 else note, at(i / 100))
    began = time.process_time()
    fold(record for record, _ in decode(journal.lines))
    took = time.process_time() - began
    size = sum(map(len, journal.lines)) / 1e6
    sys.stdout.write(
        f"decode + verify + fold of {LONG:,} records ({size:.0f} MB)"
        f"  {took:.2f} s    (target: below 5 s)\n"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else ".") as place:
        overhead(Path(place))
    reading()
