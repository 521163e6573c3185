"""What conducting costs a step, beside the bare disk and beside Chaos Toolkit.

Run: ``python tests/bench/steps.py [DIRECTORY]``; the directory must be on the
disk that counts. The crew answers at once, so all that is measured is drill:
deciding, folding, and making durable. The bare disk writes the same bytes in the
same blocks. Chaos Toolkit runs as many actions that call ``os.getpid``. What both cost
where each step is a real process: :mod:`bench.chaos`.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bare import write_and_flush
from bench.chaos import ROUNDS, STEPS, chaos_toolkit
from bench.shapes import chain, layers
from bench.table import Row
from exercise.stories import CHECK, opening_of, plan_with

from drill.engine.clock import SystemClock
from drill.engine.conductor import Conductor
from drill.graph.plan import Plan
from drill.journal.file import FileJournal
from drill.model.events import StepEnded
from drill.model.outcome import Done

DONE = Done()
NOTHING = {"type": "python", "module": "os", "func": "getpid"}


class Instant:
    """A crew that has done everything by the time it is asked."""

    def __init__(self) -> None:
        self._said = []

    def start(self, order):
        self._said.append(StepEnded(step=order.id, ticket=order.ticket, outcome=DONE))

    def proceed(self, ticket): ...

    def cancel(self, ticket): ...

    def nudge(self): ...

    def wait(self, until):
        said, self._said = tuple(self._said), []
        return said


class Blocks(FileJournal):
    """A journal that remembers which bytes it wrote together."""

    def __init__(self, path):
        super().__init__(path)
        self.blocks = []

    def _write(self, block):
        self.blocks.append(block)
        super()._write(block)


def flat(count: int) -> Plan:
    """Return a plan in which every step may start at once."""
    return plan_with(**{f"s{i}": CHECK for i in range(count)})


def conduct(plan: Plan, directory: Path) -> tuple[float, float]:
    """Return the seconds of the conduct, and those of the bare disk with the same blocks."""
    with tempfile.TemporaryDirectory(dir=directory) as place:
        with Blocks(Path(place, "journal.jsonl")) as journal:
            conductor = Conductor(plan, opening_of(plan), journal, Instant(), SystemClock())
            began = time.perf_counter()
            conductor.run()
            took = time.perf_counter() - began
        return took, write_and_flush(Path(place, "bare"), journal.blocks)


def rows(directory: Path) -> Iterator[Row]:
    """Compare what conducting a step costs, in turns: nothing is done in it by either."""
    for shape in (chain, layers):
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(conduct(shape(STEPS), directory)[0] / STEPS)
            theirs.append(chaos_toolkit(STEPS, directory, NOTHING) / STEPS)
        what = f"a step's own overhead, durable, {shape.__name__} of {STEPS:,}"
        yield Row(what, median(ours), "Chaos Toolkit", median(theirs), 1.0)


def table(directory: Path) -> Iterator[str]:
    yield f"{'plan':22}{'µs a step':>11}{'bare':>8}{'drill only':>12}{'ratio':>7}"
    shapes = [(chain, 10), (chain, 1000), (chain, 10_000), (layers, 1000), (layers, 10_000)]
    for shape, count in [*shapes, (flat, 10_000)]:
        took, bare = (s / count * 1e6 for s in conduct(shape(count), directory))
        name = f"{shape.__name__} of {count:,}"
        yield f"{name:22}{took:11.0f}{bare:8.0f}{took - bare:12.0f}{took / bare:7.1f}"
    theirs = chaos_toolkit(STEPS, directory, NOTHING) / STEPS * 1000
    yield f"{f'Chaos Toolkit, {STEPS:,}':22}{theirs * 1000:11.0f}{'-':>8}{theirs * 1000:12.0f}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else ".") as place:
        for line in table(Path(place).resolve()):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
