"""Every schedule with one or two crashes of a drill, and with a crash and a request that fared ill.

The operations of the conductor and its requests to hosts are numbered, so that
to crash after each of them is to count.
"""

from collections.abc import Iterator
from dataclasses import replace

from simulation.network import ANOMALIES
from simulation.play import conduct
from simulation.schedule import Crash, Schedule

CRASHES = (
    {"survives": 0.0, "away": 1},
    {"survives": 1.0, "away": 600, "reboot": True},
    {"survives": 1.0, "away": 1},
    {"survives": 0.0, "returns": False},
)
"""Ways to die: at once taken up again, or much later; with what was not synced, or without."""
SECONDS = {"late": 40, "twice": 20, "cut": 60}
"""How long an anomaly lasts: longer than a lease; a host without power is away for less."""
POWERLESS = 20


def length_of(schedule: Schedule) -> tuple[int, int]:
    """Return how many operations and how many requests a schedule has."""
    _, _, log = conduct(schedule)
    return log.ops, log.requests


def single_crashes(drill: Schedule) -> Iterator[Schedule]:
    """Yield it with each crash, in each way, with and without approval to go on."""
    ops, _ = length_of(drill)
    for n in range(1, ops + 1):
        for how in CRASHES:
            yield replace(drill, crashes=[Crash(after=n, **how)])
        yield replace(drill, crashes=[Crash(after=n)], approved=True)


def single_anomalies(drill: Schedule) -> Iterator[Schedule]:
    """Yield it with each request faring ill in each way."""
    _, requests = length_of(drill)
    for n in range(1, requests + 1):
        for kind in ANOMALIES:
            yield replace(drill, network=[[n, kind, SECONDS.get(kind, POWERLESS)]])


def pairs_of_crashes(drill: Schedule) -> Iterator[Schedule]:
    """Yield it with each crash, and each crash in what follows."""
    ops, _ = length_of(drill)
    for n in range(1, ops + 1):
        once = replace(drill, crashes=[Crash(after=n)], approved=bool(n % 2))
        for m in range(n + 1, length_of(once)[0] + 1):
            how = CRASHES[(n + m) % 3]
            yield replace(once, crashes=[*once.crashes, Crash(after=m, **how)])


def anomalies_and_crashes(drill: Schedule) -> Iterator[Schedule]:
    """Yield it with each request faring ill in each way, and each crash besides."""
    for ill in single_anomalies(drill):
        for n in range(1, length_of(ill)[0] + 1):
            yield replace(ill, crashes=[Crash(after=n, **CRASHES[n % 4])], approved=bool(n % 2))
