"""Rows of a comparison: what drill takes, what a peer takes in the same run, and their ratio."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

PEERS = Path(__file__).parents[2] / ".venv" / "peers" / "bin"
"""The programs of the peers, which have an environment of their own: ``.ci/setup bench``."""
LINE = "{:44}{:>12}  {:34}{:>8}  {:>8}  {}"
HEAD = LINE.format("what", "drill", "peer", "ratio", "target", "holds")


@dataclass(frozen=True)
class Row:
    """What was compared; seconds are medians of one run, the ratio that of the medians."""

    what: str
    ours: float
    peer: str
    theirs: float
    target: float
    """The ratio that shall not be exceeded."""

    def __str__(self):
        ratio = self.ours / self.theirs
        peer = f"{self.peer}: {told(self.theirs)}"
        holds = "yes" if ratio <= self.target else "NO"
        return LINE.format(
            self.what, told(self.ours), peer, f"{ratio:.2f}", f"{self.target:.2f}", holds
        )


def told(seconds: float) -> str:
    """Return a time as people read it."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


def in_turns(rounds: int, contenders: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return each one's median seconds; they take turns, so that load hits them alike."""
    taken = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            began = perf_counter()
            work()
            taken[name].append(perf_counter() - began)
    return {name: median(times) for name, times in taken.items()}
