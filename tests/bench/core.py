"""What the core costs, each figure beside a bound that was taken in the same run.

Run: ``make bench``, or ``python tests/bench/core.py [DIRECTORY]``; the directory must
be on the disk that counts. It prints, and judges nothing: a machine's speed is no
fault of the code. A ratio says more than a time, which is that of one machine.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.meter import most_memory, taking
from bench.shapes import chain, layers
from bench.table import in_turns
from exercise.stories import RECOVER, at, opening_of, plan_with

from drill.crews.fates import as_planned
from drill.crews.rehearsal import Rehearsal, VirtualClock
from drill.engine.conductor import Conductor
from drill.exercise.evolve import fold
from drill.graph.plan import Plan
from drill.journal.chain import GENESIS, decode
from drill.journal.file import FileJournal
from drill.journal.memory import MemoryJournal
from drill.model.events import Progressed, Sample, SamplesTaken, StepStarted, WatchStarted

FEW, MANY = 10, 10_000
LONG = 100_000
APPENDS = 3_000
SHAPES = {"chain": chain, "layered": layers}
NOTE = Progressed(step="mend", ticket=1, what="TASK [restart the service]", outcome="changed")
WIDE = {"shop": {"owner": "boss", "probe": {"uses": "a.probe", "every": "1s", "within": "1s"}}}
BARE = [sys.executable, "-m", "drill", "--version"]
REHEARSED_STEPS = 200
HEAD = """\
drill: 1
id: two-hundred
title: Two hundred steps
targets: {targets}/two-sites.yaml
services:
  orders:
    owner: boss
    rto: {{target: 1h}}
    probe: {{uses: tcp.connect, with: {{port: 80}}, every: 1s, within: 1s}}
roles: {{boss: {{}}}}
steps:
  s0: {{inject: host.power-off, on: db1, timeout: 9s}}
"""
REHEARSED = """\
  s{i}:
    {{recover: ssh.command, with: {{argv: [a]}}, on: db2, after: [s{before}], timeout: 5s}}
"""
LINE = "{:52}{:>14}{:>26}{:>8}   {}"


def main(directory: str) -> None:
    """Print a line a figure."""
    print(LINE.format("what", "figure", "bound", "ratio", "target"))
    for shape in SHAPES:
        for line in rehearsals(shape):
            print(line, flush=True)
    print(reading(), flush=True)
    with tempfile.TemporaryDirectory(dir=directory) as place:
        print(command(Path(place).resolve()), flush=True)
    with tempfile.TemporaryDirectory(dir=directory) as place:
        print(appending(Path(place).resolve()), flush=True)


def rehearsals(shape: str) -> Iterator[str]:
    """Tell of the rehearsal of many steps, beside that of few and the bare bytes."""
    few, many = (_apart(shape, count) for count in (FEW, MANY))
    micro, base = (one["seconds"] / one["steps"] * 1e6 for one in (many, few))
    yield LINE.format(
        f"a step of a {shape} graph of {MANY:,}",
        f"{micro:.0f} µs",
        f"of {FEW}: {base:.0f} µs",
        f"{micro / base:.2f}",
        "about 1",
    )
    yield LINE.format(
        "  all of its steps rehearsed",
        f"{many['seconds']:.2f} s",
        f"json + sha256: {many['bare']:.2f} s",
        f"{many['seconds'] / many['bare']:.1f}",
        "10 s",
    )
    yield LINE.format(
        "  peak memory of that process",
        f"{many['peak']:.0f} MB",
        f"before it: {many['before']:.0f} MB",
        f"{many['peak'] / many['before']:.1f}",
        "300 MB",
    )


def _apart(shape: str, count: int) -> dict[str, float]:
    """Rehearse in a process of its own, whose memory is its own."""
    argv = [sys.executable, __file__, "--rehearse", shape, str(count)]
    return json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout)


def rehearse(shape: str, count: int) -> dict[str, float]:
    """Rehearse a graph as often as it takes to have done :data:`MANY` steps."""
    before, times = most_memory(), MANY // count
    plan = SHAPES[shape](count)
    lines, seconds = taking(lambda: [_conducted(plan) for _ in range(times)][-1])
    peak = most_memory()
    bare = taking(lambda: _written_bare(lines))[1]
    return {
        "steps": count * times,
        "seconds": seconds,
        "bare": bare * times,
        "peak": peak,
        "before": before,
    }


def _conducted(plan: Plan) -> list[bytes]:
    clock, journal = VirtualClock(start_ns=1), MemoryJournal()
    crew = Rehearsal(clock, as_planned(plan))
    state = Conductor(plan, opening_of(plan), journal, crew, clock).run()
    assert state.closed
    assert not state.stopping
    return journal.lines


def _written_bare(lines: Sequence[bytes]) -> None:
    """Write the same records, chained, and nothing else."""
    prev = GENESIS
    for record in map(json.loads, lines):
        prev = hashlib.sha256(json.dumps(record | {"prev": prev}).encode()).hexdigest()


def command(directory: Path) -> str:
    """Tell how long the whole command takes for 200 steps, beside its own start."""
    file = directory / "rehearsed.yaml"
    steps = "".join(REHEARSED.format(i=i, before=i - 1) for i in range(1, REHEARSED_STEPS))
    file.write_text(HEAD.format(targets=Path(__file__).parents[2] / "scenarios/lab") + steps)
    drill = [sys.executable, "-m", "drill"]
    rehearsing = [*drill, "run", str(file), "--as", "rehearsal", "--runs", str(directory / "runs")]
    times = in_turns(3, {each: _silent(argv) for each, argv in ((0, rehearsing), (1, BARE))})
    return LINE.format(
        f"drill run --as rehearsal, {REHEARSED_STEPS} steps, whole command",
        f"{times[0]:.2f} s",
        f"drill --version: {times[1]:.2f} s",
        f"{times[0] / times[1]:.1f}",
        "2 s",
    )


def _silent(argv: Sequence[str]) -> Callable[[], object]:
    return lambda: subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)


def reading() -> str:
    """Tell how long it takes to read, verify and fold a long journal."""
    lines = _long_journal()
    ours = taking(lambda: fold(record for record, _ in decode(lines)))[1]
    bare = taking(lambda: [json.loads(line) for line in lines])[1]
    return LINE.format(
        f"{LONG:,} records decoded, verified, folded",
        f"{ours:.2f} s",
        f"json.loads: {bare:.2f} s",
        f"{ours / bare:.1f}",
        f"5 s; {LONG / ours:,.0f} records/s beside {LONG / bare:,.0f}",
    )


def _long_journal() -> list[bytes]:
    """Return the lines of a journal half of which are batches of ten samples."""
    journal, plan = MemoryJournal(), plan_with(WIDE, mend=RECOVER)
    journal.append(opening_of(plan), at(0))
    journal.append(WatchStarted(service="shop", kind="probe"), at(0))
    journal.append(StepStarted(step="mend", deadline=at(9)), at(0))
    note = NOTE.model_copy(update={"ticket": 2})
    samples = [Sample(planned=n, start=n, end=n, state="good", by="web1") for n in range(10)]
    seen = SamplesTaken(ticket=1, service="shop", samples=samples)
    for i in range(LONG - len(journal.lines)):
        journal.append(seen if i % 2 else note, at(i / 100))
    return journal.lines


def appending(directory: Path) -> str:
    """Tell what an append costs over the bare disk: in turns, the disk is never the same."""
    path, stamp, ours, bare = directory / "journal.jsonl", at(1), [], []
    fd = os.open(directory / "bare", os.O_WRONLY | os.O_CREAT, 0o600)
    with FileJournal(path) as journal, path.open("rb") as written:
        for _ in range(APPENDS):
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
    return LINE.format(
        f"a record appended and flushed, median of {APPENDS:,}",
        f"{mine:.0f} µs",
        f"write + fdatasync: {theirs:.0f} µs",
        f"{mine / theirs:.2f}",
        "ratio 1.5",
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rehearse"]:
        print(json.dumps(rehearse(sys.argv[2], int(sys.argv[3]))))
    else:
        main(sys.argv[1] if sys.argv[1:] else ".")
