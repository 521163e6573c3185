"""All that can vary in a simulated exercise, as plain data.

One that found a bug is kept in ``tests/schedules/`` and replayed on every commit.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from exercise.stories import scenario_of

from drill.graph.plan import Plan, plan_of

UNATTENDED = timedelta(seconds=60)
"""How long it waits for a facilitator: hours would only be more of the same."""


@lru_cache(maxsize=8)
def _plan_of(told: str) -> Plan:
    return plan_of(scenario_of(**json.loads(told)), (), {})


@dataclass(frozen=True)
class Crash:
    """The process dies right after its n-th operation on the journal or the crew."""

    after: int
    survives: float = 0.0
    """How much of what was written and not synced is there all the same, 0 to 1."""
    away: int = 1
    """Seconds until it is taken up again."""
    reboot: bool = False
    returns: bool = True
    """Whether anybody ever takes it up again."""


@dataclass(frozen=True)
class Schedule:
    """A plan, a world and a story of crashes."""

    steps: dict[str, dict[str, Any]]
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    fates: dict[str, list[list[Any]]] = field(default_factory=dict)
    """For a step, or ``undo STEP``: what becomes of its first order, its second and so on,
    from the start again when they run out: seconds (None: never a word), outcome, choice,
    mends, seconds until it is said a second time (None: never)."""
    watches: dict[str, list[Any]] = field(default_factory=dict)
    """For a service: seconds until its watches die (None: never), and whether what it is told
    at the close is ever answered."""
    aborts: list[int] = field(default_factory=list)
    """Operations after which somebody aborts."""
    crashes: list[Crash] = field(default_factory=list)
    parallel: int = 32
    stop: list[dict[str, str]] = field(default_factory=list)
    """The conditions that end the exercise."""
    limits: dict[str, Any] | None = None
    approved: bool = False
    """Whether somebody approves, after each crash, that the exercise goes on."""
    leases: dict[str, int] = field(default_factory=dict)
    """For an inject: the seconds of its lease. It is worked by the real program on a simulated
    host; what its fate says does not matter then."""
    network: list[list[Any]] = field(default_factory=list)
    """The number of a request to a host, over all processes, what becomes of it, and seconds:
    see :class:`simulation.network.Network`."""
    stiff: dict[str, int] = field(default_factory=dict)
    """For an inject on a host: how often its way back fails before it works."""
    jumps: list[list[Any]] = field(default_factory=list)
    """The number of an operation, ``wall`` or ``suspend``, and seconds: the wall clock of the
    controller is stepped, or the controller sleeps."""
    rivals: list[int] = field(default_factory=list)
    """Operations after which a second controller reaches for the journal."""
    opening: dict[str, Any] = field(default_factory=dict)
    """Mode, and whether somebody facilitates it. In a live one people answer by themselves: what
    the fate of a step says becomes what they say, so late, twice or never."""
    talk: list[list[Any]] = field(default_factory=list)
    """Seconds of true time, role, and what is said then; whoever conducts it hears it."""

    @property
    def plan(self) -> Plan:
        told = {"steps": self.steps, "services": self.services}
        told |= {"stop": self.stop, "limits": self.limits}
        plan = replace(_plan_of(json.dumps(told)), parallel=self.parallel)
        return replace(plan, unattended=UNATTENDED) if self.opening else plan

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"

    @staticmethod
    def from_json(text: str) -> "Schedule":
        raw = json.loads(text)
        return Schedule(**{**raw, "crashes": [Crash(**crash) for crash in raw["crashes"]]})
