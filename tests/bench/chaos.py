"""A step's overhead: drill beside Chaos Toolkit, where each step runs ``true`` as a process.

Run: ``python tests/bench/chaos.py [DIRECTORY]``; the directory must be on the disk
that counts. drill conducts with its real crew and its real journal: what each step
is about to do and how it ended is on the disk before the next thing happens. Chaos
Toolkit keeps its journal in memory, and writes it once, at the end.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.shapes import WIDTH, chain, layers
from bench.table import HEAD, PEERS, Row
from exercise.stories import opening_of

from drill.actions.command import SshCommand
from drill.crews.secrets import Secrets
from drill.crews.threads import Means, Threads
from drill.engine.clock import SystemClock
from drill.engine.conductor import Conductor
from drill.graph.plan import Plan
from drill.hosts.local import LocalRemote
from drill.journal.file import FileJournal
from drill.model.targets import Target
from drill.plugins import Registry, Shelf
from drill.ports import Access

STEPS, ROUNDS = 1000, 3
SHAPES = {"chain": chain, f"layers of {WIDTH}": layers}
STEP = {"recover": "ssh.command", "with": {"argv": ["/bin/true"]}, "on": "here", "timeout": "9s"}
TRUE = {"type": "process", "path": "/bin/true"}


def rows(directory: Path) -> Iterator[Row]:
    """Compare them in turns, shape by shape."""
    for shape, plan_of in SHAPES.items():
        plan, ours, theirs = plan_of(STEPS, STEP), [], []
        for _ in range(ROUNDS):
            ours.append(conduct(plan, directory) / STEPS)
            theirs.append(chaos_toolkit(STEPS, directory, TRUE) / STEPS)
        what = f"a step, of {STEPS:,} processes, {shape}"
        yield Row(what, median(ours), "Chaos Toolkit", median(theirs), 1.0)


def conduct(plan: Plan, directory: Path) -> float:
    """Return the seconds of a whole exercise."""
    clock, here = SystemClock(), Target(name="here", site="a", address="127.0.0.1")
    actions = Shelf("action", "", {"ssh.command": SshCommand()})
    way = Access(here, LocalRemote())
    means = Means(Registry(actions=actions), Secrets({}), lambda _: way, clock)
    with tempfile.TemporaryDirectory(dir=directory) as place:
        with FileJournal(Path(place, "journal.jsonl")) as journal:
            conductor = Conductor(plan, opening_of(plan), journal, Threads(means), clock)
            began = time.perf_counter()
            state = conductor.run()
            took = time.perf_counter() - began
        assert not state.stopping
        return took


def chaos_toolkit(count: int, directory: Path, provider: Mapping[str, str]) -> float:
    """Return the seconds that so many actions take it, less its start."""
    one, many = (_chaos_run(n, directory, provider) for n in (1, count))
    return many - one


def _chaos_run(count: int, directory: Path, provider: Mapping[str, str]) -> float:
    method = [{"type": "action", "name": f"s{i}", "provider": provider} for i in range(count)]
    text = {"title": "t", "description": "d", "version": "1.0.0", "tags": [], "method": method}
    (directory / "experiment.json").write_text(json.dumps(text))
    argv = [
        PEERS / "chaos",
        "--log-file",
        "/dev/null",
        "--no-version-check",
        "run",
        "experiment.json",
    ]
    began = time.perf_counter()
    subprocess.run(argv, cwd=directory, check=True, capture_output=True)
    return time.perf_counter() - began


def main(directory: str) -> None:
    """Print the rows."""
    print(HEAD)
    with tempfile.TemporaryDirectory(dir=directory) as place:
        for row in rows(Path(place).resolve()):
            print(row, flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else ".")
